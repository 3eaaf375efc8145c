/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mman.c: mmap() for anonymous memory, from the heap.
 *
 * Programs use it as a second malloc() that gives zeroed pages. munmap() must
 * name a whole mapping; giving back a part of one is accepted and does nothing,
 * because the heap cannot split a block. To tell the two apart, a small list
 * holds the mappings.
 *
 * Concurrency: `lock` guards the list.
 */
#include <sys/mman.h>

#include "coracle/list.h"
#include "coracle/memory.h"
#include "coracle/sync.h"
#include "lib/libc/libc.h"

struct mapping {
    struct list node;
    void *start;
    size_t size; /* whole pages */
};

static struct mutex lock = MUTEX_INIT(lock);
static struct list mappings = LIST_INIT(mappings); /* guarded by lock */

static size_t whole_pages(size_t size)
{
    return (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

static struct mapping *map(size_t size)
{
    struct mapping *mapping = heap_alloc(sizeof(*mapping));

    if (mapping == NULL)
        return NULL;
    mapping->size = whole_pages(size);
    mapping->start = heap_alloc_aligned(PAGE_SIZE, mapping->size);
    if (mapping->start == NULL) {
        heap_free(mapping);
        return NULL;
    }
    __builtin_memset(mapping->start, 0, mapping->size);
    mutex_lock(&lock);
    list_add(&mappings, &mapping->node);
    mutex_unlock(&lock);
    return mapping;
}

void *mmap(__attribute__((unused)) void *wish, size_t size, int protection,
           int flags, __attribute__((unused)) int descriptor,
           __attribute__((unused)) off_t offset)
{
    struct mapping *mapping;

    if (size == 0 || size > PTRDIFF_MAX - PAGE_SIZE) {
        errno = size == 0 ? EINVAL : ENOMEM;
        return MAP_FAILED;
    }
    /* Neither files, nor fixed places, nor code: all memory is RW. */
    if (!(flags & MAP_ANONYMOUS) || (flags & MAP_FIXED) ||
        (protection & PROT_EXEC)) {
        errno = ENOTSUP;
        return MAP_FAILED;
    }
    mapping = map(size);
    if (mapping == NULL) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return mapping->start;
}

int munmap(void *start, size_t size)
{
    struct mapping *found = NULL;

    if (size == 0 || (uintptr_t)start % PAGE_SIZE != 0)
        return (int)libc_result(-EINVAL);
    mutex_lock(&lock);
    list_for_each (node, &mappings) {
        struct mapping *mapping = container_of(node, struct mapping, node);

        if (mapping->start == start && mapping->size == whole_pages(size)) {
            found = mapping;
            break;
        }
    }
    if (found != NULL)
        list_del(&found->node);
    mutex_unlock(&lock);
    if (found != NULL) {
        heap_free(found->start);
        heap_free(found);
    }
    return 0;
}

int mprotect(__attribute__((unused)) void *start,
             __attribute__((unused)) size_t size, int protection)
{
    bool asked = protection == (PROT_READ | PROT_WRITE);

    return (int)libc_result(asked ? 0 : -ENOTSUP);
}

/* Advice may be ignored, and memory is always locked. */

int madvise(__attribute__((unused)) void *start,
            __attribute__((unused)) size_t size,
            __attribute__((unused)) int advice)
{
    return 0;
}

int posix_madvise(void *start, size_t size, int advice)
{
    return madvise(start, size, advice);
}

int msync(__attribute__((unused)) void *start,
          __attribute__((unused)) size_t size,
          __attribute__((unused)) int flags)
{
    return 0;
}

int mlock(__attribute__((unused)) const void *start,
          __attribute__((unused)) size_t size)
{
    return 0;
}

int munlock(__attribute__((unused)) const void *start,
            __attribute__((unused)) size_t size)
{
    return 0;
}

int mlockall(__attribute__((unused)) int flags)
{
    return 0;
}

int munlockall(void)
{
    return 0;
}
