/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fpu.c: saving the vector registers, whichever this CPU has.
 *
 * As on a bare machine, XSAVE must be switched on in CR4 before it may be used
 * and the registers beyond SSE in XCR0; Xen emulates both instructions. We take
 * all of AVX and AVX-512 that leaf 13 of cpuid offers. Their size is there,
 * too.
 *
 * XSAVE with an area that was never written needs a clean header: the first 64
 * bytes behind the legacy part (512 bytes) are zeroed by the caller's area.
 */
#include "arch/x86/fpu.h"
#include <stdbool.h>
#include "arch/x86/cpuid.h"

#define LEAF_FEATURES 1
#define LEAF_XSTATE   13
#define ECX_OSXSAVE   (1u << 27)
#define CR4_OSXSAVE   (1ul << 18)
#define FXSAVE_SIZE   512
#define XCR0_SSE      0x03ul /* with x87 */
#define XCR0_AVX      0x04ul
#define XCR0_AVX512   0xe0ul /* three parts, only of use together */

static bool have_xsave;
static size_t size = FXSAVE_SIZE;

/* Switch on what there is of the vector registers. */
static void enable_all(void)
{
    unsigned long offered = cpuid(LEAF_XSTATE, 0).eax;
    unsigned long wanted = XCR0_SSE | (offered & XCR0_AVX);
    unsigned long cr4;

    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_OSXSAVE));
    if ((wanted & XCR0_AVX) && (offered & XCR0_AVX512) == XCR0_AVX512)
        wanted |= XCR0_AVX512;
    __asm__ volatile("xsetbv" : : "c"(0), "a"(wanted), "d"(0));
}

void fpu_init(void)
{
    have_xsave = cpuid(LEAF_FEATURES, 0).ecx & ECX_OSXSAVE;
    if (!have_xsave)
        return;
    enable_all();
    size = cpuid(LEAF_XSTATE, 0).ebx; /* for what XCR0 enables now */
}

size_t fpu_size(void)
{
    return size;
}

void fpu_save(void *area)
{
    if (have_xsave)
        __asm__ volatile("xsave64 (%0)"
                         :
                         : "r"(area), "a"(-1), "d"(-1)
                         : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

void fpu_restore(const void *area)
{
    if (have_xsave)
        __asm__ volatile("xrstor64 (%0)"
                         :
                         : "r"(area), "a"(-1), "d"(-1)
                         : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}
