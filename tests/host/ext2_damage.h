/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ext2_damage.h: images with wrong bytes in them, and a program that does what
 * programs do, whatever comes. It must end, within its memory and within the
 * disk, and once a volume has become read-only, nothing may be written.
 *
 * A mutation is eight bytes: which part of the image (the superblock, a
 * descriptor, an inode, an indirect block, a folder, anything), where in it,
 * and what is put there.
 */
#ifndef CORACLE_TESTS_HOST_EXT2_DAMAGE_H
#define CORACLE_TESTS_HOST_EXT2_DAMAGE_H

#include "ext2_world.h"

/* ---- Images ----------------------------------------------------------------
 */

/* What the damaged images are made of: much of what can go wrong is far down
 * in a tree of blocks, or in a folder of several. */
#define POPULATE                                                               \
    "rm -rf tree && mkdir -p tree/folder/below && cd tree && "                 \
    "seq 3000 > small && seq 90000 > large && ln small again && "              \
    "truncate -s 70000000 far && echo end >> far && "                          \
    "ln -s small link && ln -s $(seq -s- 40) longlink && "                     \
    "for i in $(seq 60); do echo $i > folder/a-file-with-a-name-$i; done && "  \
    "seq 5000 > folder/below/deep && cd .. && "

static const struct {
    const char *size, *words;
} damage_kinds[] = {
    {"1200K", "-t ext2 -b 1024 -N 128"},
    {"2M", "-t ext2 -b 4096 -N 128 -I 128"},
    {"2M", "-t ext4 -b 1024 -N 128 -O ^has_journal,^resize_inode"},
    {"2M", "-t ext2 -b 1024 -g 512 -N 256 -O ^filetype"},
};
#define DAMAGE_KINDS ARRAY_SIZE(damage_kinds)

static struct {
    uint8_t *bytes;
    size_t size;
} damage_images[DAMAGE_KINDS];

static void damage_prepare(void)
{
    for (unsigned int i = 0; i < DAMAGE_KINDS; i++) {
        if (world_run(POPULATE "rm -f image && truncate -s %s image && "
                               "mke2fs -q -F -d tree %s image",
                      damage_kinds[i].size, damage_kinds[i].words))
            test_fail(__FILE__, __LINE__, "mke2fs: %s", world_said());
        world_load("image");
        damage_images[i].bytes = world_disk.bytes;
        damage_images[i].size = world_disk.size;
        world_disk.bytes = NULL;
    }
}

/* ---- Mutations -------------------------------------------------------------
 */

struct mutation {
    uint8_t part, width;
    uint16_t place;
    uint32_t value;
};

static uint32_t field(size_t place)
{
    uint32_t value = 0;

    if (place <= world_disk.size - sizeof(value))
        memcpy(&value, world_disk.bytes + place, sizeof(value));
    return value;
}

/* Where the part begins that a mutation is for. */
static size_t part_place(const struct mutation *mutation)
{
    size_t block = 1024u << (field(1024 + 24) & 3);
    size_t descriptors = block == 1024 ? 2 * block : block;
    size_t table = field(descriptors + 8) * block;
    size_t inode = field(1024 + 76) ? field(1024 + 88) & 0xffff : 128;
    size_t number = 10 + mutation->place / 256 % 80; /* those that are used */
    size_t in = mutation->place % 256;

    switch (mutation->part % 8) {
    case 0:
        return 1024 + mutation->place % 264;
    case 1:
        return descriptors + mutation->place % 96;
    case 2:
        return table + inode + in % inode; /* the root */
    case 3:
    case 4:
        return table + number * inode + in % inode;
    case 5: /* the block that an inode's first, or indirect, number names */
        return field(table + number * inode + 40) * block + in;
    case 6:
        return field(table + number * inode + 40 + 4 * (11 + in % 4)) * block +
               in % 64 * 4;
    default:
        return (size_t)mutation->place * 64 + in;
    }
}

static void damage(unsigned int kind, const uint8_t *data, size_t size)
{
    struct mutation mutation;

    free(world_disk.bytes);
    world_disk.size = damage_images[kind].size;
    world_disk.bytes = malloc(world_disk.size);
    memcpy(world_disk.bytes, damage_images[kind].bytes, world_disk.size);
    for (; size >= sizeof(mutation); size -= sizeof(mutation)) {
        size_t place;

        memcpy(&mutation, data, sizeof(mutation));
        data += sizeof(mutation);
        place = part_place(&mutation);
        if (place < world_disk.size - 4)
            memcpy(world_disk.bytes + place, &mutation.value,
                   1u << mutation.width % 3);
    }
}

/* ---- The program -----------------------------------------------------------
 */

static char damage_bytes[1 << 16];

static void use_file(struct ext2_node *node)
{
    uint64_t size = ext2_size(node);

    (void)!ext2_read(node, damage_bytes, sizeof(damage_bytes), 0);
    (void)!ext2_read(node, damage_bytes, sizeof(damage_bytes), size / 2);
    if (size > 1000)
        (void)!ext2_read(node, damage_bytes, 1000, size - 1000);
    (void)!ext2_read(node, damage_bytes, 1000, size);
}

/* Look at all, a few levels down. */
static void look_around(struct ext2_node *folder, unsigned int depth)
{
    char link[600], names[100][256];
    struct ext2_entry entry;
    uint64_t position = 0;
    unsigned int count = 0;

    while (count < ARRAY_SIZE(names) &&
           ext2_folder_next(folder, &position, &entry) > 0) {
        memcpy(names[count], entry.name, entry.length);
        names[count++][entry.length] = '\0';
    }
    for (unsigned int i = 0; i < count; i++) {
        struct ext2_name name = {folder, names[i], strlen(names[i])};
        struct ext2_node *node;

        if (ext2_lookup(&name, &node))
            continue;
        (void)ext2_get_time(node, EXT2_MODIFIED);
        if (ext2_is_folder(node) && depth > 0)
            look_around(node, depth - 1);
        else if (ext2_is_file(node))
            use_file(node);
        else if (ext2_is_link(node))
            (void)!ext2_read_link(node, link, sizeof(link));
        ext2_node_put(node);
    }
}

static void change_file(const char *path)
{
    struct ext2_node *node;

    if (world_walk(path, &node))
        return;
    if (ext2_is_file(node)) {
        (void)!ext2_write(node, damage_bytes, 3000, 500);
        (void)!ext2_write(node, damage_bytes, sizeof(damage_bytes),
                          ext2_size(node));
        (void)!ext2_write(node, damage_bytes, 10, 40000000);
        (void)!ext2_truncate(node, 290000);
        (void)!ext2_truncate(node, 1500);
    }
    ext2_node_put(node);
}

static void change_names(const char *folder)
{
    static const char *const names[] = {
        "small", "large",    "far",
        "again", "longlink", "folder",
        "below", "deep",     "a-file-with-a-name-7"};
    char text[40];
    struct ext2_node *node;

    if (world_walk(folder, &node))
        return;
    for (unsigned int i = 0; i < 20; i++) {
        struct ext2_name name = {node, text,
                                 (size_t)sprintf(text, "new-file-%u", i)};

        (void)!ext2_make(&name, (i % 3 ? LINUX_S_IFREG : LINUX_S_IFDIR) | 0644,
                         NULL, NULL);
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
        struct ext2_name from = {node, names[i], strlen(names[i])};
        struct ext2_name to = {node, "new-file-3", 10};

        if (i % 2 == 0)
            (void)!ext2_rename(&from, &to);
        (void)!ext2_unlink(&from);
        (void)!ext2_rmdir(&from);
    }
    ext2_node_put(node);
}

/* All of it. Whether there was a volume. */
static bool damage_use(void)
{
    struct ext2_node *root;
    uint32_t seen = 0;

    if (ext2_begin("xvda", &world))
        return false;
    mutex_lock(&world->lock);
    if (ext2_node_get(world, EXT2_ROOT_INO, &root) == 0) {
        look_around(root, 3);
        ext2_node_put(root);
    }
    change_file("small");
    change_file("large");
    change_file("folder/below/deep");
    change_file("far");
    (void)!ext2_sync(world, &seen);
    change_names("folder/below");
    change_names("folder");
    change_names("");
    (void)!ext2_sync(world, &seen);
    mutex_unlock(&world->lock);
    (void)!ext2_end(world);
    ext2_free(world);
    world = NULL;
    return true;
}

#endif
