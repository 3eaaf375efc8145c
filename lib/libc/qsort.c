/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * qsort.c: sorting by a heap. It takes a fifth of the room of newlib's
 * quicksort, no stack to speak of, and n log n steps whatever the order was.
 *
 * The first `count` elements are a heap when none is smaller than its children,
 * 2i + 1 and 2i + 2: so the greatest is the first. It changes places with the
 * last, the heap is one shorter, and its new first element sinks to where it
 * belongs.
 *
 * Concurrency: none of its own.
 */
#include <stdlib.h>

static void swap(char *a, char *b, size_t size)
{
    while (size-- > 0) {
        char byte = *a;

        *a++ = *b;
        *b++ = byte;
    }
}

void qsort(void *base, size_t count, size_t size,
           int (*compare)(const void *, const void *))
{
    char *first = base;
    size_t unsettled = count / 2; /* elements from here on are in heaps */

    while (count > 1) {
        size_t at, child;

        if (unsettled > 0)
            unsettled--;
        else
            swap(first, first + --count * size, size);
        for (at = unsettled; (child = 2 * at + 1) < count; at = child) {
            if (child + 1 < count &&
                compare(first + child * size, first + (child + 1) * size) < 0)
                child++;
            if (compare(first + at * size, first + child * size) >= 0)
                break;
            swap(first + at * size, first + child * size, size);
        }
    }
}
