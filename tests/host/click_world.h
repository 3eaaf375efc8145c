/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * click_world.h: a world for routers under a fuzzer: a clock that only the
 * fuzzer moves, chance that repeats, nobody who reads what is said, but a count
 * of the lines. And packets in pieces, since elements must not take it for
 * granted that bytes lie together.
 */
#ifndef CORACLE_TESTS_HOST_CLICK_WORLD_H
#define CORACLE_TESTS_HOST_CLICK_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/router.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t world_time = 1000000000000000000;
static uint32_t world_seed;
static unsigned int world_lines; /* that were said, errors among them */

static inline int64_t world_now(struct router_world *world)
{
    (void)world;
    return world_time;
}

static inline void world_say(struct router_world *world, const char *line)
{
    (void)world;
    world_lines += *line != '\0';
}

static inline uint32_t world_random(struct router_world *world)
{
    (void)world;
    return world_seed++ * 0x9e3779b1u;
}

static inline void world_error(struct click_errors *errors, const char *line)
{
    (void)errors;
    world_lines += *line != '\0';
}

static struct router_world world = {.now = world_now,
                                    .steady = world_now,
                                    .say = world_say,
                                    .random = world_random};

static inline void expect(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "not so: %s\n", what);
        abort();
    }
}

/* A router, which may be refused: NULL, but not without a word. */
static inline struct router *world_try(const char *config,
                                       const struct click_parameter *params,
                                       unsigned int count, struct router *old)
{
    struct click_errors errors = {.say = world_error};
    unsigned int before = world_lines;
    struct router *router =
        router_create("fuzz", config, params, count, old, &world, &errors);

    expect(router || world_lines > before, "what is refused is told");
    return router;
}

/* One that is in order. */
static inline struct router *world_router(const char *config)
{
    struct router *router = world_try(config, NULL, 0, NULL);

    expect(router, "the configuration is in order");
    return router;
}

/* A packet in pieces of `step` bytes. */
static inline struct packet *world_packet(const uint8_t *bytes, size_t length,
                                          size_t step)
{
    struct packet *packet = click_packet(PACKET_HEADROOM, 0);

    for (size_t at = 0; at < length; at += step) {
        size_t some = length - at < step ? length - at : step;
        struct packet *piece = packet_alloc(some);

        memcpy(piece->data, bytes + at, some);
        packet_append(packet, piece);
    }
    return packet;
}

#endif
