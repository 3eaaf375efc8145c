/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inspect.h: a look inside the kernel, for people: what a status page draws.
 *
 * Each layer answers for its own things. All of it is read-only, takes the
 * locks that it must for a moment each, and copies: what is returned was so a
 * moment ago. Who does not ask pays nothing, neither time nor bytes of image.
 *
 * Functions that fill an array take the room in it and return how many there
 * are, which may be more; then only the first were stored. Thread context.
 *
 * Packets and their rings: coracle/netdev.h.
 */
#ifndef CORACLE_INSPECT_H
#define CORACLE_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INSPECT_NAME 32 /* room for a name and its end */

/* ---- sched/ -------------------------------------------------------------- */

struct inspect_thread {
    char name[INSPECT_NAME];
    const char *state;   /* "running", "ready", "sleeping" or "ended" */
    unsigned int cpu;    /* on which it runs or ran last */
    size_t stack_size;   /* how far its stack may grow, in bytes */
    size_t stack_mapped; /* how much of that has memory behind it */
    uint64_t turns;      /* how often it was given a CPU */
};

unsigned int inspect_threads(struct inspect_thread to[], unsigned int room);

/* Nanoseconds since the CPU was started, as Xen counts them. */
struct inspect_cpu {
    unsigned int id;
    uint64_t running;
    uint64_t runnable; /* wanted to run, but others had the real CPU */
    uint64_t blocked;  /* had nothing to do */
    uint64_t offline;
};

unsigned int inspect_cpus(struct inspect_cpu to[], unsigned int room);

/* ---- mm/ ----------------------------------------------------------------- */

/* What a page frame is used for. */
enum inspect_frame {
    INSPECT_FRAME_BOOT,     /* the image, page tables, what the builder left */
    INSPECT_FRAME_UNMAPPED, /* RAM that was not needed yet */
    INSPECT_FRAME_FREE,
    INSPECT_FRAME_PAGES,   /* whole pages: stacks, rings, page tables */
    INSPECT_FRAME_SMALL,   /* of the heap: objects up to 2 KiB */
    INSPECT_FRAME_LARGE,   /* of the heap: larger ones */
    INSPECT_FRAME_RECORDS, /* the page allocator's own */
    INSPECT_FRAME_KINDS
};

/*
 * What the frames [first, first + count) are used for, one enum inspect_frame
 * each; `first` is a multiple of 256. Returns how many of them there are: the
 * domain has page_count_total().
 */
unsigned long inspect_frames(unsigned long first, unsigned long count,
                             uint8_t kinds[]);

/* A range of addresses: a part of the image, the direct map, an area. */
struct inspect_range {
    uintptr_t start;
    size_t bytes;
    char name[INSPECT_NAME]; /* "stack of main" */
    bool write, execute;
};

unsigned int inspect_areas(struct inspect_range to[], unsigned int room);
unsigned int inspect_image(struct inspect_range to[], unsigned int room);

/* ---- xen/ ---------------------------------------------------------------- */

struct inspect_port {
    uint32_t port;
    unsigned int cpu;           /* which one handles it */
    char handler[INSPECT_NAME]; /* the function's name */
    uint64_t events;            /* how often that was called */
    bool pending, masked;
};

unsigned int inspect_ports(struct inspect_port to[], unsigned int room);

/* One entry of the grant table. */
struct inspect_grant {
    uint16_t domain; /* who may reach the page */
    bool given;
    bool readonly;
    bool in_use; /* mapped or being copied */
};

unsigned int inspect_grants(struct inspect_grant to[], unsigned int room);

/* ---- lib/lwip/ ----------------------------------------------------------- */

#define INSPECT_TCP_STATES 11 /* RFC 9293's; inspect_tcp_state() names them */
#define INSPECT_ADDRESS    56 /* "[fe80::1%0]:80" and its end */

struct inspect_tcp {
    char local[INSPECT_ADDRESS], remote[INSPECT_ADDRESS];
    unsigned int state;
    uint32_t queued;     /* bytes to send, or sent and not acknowledged */
    uint32_t window;     /* how many of these the other side takes at once, */
    uint32_t congestion; /* and the network, as far as we know */
    uint32_t receive_window;
};

/* Also counts in `states` how many connections are in each state. */
unsigned int inspect_tcp(struct inspect_tcp to[], unsigned int room,
                         unsigned int states[INSPECT_TCP_STATES]);
const char *inspect_tcp_state(unsigned int state);

#endif
