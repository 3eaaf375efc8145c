/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * deepstack: does the stack grow under the library as well as under the
 * program? Recursion brings the stack pointer to every distance from the end
 * of what is mapped, and from each printf() with floats and sscanf(), which
 * need kilobytes, are called; in the main thread and in one with a small stack.
 * Then large frames, alloca() and arrays of variable length.
 */
#include <alloca.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "tests/guest/posix/check.h"

static int calls;

static int use_library(int depth)
{
    char text[64];
    double number = 0;
    int result = 0;

    snprintf(text, sizeof(text), "%.3f %d", depth / 8.0, depth);
    if (sscanf(text, "%lf %d", &number, &result) != 2 || number != depth / 8.0)
        return -1000000;
    calls++;
    return result - depth;
}

/* Frames of some 200 bytes, so that all distances occur within a page. */
static int descend(int depth)
{
    volatile char room[128];
    int sum;

    room[0] = (char)depth;
    sum = use_library(depth);
    if (depth > 0)
        sum += descend(depth - 1);
    return sum + room[0] - (char)depth;
}

static void *in_thread(void *argument)
{
    return (void *)(long)descend((int)(long)argument);
}

/* A large array at once, not step by step. */
static long large_frame(void)
{
    volatile char room[300000];

    for (size_t i = 0; i < sizeof(room); i += 1000)
        room[i] = 1;
    return room[299000];
}

/* Pieces of a size known only now; all must be there at once, and apart. */
static void *take_pieces(void *argument)
{
    size_t size = (size_t)argument;
    unsigned char *pieces[40];
    unsigned char array[size];

    memset(array, 99, size);
    for (int i = 0; i < 40; i++) {
        pieces[i] = alloca(size + (size_t)i);
        memset(pieces[i], i, size + (size_t)i);
        CHECK_EQUAL((unsigned long)pieces[i] % 16, 0);
        use_library(i);
    }
    for (int i = 0; i < 40; i++) {
        for (size_t j = 0; j < size + (size_t)i; j++)
            CHECK_EQUAL(pieces[i][j], i);
    }
    for (size_t j = 0; j < size; j++)
        CHECK_EQUAL(array[j], 99);
    return NULL;
}

int main(void)
{
    pthread_attr_t attr;
    pthread_t thread;
    void *result;

    CHECK_EQUAL(descend(1500), 0);
    CHECK_EQUAL(large_frame(), 1);
    pthread_attr_init(&attr);
    CHECK_EQUAL(pthread_attr_setstacksize(&attr, 512 * 1024), 0);
    CHECK_EQUAL(pthread_create(&thread, &attr, in_thread, (void *)900L), 0);
    CHECK_EQUAL(pthread_join(thread, &result), 0);
    CHECK_EQUAL((long)result, 0);
    CHECK_EQUAL(pthread_create(&thread, NULL, take_pieces, (void *)5000L), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    CHECK_EQUAL(pthread_create(&thread, NULL, take_pieces, (void *)100L), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    calls -= 80;
    CHECK_EQUAL(calls, 1501 + 901);
    return check_failures != 0;
}
