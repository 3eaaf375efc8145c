/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * entry.S: where Xen interrupts us: exceptions, events, failed returns.
 *
 * Xen pushes a frame onto the stack that is in use (we are always "in kernel
 * mode", so it never switches stacks) and jumps here:
 *
 *     rcx, r11, [error code], rip, cs, rflags, rsp, ss
 *
 * A frame that does not fit onto the stack lets Xen crash the domain, which
 * is why programs check their stack in advance (morestack.S). We change to a
 * stack of this CPU at once, one for exceptions and one for events.
 */
#include "arch/x86/percpu.h"

    .text

/* ---- Exceptions ------------------------------------------------------- */

/* In the order of struct regs (regs.h), last field first. */
.macro push_all
    push %rax
    push %rcx
    push %rdx
    push %rbx
    push %rbp
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    push %r12
    push %r13
    push %r14
    push %r15
.endm

exception_common:
    cld
    push_all
    mov %rsp, %rdi              /* struct regs */
    mov %rsp, %rbp
    /* A fault inside the fault handler goes on where it is. */
    mov %gs:PERCPU_FAULT_STACK, %rax
    mov %rax, %rdx
    sub %rsp, %rdx
    cmp $8192, %rdx
    jb 1f
    mov %rax, %rsp
1:  and $-16, %rsp
    call exception_fatal        /* sched/crash.c; does not return */
    ud2

/* One entry per vector; those without an error code push a 0. */
.macro exception vector, has_error
    .balign 16
exception_\vector:
    pop %rcx
    pop %r11
    .if !\has_error
    push $0
    .endif
    push $\vector
    jmp exception_common
    .pushsection .rodata
    .quad exception_\vector
    .popsection
.endm

    .section .rodata
    .balign 8
    .global exception_entries
exception_entries:
    .text

    exception 0, 0              /* divide error */
    exception 1, 0              /* debug */
    exception 2, 0              /* NMI, never seen */
    exception 3, 0              /* breakpoint */
    exception 4, 0              /* overflow */
    exception 5, 0              /* bounds */
    exception 6, 0              /* invalid opcode */
    exception 7, 0              /* device not available */
    exception 8, 1              /* double fault, kept by Xen */
    exception 9, 0
    exception 10, 1             /* invalid TSS */
    exception 11, 1             /* segment not present */
    exception 12, 1             /* stack fault */
    exception 13, 1             /* general protection */
    exception 14, 1             /* page fault */
    exception 15, 0
    exception 16, 0             /* x87 error */
    exception 17, 1             /* alignment check */
    exception 18, 0             /* machine check */
    exception 19, 0             /* SIMD error */

/* Xen could not load a segment register on its way back to us. */
    .balign 16
    .global failsafe_callback
failsafe_callback:
    lea failsafe_message(%rip), %rdi
    mov %gs:PERCPU_FAULT_STACK, %rsp
    xor %eax, %eax
    call panic
    ud2

    .section .rodata
failsafe_message:
    .asciz "Xen could not restore a segment register"

/* ---- Events ----------------------------------------------------------- */
/*
 * Xen calls event_callback when an event is pending and not masked, and masks
 * events in doing so. The handlers run on the event stack. If they woke a
 * thread that should run now, the interrupted thread gives up the CPU here,
 * on its own stack, as if it had called the scheduler itself.
 *
 * Only the registers that C may change are saved; the others are saved by the
 * functions called and by the thread switch.
 */
    .text
    .balign 16
    .global event_callback
    .type event_callback, @function
event_callback:
    pop %rcx
    pop %r11
    /*
     * We may have interrupted the end of this very code, where events are
     * unmasked already but the previous frame is not yet consumed. There all
     * registers are restored, so that frame describes the interrupted thread
     * just as well: drop the new one. A storm of events thus needs no stack.
     */
    cmpq $unmasked_begin, (%rsp)
    jb 1f
    cmpq $unmasked_end, (%rsp)
    jae 1f
    mov 24(%rsp), %rsp
1:
handle_events:
    push %rax
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    push 72(%rsp)               /* rip: with rbp a frame, as calls make, */
    push %rbp                   /* so that backtraces go on from here */
    cld
    incl %gs:PERCPU_MASK_DEPTH
    mov %rsp, %rbp
    /* A handler may be a function of the program, which compares its stack
     * pointer with the thread's limit (morestack.S). On this stack none holds. */
    push %fs:PERCPU_STACK_LIMIT
    movq $0, %fs:PERCPU_STACK_LIMIT
    mov %gs:PERCPU_EVENT_STACK, %rsp
    call evtchn_dispatch        /* xen/evtchn.c: true to switch threads */
    lea -8(%rbp), %rsp
    pop %fs:PERCPU_STACK_LIMIT
    test %al, %al
    jz 2f
    and $-16, %rsp
    call thread_preempt         /* sched/switch.c */
    mov %rbp, %rsp
2:  decl %gs:PERCPU_MASK_DEPTH
    pop %rbp
    add $8, %rsp
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rdi
    pop %rsi
    pop %rdx
    pop %rcx
    pop %rax
    /* Xen shows us privilege level 0 in cs and ss; really it is 3. */
    orb $3, 8(%rsp)
    orb $3, 32(%rsp)
    .global unmasked_begin, unmasked_end /* for tests/guest/kernel/nested_test */
unmasked_begin:
    movb $0, %gs:PERCPU_MASK
    cmpb $0, %gs:PERCPU_PENDING
    jne 3f
    iretq
    /* One came between the handlers and the unmasking: no iretq needed. */
3:  movb $1, %gs:PERCPU_MASK
unmasked_end:
    jmp handle_events
    .size event_callback, . - event_callback

/* ---- Thread switch ---------------------------------------------------- */
/*
 * void context_switch(unsigned long *save, unsigned long load)
 * Put the callee-saved registers and the floating-point control words onto
 * this stack, note in *save where, and go on with those of stack `load`.
 */
    .balign 16
    .global context_switch
    .type context_switch, @function
context_switch:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    sub $8, %rsp
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    add $8, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
    .size context_switch, . - context_switch

/* The first return address of a new thread; place_context() in sched/thread.c
 * put its start function into rbx. The stack is 16-byte aligned here, as at any
 * call. */
    .balign 16
    .global context_begin
    .type context_begin, @function
context_begin:
    xor %ebp, %ebp
    push %rbp
    push %rbp
    call *%rbx
    ud2
    .size context_begin, . - context_begin

    .section .note.GNU-stack, "", @progbits
