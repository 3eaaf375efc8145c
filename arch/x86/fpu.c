/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fpu.c: saving the vector registers, whichever this CPU has.
 *
 * Which registers are enabled is in XCR0; their size comes from leaf 13 of
 * cpuid.
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
#define FXSAVE_SIZE   512

static bool have_xsave;
static size_t size = FXSAVE_SIZE;

void fpu_init(void)
{
    have_xsave = cpuid(LEAF_FEATURES, 0).ecx & ECX_OSXSAVE;
    if (have_xsave)
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
