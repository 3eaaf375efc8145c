/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inspect.c: what the CPUs spent their time with, for people.
 *
 * Xen keeps these books for each vCPU (VCPUOP_get_runstate_info, <xen/vcpu.h>),
 * to the moment of the question; so they cost us nothing. The threads' part of
 * coracle/inspect.h is in thread.c, whose list it reads.
 */
#include "coracle/inspect.h"
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "coracle/compiler.h"

unsigned int inspect_cpus(struct inspect_cpu to[], unsigned int room)
{
    unsigned int count = 0;

    for (unsigned int id = 0; id < CPU_MAX; id++) {
        struct vcpu_runstate_info info;

        if (!READ_ONCE(cpus[id]) ||
            xen_vcpu_op(VCPUOP_get_runstate_info, id, &info))
            continue;
        if (count < room)
            to[count] = (struct inspect_cpu){
                .id = id,
                .running = info.time[RUNSTATE_running],
                .runnable = info.time[RUNSTATE_runnable],
                .blocked = info.time[RUNSTATE_blocked],
                .offline = info.time[RUNSTATE_offline],
            };
        count++;
    }
    return count;
}
