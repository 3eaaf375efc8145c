/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc.c: the program's heap is the kernel's (mm/heap.c).
 *
 * There is one address space and one owner of memory, so a second allocator on
 * top would only hold back pages from the first. This file has every name of
 * newlib's malloc family, so that none of newlib's own is linked: the plain
 * functions, and those with a struct _reent that newlib calls itself.
 *
 * Concurrency: the heap locks itself.
 */
#include "lib/libc/libc.h"

#include <malloc.h>
#include <stdlib.h>
#include "coracle/memory.h"

/* `pointer`, with errno set if it is NULL. */
static void *result(void *pointer)
{
    if (pointer == NULL)
        errno = ENOMEM;
    return pointer;
}

/* Asking for more than this can only be a mistake in some arithmetic. */
static bool too_large(size_t size)
{
    return size > PTRDIFF_MAX;
}

void *malloc(size_t size)
{
    return result(too_large(size) ? NULL : heap_alloc(size));
}

void free(void *pointer)
{
    heap_free(pointer);
}

void *calloc(size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total) || too_large(total))
        return result(NULL);
    return result(heap_alloc_zeroed(count, size));
}

void *realloc(void *old, size_t size)
{
    if (old != NULL && size == 0) {
        heap_free(old);
        return NULL;
    }
    return result(too_large(size) ? NULL : heap_resize(old, size));
}

static bool power_of_two(size_t align)
{
    return align != 0 && (align & (align - 1)) == 0;
}

int posix_memalign(void **pointer, size_t align, size_t size)
{
    void *memory;

    if (!power_of_two(align) || align % sizeof(void *) != 0)
        return EINVAL;
    memory = too_large(size) ? NULL : heap_alloc_aligned(align, size);
    if (memory == NULL)
        return ENOMEM;
    *pointer = memory;
    return 0;
}

void *memalign(size_t align, size_t size)
{
    if (!power_of_two(align)) {
        errno = EINVAL;
        return NULL;
    }
    return result(too_large(size) ? NULL : heap_alloc_aligned(align, size));
}

void *aligned_alloc(size_t align, size_t size)
{
    return memalign(align, size);
}

void *valloc(size_t size)
{
    return memalign(PAGE_SIZE, size);
}

void *pvalloc(size_t size)
{
    return memalign(PAGE_SIZE, (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1));
}

void *reallocarray(void *old, size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        return result(NULL);
    return realloc(old, total);
}

void cfree(void *pointer)
{
    heap_free(pointer);
}

size_t malloc_usable_size(void *pointer)
{
    return pointer == NULL ? 0 : heap_size(pointer);
}

struct mallinfo mallinfo(void)
{
    struct mallinfo info = {0};

    info.arena = page_count_total() * PAGE_SIZE;
    info.fordblks = page_count_free() * PAGE_SIZE;
    info.uordblks = info.arena - info.fordblks;
    return info;
}

/* Nothing is held back, so there is nothing to trim or to tune. */
int malloc_trim(__attribute__((unused)) size_t pad)
{
    return 0;
}

int mallopt(__attribute__((unused)) int option,
            __attribute__((unused)) int value)
{
    return 1;
}

/* ---- What newlib itself calls ------------------------------------------ */

#define REENT __attribute__((unused)) struct _reent *reent

void *_malloc_r(REENT, size_t size)
{
    return malloc(size);
}

void _free_r(REENT, void *pointer)
{
    heap_free(pointer);
}

void *_calloc_r(REENT, size_t count, size_t size)
{
    return calloc(count, size);
}

void *_realloc_r(REENT, void *old, size_t size)
{
    return realloc(old, size);
}

void *_memalign_r(REENT, size_t align, size_t size)
{
    return memalign(align, size);
}

size_t _malloc_usable_size_r(REENT, void *pointer)
{
    return malloc_usable_size(pointer);
}
