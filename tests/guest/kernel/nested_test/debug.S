/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debug.S: the trap of a breakpoint, and a thread that knows its registers.
 * See main.c.
 */
#define __ASSEMBLY__ 1
#include <xen/xen.h>

    .text

/*
 * Xen calls this instead of the kernel's entry for vector 1, on the stack that
 * is in use and with events masked: rcx, r11, rip, cs, rflags, rsp, ss. What we
 * interrupt may be entry.S itself, so all registers come back. The way back is
 * the iret hypercall: Xen puts the mask as it was and looks for events *before*
 * the interrupted instruction runs, which is the point of it all.
 */
    .balign 16
    .global debug_entry
debug_entry:
    pop %rcx
    pop %r11
    push %rax
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    push %rbp
    lea 80(%rsp), %rdi          /* rip, cs, rflags, rsp, ss */
    mov %rsp, %rbp
    and $-16, %rsp
    cld
    call debug_trapped
    mov %rbp, %rsp
    pop %rbp
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rdi
    pop %rsi
    pop %rdx
    pop %rcx
    pop %rax
    push $0                     /* flags: restore rcx and r11 as well */
    jmp hypercall_page + __HYPERVISOR_iret * 32

/*
 * bool spin_until(const volatile bool *done)
 * Keep a known number in each register until *done; whether all stayed.
 */
.macro each action
    \action rax, 1
    \action rcx, 2
    \action rdx, 3
    \action rbx, 4
    \action rbp, 5
    \action rsi, 6
    \action rdi, 7
    \action r8, 8
    \action r9, 9
    \action r10, 10
    \action r11, 11
    \action r12, 12
    \action r13, 13
    \action r14, 14
    \action r15, 15
.endm
.macro fill register, number
    mov $-0x12345670 - \number, %\register
.endm
.macro look register, number
    cmp $-0x12345670 - \number, %\register
    jne 2f
.endm

    .balign 16
    .global spin_until
spin_until:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    push %rdi
    each fill
1:  each look
    push %rax
    mov 8(%rsp), %rax
    cmpb $0, (%rax)
    pop %rax
    je 1b
    mov $1, %eax
    jmp 3f
2:  xor %eax, %eax
3:  add $8, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

    .section .note.GNU-stack, "", @progbits
