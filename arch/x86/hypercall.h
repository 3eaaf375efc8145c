/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hypercall.h: calls into Xen.
 *
 * A hypercall looks like a function call into a page that Xen fills with 32
 * bytes of code per call number (hypercall_page in boot.S): arguments travel
 * in rdi, rsi, rdx, r10 and r8, the result comes back in rax. Xen preserves
 * all else but rcx and r11. The names and structures are those of the public
 * headers in <xen/...>; each wrapper names its header.
 *
 * Results are 0 or more on success and a negative error of <xen/errno.h>.
 * Those up to 34 are the kernel's too; xen_errno() translates the others.
 */
#ifndef CORACLE_ARCH_HYPERCALL_H
#define CORACLE_ARCH_HYPERCALL_H

#include <stdint.h>
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

extern const char hypercall_page[];

static inline long hypercall(unsigned int number, unsigned long a1,
                             unsigned long a2, unsigned long a3,
                             unsigned long a4)
{
    register unsigned long r10 __asm__("r10") = a4;
    const char *entry = hypercall_page + number * 32;
    long result;

    __asm__ volatile("call *%[entry]"
                     : "=a"(result), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10)
                     : [entry] "r"(entry)
                     : "rcx", "r8", "r11", "memory");
    return result;
}

/* The kernel's error number for one of Xen's; both are negative or 0. */
int xen_errno(long result);

/* <xen/xen.h>: read from or write to Xen's own console (dom0 only). */
static inline long xen_console_io(int command, unsigned long count, char *text)
{
    return hypercall(__HYPERVISOR_console_io, (unsigned long)command, count,
                     (unsigned long)text, 0);
}

/* <xen/event_channel.h> */
static inline long xen_event_channel_op(int command, void *argument)
{
    return hypercall(__HYPERVISOR_event_channel_op, (unsigned long)command,
                     (unsigned long)argument, 0, 0);
}

/* <xen/grant_table.h>: `count` operations in the array `operations`. */
static inline long xen_grant_table_op(unsigned int command, void *operations,
                                      unsigned int count)
{
    return hypercall(__HYPERVISOR_grant_table_op, command,
                     (unsigned long)operations, count, 0);
}

/* <xen/sched.h> */
static inline long xen_sched_op(int command, void *argument)
{
    return hypercall(__HYPERVISOR_sched_op, (unsigned long)command,
                     (unsigned long)argument, 0, 0);
}

/* <xen/xen.h>: fire VIRQ_TIMER at an absolute system time; 0 disarms. */
static inline long xen_set_timer_op(uint64_t when)
{
    return hypercall(__HYPERVISOR_set_timer_op, when, 0, 0, 0);
}

/* <xen/vcpu.h> */
static inline long xen_vcpu_op(int command, unsigned int vcpu, void *argument)
{
    return hypercall(__HYPERVISOR_vcpu_op, (unsigned long)command, vcpu,
                     (unsigned long)argument, 0);
}

/* <xen/version.h> */
static inline long xen_version(int command, void *argument)
{
    return hypercall(__HYPERVISOR_xen_version, (unsigned long)command,
                     (unsigned long)argument, 0, 0);
}

/* <xen/xen.h>: page-table writes, checked and done by Xen in a batch. */
static inline long xen_mmu_update(struct mmu_update *updates,
                                  unsigned int count, unsigned int *done)
{
    return hypercall(__HYPERVISOR_mmu_update, (unsigned long)updates, count,
                     (unsigned long)done, DOMID_SELF);
}

static inline long xen_mmuext_op(struct mmuext_op *operations,
                                 unsigned int count)
{
    return hypercall(__HYPERVISOR_mmuext_op, (unsigned long)operations, count,
                     0, DOMID_SELF);
}

static inline long xen_update_va_mapping(unsigned long address, uint64_t pte,
                                         unsigned long flags)
{
    return hypercall(__HYPERVISOR_update_va_mapping, address, pte, flags, 0);
}

/* <xen/arch-x86/xen.h>: where Xen delivers exceptions. */
static inline long xen_set_trap_table(const struct trap_info *table)
{
    return hypercall(__HYPERVISOR_set_trap_table, (unsigned long)table, 0, 0,
                     0);
}

/* <xen/callback.h>: where Xen delivers events and failed returns. */
static inline long xen_callback_op(int command, const void *argument)
{
    return hypercall(__HYPERVISOR_callback_op, (unsigned long)command,
                     (unsigned long)argument, 0, 0);
}

/* <xen/xen.h>: `which` is SEGBASE_FS or SEGBASE_GS_KERNEL, ... */
static inline long xen_set_segment_base(unsigned int which, const void *base)
{
    return hypercall(__HYPERVISOR_set_segment_base, which, (unsigned long)base,
                     0, 0);
}

#endif
