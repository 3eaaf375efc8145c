/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inside.c: the guest's own inside at one moment.
 *
 * It is collected from the functions of coracle/inspect.h and coracle/netdev.h.
 * Each of them tells what was so a moment ago, and together they are not of one
 * moment: a thread may sleep in one list whose packet is under way in another.
 */
#include "inside.h"

#include <stdlib.h>
#include "coracle/lifecycle.h"
#include "coracle/memory.h"
#include "coracle/time.h"

/* More than there just were: some may come before the second call. */
#define SPARE 8

/* Fill `list` with all that `look` shows. */
#define TAKE(list, look)                                                       \
    do {                                                                       \
        unsigned int room_ = look(NULL, 0) + SPARE;                            \
                                                                               \
        (list).at = calloc(room_, sizeof(*(list).at));                         \
        if ((list).at)                                                         \
            (list).count = look((list).at, room_);                             \
        if ((list).count > room_)                                              \
            (list).count = room_;                                              \
    } while (0)

/* ---- Memory -------------------------------------------------------------- */

/* The use that most of a cell's frames have. */
static uint8_t most_of(const unsigned int uses[INSPECT_FRAME_KINDS])
{
    uint8_t most = 0;

    for (uint8_t kind = 1; kind < INSPECT_FRAME_KINDS; kind++)
        if (uses[kind] > uses[most])
            most = kind;
    return most;
}

/* Frames are looked at 256 at a time, a cell's are at most as many or a
 * multiple of it. */
static void take_frames(struct inside *inside)
{
    unsigned int uses[INSPECT_FRAME_KINDS] = {0};
    uint8_t kinds[256];
    uint64_t pfn = 0;

    inside->frames = page_count_total();
    inside->frames_free = page_count_free();
    inside->cell_frames = 1;
    while (inside->frames > inside->cell_frames * INSIDE_CELLS)
        inside->cell_frames *= 2;
    while (pfn < inside->frames) {
        unsigned long got = inspect_frames(pfn, sizeof(kinds), kinds);

        for (unsigned long i = 0; i < got; i++) {
            uses[kinds[i]]++;
            inside->frames_of[kinds[i]]++;
            if (++pfn % inside->cell_frames == 0 || pfn == inside->frames) {
                inside->cell[inside->cells++] = most_of(uses);
                memset(uses, 0, sizeof(uses));
            }
        }
        if (got == 0)
            break;
    }
}

/* ---- Interfaces ---------------------------------------------------------- */

static unsigned int look_at_interfaces(struct inside_interface *to,
                                       unsigned int room)
{
    unsigned int count = 0;

    for (unsigned int index = 0; index < NETDEV_MAX; index++) {
        struct netdev *device = netdev_get(index);

        if (!device)
            continue;
        if (count < room) {
            netdev_describe(device, &to[count].info);
            netdev_count(device, &to[count].counters);
            to[count].queues = to[count].info.queues;
            if (to[count].queues > INSIDE_QUEUES)
                to[count].queues = INSIDE_QUEUES;
            for (unsigned int i = 0; i < to[count].queues; i++)
                netdev_look(device, i, &to[count].rings[i]);
        }
        count++;
    }
    return count;
}

/* ---- All ----------------------------------------------------------------- */

static unsigned int look_at_tcp(struct inside *inside)
{
    unsigned int count;

    inside->tcp.at = calloc(INSIDE_TCP, sizeof(*inside->tcp.at));
    count = inspect_tcp(inside->tcp.at, inside->tcp.at ? INSIDE_TCP : 0,
                        inside->tcp_states);
    return count > INSIDE_TCP ? INSIDE_TCP : count;
}

struct inside *inside_take(void)
{
    struct inside *inside = calloc(1, sizeof(*inside));

    if (!inside)
        return NULL;
    inside->uptime = time_monotonic() - boot_entry_time();
    inside->time = time_wall();
    TAKE(inside->cpus, inspect_cpus);
    TAKE(inside->threads, inspect_threads);
    TAKE(inside->image, inspect_image);
    TAKE(inside->areas, inspect_areas);
    TAKE(inside->ports, inspect_ports);
    TAKE(inside->grants, inspect_grants);
    TAKE(inside->interfaces, look_at_interfaces);
    inside->tcp.count = look_at_tcp(inside);
    take_frames(inside);
    if (inside->cpus.at && inside->threads.at && inside->image.at &&
        inside->areas.at && inside->ports.at && inside->grants.at &&
        inside->interfaces.at && inside->tcp.at)
        return inside;
    inside_free(inside);
    return NULL;
}

void inside_free(struct inside *inside)
{
    free(inside->cpus.at);
    free(inside->threads.at);
    free(inside->image.at);
    free(inside->areas.at);
    free(inside->ports.at);
    free(inside->grants.at);
    free(inside->interfaces.at);
    free(inside->tcp.at);
    free(inside);
}
