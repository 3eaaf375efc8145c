/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * program_run.c: what a decision program says of a packet.
 *
 * Usually all bytes that any step may ask for are in the packet's first piece:
 * then a step is a load, a mask, a comparison and a jump. Else each word is
 * fetched with an eye on the packet's length and pieces.
 *
 * Pure logic; no locks: a program does not change while it runs.
 */
#include <string.h>
#include "lib/click/program.h"

/* Where the three headers are, from the packet's first byte on. */
struct places {
    int32_t at[3];
};

static uint32_t table_find(const struct program *program,
                           const struct program_step *step, uint32_t word)
{
    const struct program_table *table = &program->tables[step->table - 1];
    const struct program_value *values = program->values + table->first;
    uint32_t low = 0, high = table->count;

    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (values[middle].value == word)
            return values[middle].target;
        if (values[middle].value < word)
            low = middle + 1;
        else
            high = middle;
    }
    return table->no;
}

static inline uint32_t step_decide(const struct program *program,
                                   const struct program_step *step,
                                   uint32_t word)
{
    if (__builtin_expect(step->table != 0, 0))
        return table_find(program, step, word);
    return word == step->value ? step->yes : step->no;
}

/* All bytes are there, in one piece: `base` is where the headers are. */
static uint32_t run_fast(const struct program *program,
                         const uint8_t *const base[3])
{
    uint32_t at = program->start;

    do {
        const struct program_step *step = &program->steps[at];
        uint32_t word;

        memcpy(&word, base[step->place] + step->at, sizeof(word));
        at = step_decide(program, step, __builtin_bswap32(word) & step->mask);
    } while (!(at & PROGRAM_OUTPUT));
    return at;
}

/* The `bytes` bytes at `position`, which may be before the packet's first byte,
 * as the beginning of a word. False if there are not so many. */
static bool word_fetch(const struct packet *packet, int32_t position,
                       unsigned int bytes, uint32_t *word)
{
    uint8_t raw[4] = {0};

    if (position + (int32_t)bytes > (int32_t)packet->total)
        return false;
    for (unsigned int i = 0; i < bytes; i++) {
        int32_t at = position + (int32_t)i;

        if (at >= (int32_t)packet->length) {
            if (!packet_read(packet, (size_t)at, &raw[i], 1))
                return false;
        } else if (at >= packet->start - packet->data) {
            raw[i] = packet->data[at];
        }
    }
    memcpy(word, raw, sizeof(*word));
    *word = __builtin_bswap32(*word);
    return true;
}

static uint32_t run_careful(const struct program *program,
                            const struct packet *packet,
                            const struct places *places)
{
    uint32_t at = program->start;

    while (!(at & PROGRAM_OUTPUT)) {
        const struct program_step *step = &program->steps[at];
        int32_t header = places->at[step->place];
        uint32_t word;

        if (header != CLICK_NO_HEADER &&
            word_fetch(packet, header + step->at, step->bytes, &word))
            at = step_decide(program, step, word & step->mask);
        else if (step->table)
            at = program->tables[step->table - 1].no;
        else
            at = step->short_yes ? step->yes : step->no;
    }
    return at;
}

/* A word may be read as a whole although not all of it matters: three bytes
 * more must belong to the piece's store. */
static bool is_inside(const struct packet *packet, int32_t header,
                      uint32_t need)
{
    int64_t end = (int64_t)header + need;

    return need == 0 ||
           (header != CLICK_NO_HEADER &&
            header >= packet->start - packet->data && end <= packet->length &&
            end + 3 <= packet->end - packet->data);
}

uint32_t program_match(const struct program *program,
                       const struct packet *packet)
{
    struct places places = {
        {0, (int32_t)PROGRAM_NETWORK, (int32_t)PROGRAM_TRANSPORT}};
    const uint8_t *base[3];
    bool all_there = true;

    if (program->start & PROGRAM_OUTPUT)
        return program->start;
    for (unsigned int i = 0; i < 3; i++) {
        base[i] = packet->data + places.at[i];
        all_there &= is_inside(packet, places.at[i], program->need[i]);
    }
    return all_there ? run_fast(program, base)
                     : run_careful(program, packet, &places);
}

uint32_t program_match_ip(const struct program *program,
                          const struct packet *packet)
{
    const struct click_notes *notes = click_notes_const(packet);
    struct places places = {{notes->mac, notes->network, notes->transport}};
    const uint8_t *base[3];

    if (program->start & PROGRAM_OUTPUT)
        return program->start;
    if (notes->network == CLICK_NO_HEADER)
        return PROGRAM_DROP;
    if (notes->mac != CLICK_NO_HEADER)
        places.at[0] -= 2;
    if (!is_inside(packet, places.at[1], program->need[1]) ||
        !is_inside(packet, places.at[2], program->need[2]) ||
        !is_inside(packet, places.at[0], program->need[0]))
        return run_careful(program, packet, &places);
    base[0] = packet->data + (program->need[0] ? places.at[0] : 0);
    base[1] = packet->data + places.at[1];
    base[2] = packet->data + (program->need[2] ? places.at[2] : 0);
    return run_fast(program, base);
}
