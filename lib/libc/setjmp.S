/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * setjmp.S: _setjmp() and _longjmp(), which newlib declares and has not. They
 * leave the signal mask alone, and so do newlib's setjmp() and longjmp().
 *
 * A setjmp() notes its caller's frame, so this must be a jump and not a call.
 */
.macro same name, as
    .section .text.\name, "ax", @progbits
    .globl \name
    .type \name, @function
\name:
    jmp \as
    .size \name, . - \name
.endm

same _setjmp, setjmp
same _longjmp, longjmp

.section .note.GNU-stack, "", @progbits
