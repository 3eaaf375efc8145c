/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * morestack.S: stacks that grow.
 *
 * A PV kernel cannot grow a stack by page fault: Xen pushes the fault's frame
 * onto the very stack that has no room. So programs are compiled with
 * -fsplit-stack: each function first compares its stack pointer (less its
 * frame, if that is large) with fs:0x70 and, when it is too low, does
 *
 *         mov $frame, %r10        bytes of stack the function needs
 *         mov $args, %r11         bytes of arguments on the stack
 *         call __morestack
 *         ret
 *         leaq 24(%rbp), %r11     (only in functions like printf)
 *     body:
 *
 * GCC's own run time moves to a new piece of stack there. Ours is simpler: it
 * puts memory behind the next pages of the same area and goes on at `body`,
 * or reports a stack overflow when the area is used up. The reserve below the
 * limit (STACK_RESERVE in sched/stack.h) is for kernel and library functions,
 * which do not check.
 *
 * The leaq finds the arguments from the frame that GCC's run time would have
 * built. Ours stay where they are, so we compute r11 and step over it.
 *
 * All argument registers survive; the vector registers do because stack_grow()
 * and all below it are compiled without them. The function's call and its call
 * of us leave rsp a multiple of 16, and eight pushes keep it so.
 */
    .text
    .balign 16
    .global __morestack
    .type __morestack, @function
__morestack:
    push %rbp
    mov %rsp, %rbp
    push %rax
    push %rcx
    push %rdx
    push %rdi
    push %rsi
    push %r8
    push %r9
    mov %r10, %rdi
    lea 16(%rbp), %rsi          /* rsp as it was when the function began */
    call stack_grow             /* sched/stack.c */
    pop %r9
    pop %r8
    pop %rsi
    pop %rdi
    pop %rdx
    pop %rcx
    pop %rax
    pop %rbp
    pop %r10                    /* points at the `ret`, one byte long */
    inc %r10
    lea 8(%rsp), %r11           /* the arguments, for functions like printf */
    cmpl $0x185d8d4c, (%r10)    /* leaq 24(%rbp), %r11 ? */
    jne 1f
    add $4, %r10
1:  jmp *%r10
    .size __morestack, . - __morestack

/*
 * alloca() and arrays of variable length, when the piece below is too short:
 * called as void *__morestack_allocate_stack_space(size_t size), which GCC's
 * run time answers with heap memory. We make room and take the space from the
 * caller's own frame: it returns with rsp lowered by `size`, which a function
 * with an alloca() does not mind, because it finds everything by rbp.
 */
    .balign 16
    .global __morestack_allocate_stack_space
    .type __morestack_allocate_stack_space, @function
__morestack_allocate_stack_space:
    push %rbp
    mov %rsp, %rbp
    push %rbx
    sub $8, %rsp
    lea 15(%rdi), %rbx
    and $-16, %rbx
    mov %rbx, %rdi
    lea 16(%rbp), %rsi          /* rsp as it was before the call */
    call stack_grow
    mov %rbx, %rax
    add $8, %rsp
    pop %rbx
    pop %rbp
    pop %rcx
    sub %rax, %rsp
    mov %rsp, %rax
    jmp *%rcx
    .size __morestack_allocate_stack_space, . - __morestack_allocate_stack_space

    .section .note.GNU-stack, "", @progbits
