/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vector_test: does a thread keep its vector registers when it is interrupted?
 *
 * What: the 16 SSE registers, the upper halves that AVX adds where the CPU has
 * it, the x87 stack, sums of doubles; and per thread the rounding modes of both
 * units (MXCSR, x87 control word), which a new thread has at their defaults.
 *
 * How: the kernel's compiler flags forbid vector code, so each thread is a
 * piece of assembly: it fills all registers with values that only it has,
 * computes for longer than a slice, and stores them again. All threads do so at
 * the same time, and a sleeping one interrupts them as well. Nobody between
 * the two ends of the assembly tells the compiler; it uses none of them.
 * Expected sums come from integer arithmetic.
 */
#include "arch/x86/cpuid.h"
#include "coracle/sync.h"
#include "coracle/thread.h"
#include "lib/string.h"
#include "tests/guest/guest.h"

#define THREADS       4
#define SPELLS        6
#define SPIN          3000000UL  /* turns of an empty loop: several ms */
#define ECX_AVX       (1u << 28) /* cpuid leaf 1 */
#define ECX_OSXSAVE   (1u << 27)
#define MXCSR_DEFAULT 0x1f80u
#define MXCSR_UP      0x5f80u /* rounds towards plus infinity */
#define FCW_DEFAULT   0x37fu
#define FCW_DOWN      0x77fu

static bool have_avx;
static volatile bool over;

/* clang-format off */
#define FOR_16(X)                                                              \
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)                                    \
    X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
/* clang-format on */

#define LOAD_SSE(n)  "movdqu " #n "*16(%[from]), %%xmm" #n "\n\t"
#define STORE_SSE(n) "movdqu %%xmm" #n ", " #n "*16(%[to])\n\t"
#define LOAD_AVX(n)  "vmovdqu " #n "*32(%[from]), %%ymm" #n "\n\t"
#define STORE_AVX(n) "vmovdqu %%ymm" #n ", " #n "*32(%[to])\n\t"

#define SPIN_LOOP                                                              \
    "1: dec %[count]\n\t"                                                      \
    "jnz 1b\n\t"

static void keep_sse(const void *from, void *to)
{
    unsigned long count = SPIN;

    __asm__ volatile(FOR_16(LOAD_SSE) SPIN_LOOP FOR_16(STORE_SSE)
                     : [count] "+r"(count)
                     : [from] "r"(from), [to] "r"(to)
                     : "memory", "cc");
}

static void keep_avx(const void *from, void *to)
{
    unsigned long count = SPIN;

    __asm__ volatile(FOR_16(LOAD_AVX)
                         SPIN_LOOP FOR_16(STORE_AVX) "vzeroupper\n\t"
                     : [count] "+r"(count)
                     : [from] "r"(from), [to] "r"(to)
                     : "memory", "cc");
}

/* Eight numbers wait on the x87 stack. */
static void keep_x87(const unsigned long *from, unsigned long *to)
{
    unsigned long count = SPIN;

    __asm__ volatile("fninit\n\t"
                     "fildq (%[from])\n\tfildq 8(%[from])\n\t"
                     "fildq 16(%[from])\n\tfildq 24(%[from])\n\t"
                     "fildq 32(%[from])\n\tfildq 40(%[from])\n\t"
                     "fildq 48(%[from])\n\tfildq 56(%[from])\n\t" SPIN_LOOP
                     "fistpq 56(%[to])\n\tfistpq 48(%[to])\n\t"
                     "fistpq 40(%[to])\n\tfistpq 32(%[to])\n\t"
                     "fistpq 24(%[to])\n\tfistpq 16(%[to])\n\t"
                     "fistpq 8(%[to])\n\tfistpq (%[to])\n\t"
                     : [count] "+r"(count)
                     : [from] "r"(from), [to] "r"(to)
                     : "memory", "cc");
}

/* first + (first + 1) + ... , `count` of them, added up as doubles. */
static unsigned long sum_doubles(unsigned long first, unsigned long count)
{
    unsigned long sum;

    __asm__ volatile("cvtsi2sdq %[first], %%xmm7\n\t"
                     "xorpd %%xmm8, %%xmm8\n\t"
                     "mov $1, %%eax\n\t"
                     "cvtsi2sdq %%rax, %%xmm9\n\t"
                     "1: addsd %%xmm7, %%xmm8\n\t"
                     "addsd %%xmm9, %%xmm7\n\t"
                     "dec %[count]\n\t"
                     "jnz 1b\n\t"
                     "cvttsd2siq %%xmm8, %[sum]\n\t"
                     : [count] "+r"(count), [sum] "=&r"(sum)
                     : [first] "r"(first)
                     : "rax", "cc");
    return sum;
}

static unsigned int mxcsr(void)
{
    unsigned int value;

    __asm__ volatile("stmxcsr %0" : "=m"(value));
    return value & ~0x3fu; /* the low bits note what happened */
}

static unsigned int fcw(void)
{
    unsigned short value;

    __asm__ volatile("fnstcw %0" : "=m"(value));
    return value;
}

static void set_modes(unsigned int mxcsr_value, unsigned short fcw_value)
{
    __asm__ volatile("ldmxcsr %0\n\tfldcw %1"
                     :
                     : "m"(mxcsr_value), "m"(fcw_value));
}

static void fill(unsigned long *words, size_t count, unsigned long seed)
{
    for (size_t i = 0; i < count; i++)
        words[i] = (seed + 1) * 0x9e3779b97f4a7c15UL + i * 0xc2b2ae3d27d4eb4fUL;
}

static void live(void *argument)
{
    unsigned long self = (unsigned long)argument;
    unsigned long before[64], after[64];

    CHECK_EQUAL(mxcsr(), MXCSR_DEFAULT);
    CHECK_EQUAL(fcw(), FCW_DEFAULT);
    for (unsigned long spell = 0; spell < SPELLS; spell++) {
        unsigned long first = self * 1000 + spell, count = SPIN / 3;

        memset(after, 0, sizeof(after));
        fill(before, ARRAY_SIZE(before), self * SPELLS + spell);
        if (have_avx) {
            keep_avx(before, after);
            CHECK(!memcmp(before, after, sizeof(before)));
        } else {
            keep_sse(before, after);
            CHECK(!memcmp(before, after, sizeof(before) / 2));
        }
        for (unsigned int i = 0; i < 8; i++)
            before[i] = (self << 40) + (spell << 20) + i;
        keep_x87(before, after);
        CHECK(!memcmp(before, after, 64));
        CHECK_EQUAL(sum_doubles(first, count),
                    first * count + count * (count - 1) / 2);
        if (self % 2) { /* odd threads have their own way of rounding */
            set_modes(MXCSR_UP, FCW_DOWN);
            thread_yield();
            CHECK_EQUAL(mxcsr(), MXCSR_UP);
            CHECK_EQUAL(fcw(), FCW_DOWN);
            set_modes(MXCSR_DEFAULT, FCW_DEFAULT);
        } else {
            thread_yield();
            CHECK_EQUAL(mxcsr(), MXCSR_DEFAULT);
            CHECK_EQUAL(fcw(), FCW_DEFAULT);
        }
    }
}

/* Wakes up all the time and puts other things into the registers. */
static void disturb(void *argument)
{
    unsigned long junk[64], rounds = 0;

    (void)argument;
    memset(junk, 0xff, sizeof(junk));
    while (!over) {
        set_modes(MXCSR_UP, FCW_DOWN);
        if (have_avx)
            __asm__ volatile(FOR_16(LOAD_AVX) : : [from] "r"(junk));
        else
            __asm__ volatile(FOR_16(LOAD_SSE) : : [from] "r"(junk));
        __asm__ volatile("fninit\n\tfldpi");
        thread_sleep(700 * NS_PER_US);
        rounds++;
    }
    CHECK(rounds > 10);
    printk("vector_test: disturbed %lu times\n", rounds);
}

int main(int argc, char **argv)
{
    unsigned int ecx = cpuid(1, 0).ecx;
    struct thread *threads[THREADS], *disturber;

    (void)argc;
    (void)argv;
    have_avx = (ecx & ECX_AVX) && (ecx & ECX_OSXSAVE);
    printk("vector_test: %s, %s\n", have_avx ? "AVX" : "no AVX",
           ecx & ECX_OSXSAVE ? "XSAVE" : "no XSAVE");
    set_modes(MXCSR_UP, FCW_DOWN); /* not inherited */
    disturber = thread_create("disturber", disturb, NULL, 0);
    CHECK(disturber);
    for (unsigned long i = 0; i < THREADS; i++) {
        threads[i] = thread_create("vector", live, (void *)i, 0);
        CHECK(threads[i]);
    }
    for (unsigned int i = 0; i < THREADS; i++)
        thread_join(threads[i]);
    over = true;
    thread_join(disturber);
    CHECK_EQUAL(mxcsr(), MXCSR_UP);
    CHECK_EQUAL(fcw(), FCW_DOWN);
    printk("vector_test: all ok\n");
    return 0;
}
