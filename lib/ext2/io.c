/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * io.c: libext2fs' way to the disk.
 *
 * The library reads and writes blocks through an *I/O manager*, a table of
 * functions. Ours is the page cache (coracle/disk.h), so that what it reads
 * twice comes out of memory and what it writes goes out together with the
 * rest. The manager is also the place where its error numbers become POSIX's:
 * they are those of the system below a small number, and a table of its own
 * above.
 *
 * Concurrency: the volume's lock, but for opening, before there is a volume.
 */
#include <stdlib.h>
#include <string.h>
#include "coracle/block.h"
#include "lib/ext2/ext2.h"

/* ---- Errors ----------------------------------------------------------------
 */

int ext2_errno(errcode_t error)
{
    if (error == EXT2_ET_NO_MEMORY)
        return -ENOMEM;
    return error == 0 ? 0 : error > 0 && error < 256 ? -(int)error : -EIO;
}

const char *ext2_error_text(errcode_t error)
{
    extern const struct error_table et_ext2_error_table;
    long number = error - et_ext2_error_table.base;

    if (error == ENOMEM)
        return "not enough memory";
    if (number < 0 || number >= et_ext2_error_table.n_msgs)
        return "the disk could not be read";
    return et_ext2_error_table.msgs[number];
}

/* ---- The manager -----------------------------------------------------------
 */

static errcode_t io_close(io_channel channel)
{
    if (--channel->refcount > 0)
        return 0;
    free(channel->name);
    free(channel);
    return 0;
}

static errcode_t io_open(const char *name, int flags, io_channel *result)
{
    struct block_device *device = block_find(name);
    struct disk *disk;
    io_channel channel;

    (void)flags;
    if (device == NULL)
        return ENODEV;
    if (disk_open(device, &disk))
        return ENOMEM;
    channel = calloc(1, sizeof(*channel));
    if (channel == NULL)
        return ENOMEM;
    channel->magic = EXT2_ET_MAGIC_IO_CHANNEL;
    channel->manager = &ext2_io_manager;
    channel->block_size = 1024;
    channel->refcount = 1;
    channel->private_data = disk;
    channel->name = strdup(name);
    if (channel->name == NULL) {
        free(channel);
        return ENOMEM;
    }
    *result = channel;
    return 0;
}

static errcode_t io_set_blksize(io_channel channel, int size)
{
    channel->block_size = size;
    return 0;
}

/* A negative count is one of bytes. */
static size_t bytes_of(io_channel channel, int count)
{
    return count < 0 ? (size_t)-count
                     : (size_t)count * (size_t)channel->block_size;
}

/* Where the block is; false if no disk is that large. */
static bool place_of(io_channel channel, unsigned long long block,
                     uint64_t *place)
{
    return !__builtin_mul_overflow(block, (uint64_t)channel->block_size, place);
}

static errcode_t io_read64(io_channel channel, unsigned long long block,
                           int count, void *data)
{
    uint64_t place;

    if (!place_of(channel, block, &place))
        return EIO;
    return -disk_read(channel->private_data, place, data,
                      bytes_of(channel, count));
}

static errcode_t io_write64(io_channel channel, unsigned long long block,
                            int count, const void *data)
{
    uint64_t place;

    if (!place_of(channel, block, &place))
        return EIO;
    return -disk_write(channel->private_data, place, data,
                       bytes_of(channel, count));
}

static errcode_t io_read(io_channel channel, unsigned long block, int count,
                         void *data)
{
    return io_read64(channel, block, count, data);
}

static errcode_t io_write(io_channel channel, unsigned long block, int count,
                          const void *data)
{
    return io_write64(channel, block, count, data);
}

static errcode_t io_flush(io_channel channel)
{
    (void)channel; /* ext2_sync() does */
    return 0;
}

struct struct_io_manager ext2_io_manager = {
    .magic = EXT2_ET_MAGIC_IO_MANAGER,
    .name = "Coracle's page cache",
    .open = io_open,
    .close = io_close,
    .set_blksize = io_set_blksize,
    .read_blk = io_read,
    .write_blk = io_write,
    .flush = io_flush,
    .read_blk64 = io_read64,
    .write_blk64 = io_write64,
};

/* ---- Parts of blocks -------------------------------------------------------
 */

/* The disk was as large as the volume; it may have become smaller. */
static int checked(int error)
{
    return error == -EINVAL ? -EIO : error;
}

int ext2_read_part(struct ext2_volume *volume, uint64_t block, uint32_t offset,
                   void *to, size_t size)
{
    return checked(disk_read(
        volume->disk, block * ext2_block_size(volume) + offset, to, size));
}

int ext2_read_own(struct ext2_volume *volume, uint64_t block, uint32_t offset,
                  void *to, size_t size)
{
    int error = ext2_read_part(volume, block, offset, to, size);

    if (error != -EIO || volume->unreadable == block)
        return error;
    volume->unreadable = block;
    return ext2_complain(volume, "block %llu cannot be read",
                         (unsigned long long)block);
}

int ext2_write_part(struct ext2_volume *volume, uint64_t block, uint32_t offset,
                    const void *from, size_t size)
{
    return checked(disk_write(
        volume->disk, block * ext2_block_size(volume) + offset, from, size));
}

int ext2_write_zeros(struct ext2_volume *volume, uint64_t block, uint64_t count)
{
    static const char zeros[EXT2_BLOCK_MAX];
    uint64_t left = count * ext2_block_size(volume);
    uint64_t place = block * ext2_block_size(volume);
    int error = 0;

    while (error == 0 && left > 0) {
        size_t part = left < sizeof(zeros) ? (size_t)left : sizeof(zeros);

        error = checked(disk_write(volume->disk, place, zeros, part));
        place += part;
        left -= part;
    }
    return error;
}
