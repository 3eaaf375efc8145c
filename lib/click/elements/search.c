/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * search.c: packets by strings that they contain.
 *
 * =c
 * StringMatcher(STRING, ...)
 * =s classification
 * sends packets that contain a string elsewhere
 * =d
 * Packets with none of the STRINGs in them leave by output 0, those with at
 * least one by output 1, or are dropped if there is none. All strings are
 * looked for at once, by an automaton (Aho and Corasick, 1975): how many there
 * are does not matter. Large and small letters differ.
 * =h matches read-only
 * packets that matched
 * =h reset_count write-only
 * sets matches to 0
 * =e
 *   ... -> sm :: StringMatcher("/etc/passwd", "cmd.exe") -> ...
 *   sm[1] -> Print(attack) -> Discard;
 * =a Search, Classifier
 *
 * =c
 * Search(PATTERN [, KEYWORDS])
 * =s basicmod
 * strips packets up to a string
 * =d
 * Strips what is before the first PATTERN in a packet, and PATTERN itself
 * unless STRIP_AFTER is false. Packets without it leave by output 1, or are
 * dropped if there is none. Keyword arguments:
 *
 *   STRIP_AFTER  false: the packet begins with PATTERN then; true
 *   ANNO         an annotation for how many bytes were stripped
 *
 * =e
 *   s :: Search("\r\n\r\n") -> Print("the body of an HTTP message") -> ...
 * =a StringMatcher, Strip
 *
 * The automaton has a state for each beginning of a string; what it does with a
 * byte is one row of a table: 512 bytes a state. A packet is read piece by
 * piece, never copied.
 */
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"

#define STATES_MAX 4096u

struct matcher {
    struct element element;
    uint16_t (*next)[256]; /* state, byte -> state */
    uint8_t *found;        /* is the end of a string at this state? */
    uint64_t matches;
};

/* ---- The automaton --------------------------------------------------------
 */

struct automaton {
    uint16_t (*next)[256];
    uint8_t *found;
    uint16_t *back; /* the longest other beginning that ends like this one */
    unsigned int count, room;
};

/* The tree of beginnings; 0: no such way yet (nothing leads to the root). */
static int add_string(struct automaton *automaton, const uint8_t *bytes,
                      size_t length)
{
    unsigned int state = 0;

    for (size_t i = 0; i < length; i++) {
        unsigned int next = automaton->next[state][bytes[i]];

        if (!next) {
            if (automaton->count == automaton->room)
                return -1;
            next = automaton->count++;
            automaton->next[state][bytes[i]] = (uint16_t)next;
        }
        state = next;
    }
    automaton->found[state] = 1;
    return 0;
}

/* By breadth: where there is no way, that of the longest other beginning is
 * taken, which is shorter and so is done. */
static int close_automaton(struct automaton *automaton)
{
    uint16_t *queue = malloc((automaton->count + 1) * sizeof(*queue));
    unsigned int head = 0, tail = 0;

    if (!queue)
        return -1;
    for (unsigned int byte = 0; byte < 256; byte++)
        if (automaton->next[0][byte])
            queue[tail++] = automaton->next[0][byte];
    while (head < tail) {
        unsigned int state = queue[head++], back = automaton->back[state];

        automaton->found[state] |= automaton->found[back];
        for (unsigned int byte = 0; byte < 256; byte++) {
            unsigned int next = automaton->next[state][byte];

            if (next) {
                automaton->back[next] = automaton->next[back][byte];
                queue[tail++] = (uint16_t)next;
            } else {
                automaton->next[state][byte] = automaton->next[back][byte];
            }
        }
    }
    free(queue);
    return 0;
}

static int automaton_make(struct automaton *automaton, struct click_args *args)
{
    unsigned int room = 1;
    int error = 0;

    for (unsigned int i = 0; i < args->count; i++)
        room += (unsigned int)strlen(args->words[i]);
    if (room > STATES_MAX)
        return click_args_error(args, "strings too long: %u bytes at most",
                                STATES_MAX);
    automaton->next = calloc(room, sizeof(*automaton->next));
    automaton->found = calloc(room, 1);
    automaton->back = calloc(room, sizeof(*automaton->back));
    automaton->room = room;
    automaton->count = 1;
    if (!automaton->next || !automaton->found || !automaton->back)
        error = click_args_error(args, "out of memory");
    for (unsigned int i = 0; !error && i < args->count; i++) {
        size_t length = 0;
        char *bytes = click_unquote(args->words[i], &length);

        if (!bytes || length == 0)
            error = click_args_error(args, "string %u is empty", i);
        else if (add_string(automaton, (uint8_t *)bytes, length))
            error = click_args_error(args, "strings too long");
        free(bytes);
    }
    if (!error && close_automaton(automaton))
        error = click_args_error(args, "out of memory");
    free(automaton->back);
    if (error) {
        free(automaton->next);
        free(automaton->found);
    }
    return error;
}

/* ---- StringMatcher --------------------------------------------------------
 */

static bool contains(const struct matcher *matcher, const struct packet *packet)
{
    unsigned int state = 0;

    for (; packet; packet = packet->more)
        for (uint32_t i = 0; i < packet->length; i++) {
            state = matcher->next[state][packet->data[i]];
            if (matcher->found[state])
                return true;
        }
    return false;
}

static struct packet *match_simple(struct element *element,
                                   struct packet *packet)
{
    struct matcher *matcher = (struct matcher *)element;

    if (!contains(matcher, packet))
        return packet;
    matcher->matches++;
    element_side(element, 1, packet);
    return NULL;
}

static int match_configure(struct element *element, struct click_args *args)
{
    struct matcher *matcher = (struct matcher *)element;
    struct automaton automaton = {0};

    if (args->count == 0)
        return click_args_error(args, "expected a string");
    if (automaton_make(&automaton, args))
        return -1;
    free(matcher->next);
    free(matcher->found);
    matcher->next = automaton.next;
    matcher->found = automaton.found;
    return 0;
}

static void match_cleanup(struct element *element)
{
    free(((struct matcher *)element)->next);
    free(((struct matcher *)element)->found);
}

static void match_take_state(struct element *element, struct element *old)
{
    ((struct matcher *)element)->matches = ((struct matcher *)old)->matches;
}

static const struct click_handler match_handlers[] = {
    HANDLER_FIELD("matches", struct matcher, matches, u64),
    HANDLER_RESET("reset_count", struct matcher, matches, matches, 0),
    {0},
};

const struct element_class click_class_StringMatcher = {
    .name = "StringMatcher",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct matcher),
    .configure = match_configure,
    .more = CLICK_MORE(.reconfigure = match_configure),
    .cleanup = match_cleanup,
    .take_state = match_take_state,
    .simple = match_simple,
    .handlers = match_handlers,
};

/* ---- Search ---------------------------------------------------------------
 */

struct search {
    struct element element;
    struct click_bytes pattern;
    bool after, annotates;
    struct click_anno annotation;
};

/* Where the pattern begins, or -1. */
static int64_t find(const struct search *search, const struct packet *packet)
{
    size_t length = search->pattern.length;
    size_t at = 0;

    for (const struct packet *piece = packet; piece; piece = piece->more)
        for (uint32_t i = 0; i < piece->length; i++, at++) {
            uint8_t bytes[256];

            if (piece->data[i] != search->pattern.bytes[0])
                continue;
            if (at + length > packet->total)
                return -1;
            if (piece->length - i >= length
                    ? !memcmp(piece->data + i, search->pattern.bytes, length)
                    : packet_read(packet, at, bytes, length) &&
                          !memcmp(bytes, search->pattern.bytes, length))
                return (int64_t)at;
        }
    return -1;
}

static struct packet *search_simple(struct element *element,
                                    struct packet *packet)
{
    struct search *search = (struct search *)element;
    int64_t at = find(search, packet);
    uint8_t *note = click_notes(packet)->user + search->annotation.offset;
    uint32_t count;

    if (at < 0) {
        element_side(element, 1, packet);
        return NULL;
    }
    count = (uint32_t)at;
    if (search->after)
        count += (uint32_t)search->pattern.length;
    packet_settle_for_good(packet);
    click_strip(packet, count);
    if (search->annotates) /* the low bytes, which are first */
        memcpy(note, &count, search->annotation.size);
    return packet;
}

static void search_defaults(struct element *element)
{
    ((struct search *)element)->after = true;
}

static int search_configure(struct element *element, struct click_args *args)
{
    struct search *search = (struct search *)element;

    if (search->pattern.length == 0 || search->pattern.length > 256)
        return click_args_error(args, "PATTERN: 1 to 256 bytes");
    search->annotates = args->given & 4;
    if (search->annotates &&
        (search->annotation.size > 4 ||
         search->annotation.offset + search->annotation.size > 48))
        return click_args_error(args, "ANNO: expected 1, 2 or 4 bytes");
    return 0;
}

static const struct click_param search_params[] = {
    CLICK_PARAM("PATTERN", struct search, pattern, bytes,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("STRIP_AFTER", struct search, after, bool, 0),
    CLICK_PARAM("ANNO", struct search, annotation, anno, 0),
    {0},
};

const struct element_class click_class_Search = {
    .name = "Search",
    .cuts = true,
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct search),
    .params = search_params,
    .defaults = search_defaults,
    .configure = search_configure,
    .simple = search_simple,
};
