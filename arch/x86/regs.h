/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * regs.h: the registers at an exception, in the order in which entry.S and
 * Xen push them.
 */
#ifndef CORACLE_ARCH_REGS_H
#define CORACLE_ARCH_REGS_H

struct regs {
    unsigned long r15, r14, r13, r12, r11, r10, r9, r8;
    unsigned long rdi, rsi, rbp, rbx, rdx, rcx, rax;
    unsigned long vector, error; /* pushed by the entry, and by the CPU */
    unsigned long rip, cs, rflags, rsp, ss;
};

#endif
