/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inside.h: the guest's own inside at one moment, and two ways to write it.
 */
#ifndef HTTPD_INSIDE_H
#define HTTPD_INSIDE_H

#include <stdbool.h>
#include <stdint.h>
#include "coracle/inspect.h"
#include "coracle/netdev.h"
#include "text.h"

#define INSIDE_QUEUES 8    /* of an interface, at most */
#define INSIDE_CELLS  4096 /* that all of memory is drawn with, at most */
#define INSIDE_TCP    32   /* connections that are described */

/* What a function of coracle/inspect.h has filled. */
#define INSIDE_LIST(type)                                                      \
    struct {                                                                   \
        struct type *at;                                                       \
        unsigned int count;                                                    \
    }

struct inside_interface {
    struct netdev_info info;
    struct netdev_counters counters;
    struct netdev_rings rings[INSIDE_QUEUES];
    unsigned int queues;
};

struct inside {
    uint64_t uptime, time; /* nanoseconds */
    INSIDE_LIST(inspect_cpu) cpus;
    INSIDE_LIST(inspect_thread) threads;
    INSIDE_LIST(inspect_range) image, areas;
    INSIDE_LIST(inspect_port) ports;
    INSIDE_LIST(inspect_grant) grants;
    INSIDE_LIST(inside_interface) interfaces;
    INSIDE_LIST(inspect_tcp) tcp; /* the first INSIDE_TCP */
    unsigned int tcp_states[INSPECT_TCP_STATES];

    uint64_t frames, frames_free;
    uint64_t frames_of[INSPECT_FRAME_KINDS];
    /* Memory in `cells` cells of `cell_frames` frames: what most of each are
     * used for. */
    unsigned int cells;
    uint64_t cell_frames;
    uint8_t cell[INSIDE_CELLS];
};

/* Look at everything. NULL: no memory. */
struct inside *inside_take(void);
void inside_free(struct inside *inside);

/* As JSON (status.c) and as Prometheus reads it (metrics.c). */
void inside_write_json(const struct inside *inside, struct text *text);
void inside_write_metrics(const struct inside *inside, struct text *text);

#endif
