/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ext2_world.h: lib/ext2 on a disk in memory.
 *
 * The disk is an image file's bytes. What was written since the last sync is
 * known page by page, so that a test can stop the machine at any moment, with
 * any of those pages on the disk and any not (world_crash()). Bytes can be bad.
 *
 * The tests use this machine's e2fsprogs as the other party: mke2fs makes the
 * images, e2fsck and debugfs judge what we have made of them.
 */
#ifndef CORACLE_TESTS_HOST_EXT2_WORLD_H
#define CORACLE_TESTS_HOST_EXT2_WORLD_H

#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test.h"
#include "coracle/block.h"
#include "coracle/memory.h"
#include "lib/ext2/ext2.h"

/* ---- The disk --------------------------------------------------------------
 */

struct disk {
    uint8_t *bytes;  /* as programs see them */
    uint8_t *stable; /* as they were at the last sync */
    size_t size;
};
struct block_device {
    int unused;
};

static struct ext2_volume *world;
static struct disk world_disk;
static struct block_device world_device;
static bool world_readonly, world_locked;
static uint64_t world_bad =
    UINT64_MAX; /* this byte cannot be read or written */
static unsigned int world_writes, world_syncs;
static int world_sync_error;
static unsigned int world_fails; /* the write that does, from 1 on */

struct block_device *block_find(const char *name)
{
    return strcmp(name, "xvda") == 0 ? &world_device : NULL;
}

void block_describe(struct block_device *device, struct block_info *info)
{
    (void)device;
    *info = (struct block_info){.readonly = world_readonly};
}

int disk_open(struct block_device *device, struct disk **disk)
{
    (void)device;
    *disk = &world_disk;
    return 0;
}

struct block_device *disk_device(const struct disk *disk)
{
    (void)disk;
    return &world_device;
}

uint64_t disk_size(const struct disk *disk)
{
    return disk->size;
}

static int world_check(const struct disk *disk, uint64_t offset, size_t size)
{
    if (offset > disk->size || size > disk->size - offset)
        return -EINVAL;
    return world_bad >= offset && world_bad - offset < size ? -EIO : 0;
}

int disk_read(struct disk *disk, uint64_t offset, void *to, size_t size)
{
    int error = world_check(disk, offset, size);

    if (!error)
        memcpy(to, disk->bytes + offset, size);
    return error;
}

int disk_write(struct disk *disk, uint64_t offset, const void *from,
               size_t size)
{
    int error = world_check(disk, offset, size);

    /* Nobody may write behind the disk's end, or to what is read-only. */
    CHECK(!world_readonly && (world == NULL || !world->readonly));
    CHECK(offset <= disk->size && size <= disk->size - offset);
    world_writes++;
    if (world_fails > 0 && --world_fails == 0)
        return -EIO;
    if (!error)
        memcpy(disk->bytes + offset, from, size);
    return error;
}

uint32_t disk_errors(const struct disk *disk)
{
    (void)disk;
    return 0;
}

int disk_sync(struct disk *disk, uint32_t *seen)
{
    (void)seen;
    world_syncs++;
    if (!world_sync_error && disk->stable != NULL)
        memcpy(disk->stable, disk->bytes, disk->size);
    return world_sync_error;
}

/* ---- Locks -----------------------------------------------------------------
 */

void mutex_init(struct mutex *mutex)
{
    (void)mutex;
}
void mutex_lock(struct mutex *mutex)
{
    (void)mutex;
    CHECK(!world_locked);
    world_locked = true;
}
void mutex_unlock(struct mutex *mutex)
{
    (void)mutex;
    CHECK(world_locked);
    world_locked = false;
}

/* ---- Images ----------------------------------------------------------------
 */

static char world_folder[64]; /* of this process, removed at its end */

static inline void world_remove(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", world_folder);
    if (system(command) != 0)
        fprintf(stderr, "%s is left\n", world_folder);
}

static const char *world_path(const char *name)
{
    static char path[4][128];
    static unsigned int turn;
    char *to = path[turn++ % 4];

    if (world_folder[0] == '\0') {
        strcpy(world_folder, "/tmp/coracle-ext2-XXXXXX");
        CHECK(mkdtemp(world_folder) != NULL);
        atexit(world_remove);
    }
    snprintf(to, sizeof(path[0]), "%s/%s", world_folder, name);
    return to;
}

/* A command of the shell, in the world's folder; its output goes to "said" in
 * there. Its status. */
PRINTF_LIKE(1, 2) static int world_run(const char *format, ...)
{
    char command[1024], whole[1300];
    va_list words;
    int status;

    va_start(words, format);
    vsnprintf(command, sizeof(command), format, words);
    va_end(words);
    snprintf(
        whole, sizeof(whole),
        "cd %s && PATH=$PATH:/sbin:/usr/sbin && (%s) >said 2>&1 </dev/null",
        (world_path(""), world_folder), command);
    status = system(whole);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
}

/* What the last command said. */
static const char *world_said(void)
{
    static char text[1 << 16];
    FILE *file = fopen(world_path("said"), "r");
    size_t size = fread(text, 1, sizeof(text) - 1, file);

    text[size] = '\0';
    fclose(file);
    return text;
}

/* The file's bytes become the disk's. */
static inline void world_load(const char *name)
{
    FILE *file = fopen(world_path(name), "rb");
    struct stat about;

    CHECK(file != NULL && fstat(fileno(file), &about) == 0);
    free(world_disk.bytes);
    free(world_disk.stable);
    world_disk.size = (size_t)about.st_size;
    world_disk.bytes = malloc(world_disk.size);
    world_disk.stable = malloc(world_disk.size);
    CHECK_EQUAL(fread(world_disk.bytes, 1, world_disk.size, file),
                world_disk.size);
    memcpy(world_disk.stable, world_disk.bytes, world_disk.size);
    fclose(file);
}

static inline void world_save(const char *name)
{
    FILE *file = fopen(world_path(name), "wb");

    CHECK(file != NULL);
    CHECK_EQUAL(fwrite(world_disk.bytes, 1, world_disk.size, file),
                world_disk.size);
    fclose(file);
}

/* A new disk of that size (as truncate knows sizes), with these words for
 * mke2fs. */
static inline void world_make(const char *size, const char *words)
{
    if (world_run("rm -f image && truncate -s %s image && "
                  "mke2fs -q -F %s image",
                  size, words))
        test_fail(__FILE__, __LINE__, "mke2fs %s: %s", words, world_said());
    world_load("image");
}

/* The machine stops: of the pages that were not synced, any are on the disk. */
static inline void world_crash(void)
{
    for (size_t at = 0; at < world_disk.size; at += 4096) {
        size_t size = world_disk.size - at < 4096 ? world_disk.size - at : 4096;

        if (test_below(2))
            memcpy(world_disk.bytes + at, world_disk.stable + at, size);
        else
            memcpy(world_disk.stable + at, world_disk.bytes + at, size);
    }
}

/* ---- The volume ------------------------------------------------------------
 */

static inline void world_begin(void)
{
    int error = ext2_begin("xvda", &world);

    if (error)
        test_fail(__FILE__, __LINE__, "ext2_begin: %d: %s", error,
                  test_printed);
    mutex_lock(&world->lock);
}

static inline void world_end(void)
{
    mutex_unlock(&world->lock);
    CHECK_EQUAL(ext2_end(world), 0);
    ext2_free(world);
    world = NULL;
}

/* e2fsck must find nothing. */
static inline void world_fsck(void)
{
    world_save("image");
    if (world_run("e2fsck -fn image"))
        test_fail(__FILE__, __LINE__, "e2fsck: %s", world_said());
}

/* The node of a path without links; the caller puts it. */
static inline int world_walk(const char *path, struct ext2_node **node)
{
    int error = ext2_node_get(world, EXT2_ROOT_INO, node);

    while (!error && *path != '\0') {
        size_t length = strcspn(path, "/");
        struct ext2_name name = {*node, path, length};

        error = length == 0 ? 0 : ext2_lookup(&name, node);
        if (length > 0)
            ext2_node_put(name.folder);
        path += length + (path[length] == '/');
    }
    return error;
}

/* The folder of a path, as a reference in name->folder, and its last name. */
static inline int world_name(const char *path, struct ext2_name *name)
{
    const char *slash = strrchr(path, '/');
    char folder[1024] = "";
    int error;

    if (slash != NULL)
        memcpy(folder, path, (size_t)(slash - path));
    name->text = slash != NULL ? slash + 1 : path;
    name->length = strlen(name->text);
    error = world_walk(folder, &name->folder);
    if (!error && !ext2_is_folder(name->folder)) {
        ext2_node_put(name->folder);
        error = -ENOTDIR;
    }
    return error;
}

#endif
