/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault: one mistake for each argument, to see what the kernel says of it.
 *
 *     make run APP=examples/fault ARGS=null
 *
 * Each ends in a crash report: what happened, at which address, what lies
 * there, and the calls that led to it. Then Xen hears that the domain crashed.
 *
 * A compiler that can see such a mistake may do as it likes: leave the access
 * out, or the code behind it. So every address goes through a volatile
 * variable, about which the compiler may assume nothing.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The same address, of unknown origin. */
static void *hide(const void *address)
{
    const void *volatile hidden = address;

    return (void *)hidden;
}

static void read_null(void)
{
    volatile int *pointer = hide(NULL);

    printf("%d\n", pointer[3]);
}

/* An address as uninitialised memory might hold it: in the low half. */
static void write_wild(void)
{
    volatile int *pointer = hide((void *)0x123456789abcUL);

    *pointer = 1;
}

/*
 * Each call needs 1 KiB, and what comes back is used after the inner call, so
 * that the calls cannot be turned into a loop.
 */
static int recurse(int depth)
{
    volatile char local[1024];

    local[0] = (char)depth;
    return depth == 0 ? 0 : recurse(depth + 1) + local[0];
}

static void overflow_stack(void)
{
    printf("%d\n", recurse(1));
}

static void write_text(void)
{
    volatile char *code = hide((void *)(uintptr_t)write_text);

    *code = 0;
}

/* 0xc3 is the instruction `ret`: if data could be executed, nothing happens. */
static void execute_data(void)
{
    static unsigned char code[16] = {0xc3};
    void (*function)(void) = (void (*)(void))(uintptr_t)hide(code);

    function();
}

static void free_twice(void)
{
    char *memory = malloc(100);
    char *same = hide(memory);

    free(memory);
    free(same);
}

/* With a 1 in place of the sheep, the compiler would compare, not divide. */
static void divide_by_zero(void)
{
    volatile int sheep = 12;
    volatile int zero = 0;

    printf("%d\n", sheep / zero);
}

static void fail_assertion(void)
{
    volatile int sheep = 3;

    assert(sheep == 4);
}

/* Four times what there is room for, through the caller's return address. */
static void smash_stack(void)
{
    char room[16];

    memset(hide(room), 'x', 64);
    printf("%.16s\n", room);
}

static const struct {
    const char *name;
    const char *what;
    void (*make)(void);
} mistakes[] = {
    {"null", "read through a null pointer", read_null},
    {"wild", "write through a pointer to nowhere", write_wild},
    {"overflow", "recurse until the stack is full", overflow_stack},
    {"text", "write to the program's own code", write_text},
    {"data", "execute data", execute_data},
    {"free", "free the same memory twice", free_twice},
    {"divide", "divide by zero", divide_by_zero},
    {"assert", "fail an assertion", fail_assertion},
    {"smash", "write past an array on the stack", smash_stack},
    {"abort", "call abort()", abort},
};

#define MISTAKES (sizeof(mistakes) / sizeof(mistakes[0]))

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < MISTAKES; i++) {
        if (strcmp(argv[1], mistakes[i].name) == 0) {
            printf("about to %s\n", mistakes[i].what);
            mistakes[i].make();
            printf("nothing happened\n");
            return 1;
        }
    }
    printf("usage: %s MISTAKE, one of\n", argv[0]);
    for (size_t i = 0; i < MISTAKES; i++)
        printf("  %-9s %s\n", mistakes[i].name, mistakes[i].what);
    return 2;
}
