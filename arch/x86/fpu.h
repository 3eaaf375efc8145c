/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fpu.h: the vector registers of a thread that is preempted.
 *
 * The kernel does not use them, and a thread that calls the scheduler itself
 * expects a function call to destroy them. So they are saved only when a
 * thread is preempted in the middle of its work, with XSAVE where Xen and the
 * CPU have it (then AVX and AVX-512 are included), else with FXSAVE.
 */
#ifndef CORACLE_ARCH_FPU_H
#define CORACLE_ARCH_FPU_H

#include <stddef.h>

#define FPU_ALIGN 64

/* Called on each CPU as it starts. */
void fpu_init(void);
/* Bytes that fpu_save() writes. */
size_t fpu_size(void);
void fpu_save(void *area);
void fpu_restore(const void *area);

#endif
