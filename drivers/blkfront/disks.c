/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disks.c: which disks there are, by name and by number, and waiting for one.
 *
 * A disk is listed when xenbus first sees it, and stays, with its thread, for
 * ever: pointers to it may be kept. Disks that the configuration has but nobody
 * has seen yet are asked of xenstore, so that a program may wait for a disk
 * that is still on its way, and is told at once of one that is not.
 *
 * Concurrency: disks.lock; only xenbus' thread adds to the list.
 */
#include "coracle/errno.h"
#include "drivers/blkfront/blkfront.h"
#include "lib/string.h"
#include "xen/xenbus.h"

static struct {
    struct spinlock lock; /* guards all below */
    struct list list;
    unsigned int count;
    struct waitq up; /* some disk has come up, or gone down */
} disks = {
    .lock = SPINLOCK_INIT,
    .list = LIST_INIT(disks.list),
    .up = WAITQ_INIT(disks.up),
};

static struct block_device *find_number(unsigned int number)
{
    list_for_each (node, &disks.list) {
        struct block_device *device =
            container_of(node, struct block_device, link);

        if (device->info.number == number)
            return device;
    }
    return NULL;
}

struct block_device *blkfront_create(unsigned int number)
{
    struct block_device *device = find_number(number);

    if (device || disks.count == BLOCK_MAX)
        return device;
    device = blkfront_start(number);
    if (!device)
        return NULL;
    spin_lock(&disks.lock);
    list_add_tail(&disks.list, &device->link);
    disks.count++;
    spin_unlock(&disks.lock);
    return device;
}

void blkfront_tell(void)
{
    spin_lock(&disks.lock);
    waitq_wake_all(&disks.up);
    spin_unlock(&disks.lock);
}

/* ---- The public calls -----------------------------------------------------
 */

struct block_device *block_find(const char *name)
{
    struct block_device *found = NULL;

    spin_lock(&disks.lock);
    list_for_each (node, &disks.list) {
        struct block_device *device =
            container_of(node, struct block_device, link);

        if (!strcmp(device->info.name, name))
            found = device;
    }
    spin_unlock(&disks.lock);
    return found;
}

/* Move the smallest number to the front. */
static void smallest_first(unsigned int numbers[], int count)
{
    for (int i = 1; i < count; i++)
        if (numbers[i] < numbers[0]) {
            unsigned int number = numbers[0];

            numbers[0] = numbers[i];
            numbers[i] = number;
        }
}

int block_configured(char names[][12], unsigned int max)
{
    unsigned int numbers[BLOCK_MAX];
    int count = xenbus_enumerate("vbd", numbers, ARRAY_SIZE(numbers));
    int found = count < BLOCK_MAX ? count : BLOCK_MAX;

    for (int i = 0; i < found && i < (int)max; i++) {
        smallest_first(numbers + i, found - i);
        blkfront_name(numbers[i], names[i]);
    }
    return count;
}

/* Whether the domain was given a disk of that name. */
static int is_configured(const char *name)
{
    char names[BLOCK_MAX][12];
    int count = block_configured(names, BLOCK_MAX);

    for (int i = 0; i < count && i < BLOCK_MAX; i++)
        if (!strcmp(names[i], name))
            return 0;
    return count < 0 ? count : -K_ENOENT;
}

int block_wait_up(const char *name, uint64_t deadline,
                  struct block_device **device)
{
    for (;;) {
        struct block_device *found = block_find(name);
        int error = 0;

        if (found && READ_ONCE(found->info.up)) {
            *device = found;
            return 0;
        }
        if (!found || READ_ONCE(found->gone))
            error = is_configured(name);
        if (error)
            return error;
        spin_lock(&disks.lock);
        if (!found || !READ_ONCE(found->info.up))
            error = waitq_wait(&disks.up, &disks.lock, deadline);
        spin_unlock(&disks.lock);
        if (error)
            return error;
    }
}

unsigned int block_list(struct block_device *devices[], unsigned int max)
{
    unsigned int count = 0;

    spin_lock(&disks.lock);
    list_for_each (node, &disks.list) {
        if (count < max)
            devices[count] = container_of(node, struct block_device, link);
        count++;
    }
    spin_unlock(&disks.lock);
    return count;
}
