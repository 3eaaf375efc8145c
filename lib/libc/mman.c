/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mman.c: mmap() for anonymous memory, from the heap, and for files.
 *
 * Programs use it as a second malloc() that gives zeroed pages, and to have a
 * file in memory. The bytes of a file that lies in memory anyway, in a ramdisk,
 * are given where they are, on whatever address that is: nothing is copied, and
 * it must not be written. Otherwise a mapping is a copy of the file as it was
 * then, in pages that belong to the program.
 *
 * munmap() must name a whole mapping; giving back a part of one is accepted and
 * does nothing, because the heap cannot split a block. To tell the two apart, a
 * small list holds the mappings.
 *
 * Concurrency: `lock` guards the list.
 *
 * Left out: pages that come when they are touched; writing through a mapping to
 * a file (ENOTSUP), and seeing in one what others write to it later.
 */
#include <sys/mman.h>

#include <fcntl.h>
#include "coracle/list.h"
#include "coracle/memory.h"
#include "coracle/sync.h"
#include "lib/libc/file.h"
#include "lib/libc/libc.h"

struct mapping {
    struct list node;
    void *start;
    size_t size;   /* whole pages */
    bool borrowed; /* the file's own bytes */
};

static struct mutex lock = MUTEX_INIT(lock);
static struct list mappings = LIST_INIT(mappings); /* guarded by lock */

static size_t whole_pages(size_t size)
{
    return (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

/* Remember a mapping of `size` bytes at `start`. */
static int remember(void *start, size_t size, bool borrowed)
{
    struct mapping *mapping = heap_alloc(sizeof(*mapping));

    if (mapping == NULL)
        return -ENOMEM;
    mapping->start = start;
    mapping->size = whole_pages(size);
    mapping->borrowed = borrowed;
    mutex_lock(&lock);
    list_add(&mappings, &mapping->node);
    mutex_unlock(&lock);
    return 0;
}

/* The bytes of a file from `offset` on, as many as there are. */
static int read_all(struct file *file, char *to, size_t size, off_t offset)
{
    while (size > 0) {
        ssize_t moved = file->ops->pread(file, to, size, offset);

        if (moved <= 0)
            return (int)moved;
        to += moved;
        size -= (size_t)moved;
        offset += moved;
    }
    return 0;
}

/* Pages of our own: zeroes, or what is in the file. */
static int map_pages(struct file *file, size_t size, off_t offset, void **start)
{
    int error = 0;

    *start = heap_alloc_aligned(PAGE_SIZE, whole_pages(size));
    if (*start == NULL)
        return -ENOMEM;
    __builtin_memset(*start, 0, whole_pages(size));
    if (file != NULL)
        error = read_all(file, *start, size, offset);
    if (error == 0)
        error = remember(*start, size, false);
    if (error)
        heap_free(*start);
    return error;
}

/* The bytes where they are, if they are in memory and only to be read. */
static int map_file(struct file *file, size_t size, off_t offset, bool writable,
                    void **start)
{
    const void *bytes;

    if ((atomic_load(&file->flags) & O_ACCMODE) == O_WRONLY)
        return -EACCES;
    if (file->ops->pread == NULL)
        return -ENODEV;
    if (writable || file->ops->map == NULL ||
        file->ops->map(file, offset, size, &bytes) != 0)
        return map_pages(file, size, offset, start);
    *start = (void *)bytes;
    return remember(*start, size, true);
}

static int map_descriptor(int descriptor, size_t size, off_t offset,
                          bool writable, void **start)
{
    struct file *file = file_get(descriptor);
    int result;

    if (file == NULL)
        return -EBADF;
    result = map_file(file, size, offset, writable, start);
    file_put(file);
    return result;
}

/* Neither fixed places nor code; what is written must be nobody else's. */
static int check(size_t size, int protection, int flags, off_t offset)
{
    int sharing = flags & (MAP_SHARED | MAP_PRIVATE);

    if (size == 0 || (sharing != MAP_SHARED && sharing != MAP_PRIVATE))
        return -EINVAL;
    if (size > PTRDIFF_MAX - PAGE_SIZE)
        return -ENOMEM;
    if (flags & MAP_FIXED || protection & PROT_EXEC)
        return -ENOTSUP;
    if (flags & MAP_ANONYMOUS)
        return 0;
    if (offset < 0 || offset % (off_t)PAGE_SIZE != 0)
        return -EINVAL;
    return protection & PROT_WRITE && sharing == MAP_SHARED ? -ENOTSUP : 0;
}

void *mmap(__attribute__((unused)) void *wish, size_t size, int protection,
           int flags, int descriptor, off_t offset)
{
    void *start;
    int error = check(size, protection, flags, offset);

    if (error == 0)
        error = flags & MAP_ANONYMOUS
                    ? map_pages(NULL, size, 0, &start)
                    : map_descriptor(descriptor, size, offset,
                                     protection & PROT_WRITE, &start);
    return libc_result(error) < 0 ? MAP_FAILED : start;
}

/* The mapping that is just this; guarded by `lock`. */
static struct mapping *find(const void *start, size_t size)
{
    list_for_each (node, &mappings) {
        struct mapping *mapping = container_of(node, struct mapping, node);

        if (mapping->start == start && mapping->size == whole_pages(size))
            return mapping;
    }
    return NULL;
}

int munmap(void *start, size_t size)
{
    struct mapping *found;

    if (size == 0)
        return (int)libc_result(-EINVAL);
    mutex_lock(&lock);
    found = find(start, size);
    if (found != NULL)
        list_del(&found->node);
    mutex_unlock(&lock);
    if (found == NULL)
        return (int)libc_result((uintptr_t)start % PAGE_SIZE ? -EINVAL : 0);
    if (!found->borrowed)
        heap_free(found->start);
    heap_free(found);
    return 0;
}

/* All memory is as it is; only what lies in a ramdisk cannot be written. */
int mprotect(void *start, size_t size, int protection)
{
    bool asked = protection == (PROT_READ | PROT_WRITE);
    struct mapping *mapping;
    int error = asked ? 0 : -ENOTSUP;

    mutex_lock(&lock);
    mapping = find(start, size);
    if (asked && mapping != NULL && mapping->borrowed)
        error = -EACCES;
    mutex_unlock(&lock);
    return (int)libc_result(error);
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
