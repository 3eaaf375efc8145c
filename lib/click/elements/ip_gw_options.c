/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_gw_options.c: the IP options that every router sees to.
 *
 * =c
 * IPGWOptions(MYADDR [, OTHERADDRS])
 * =s ip
 * processes IP options as a router
 * =d
 * Sees to the options Record Route and Timestamp of packets, whose IP header
 * must be marked: MYADDR, the address of the interface by which they leave, and
 * the time of day are recorded where there is room. OTHERADDRS, with blanks
 * between, are the router's other addresses, for timestamps that ask for one of
 * them. Packets with bad options leave by output 1, with the ICMP parameter
 * annotation at the bad byte (see ICMPError), or are dropped if there is none.
 * Source routes are left alone.
 * =h drops read-only
 * packets with bad options
 * =e
 *   ... -> gio :: IPGWOptions(18.26.4.24) -> FixIPSrc(18.26.4.24) -> ...
 *   gio[1] -> ICMPError(18.26.4.24, parameterproblem) -> ...
 * =a ICMPError
 *
 * RFCs 791, 1812 (4.2.2.2, 5.2.4). Relies on lib/click/checksum.h.
 */
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"

enum { END, NOP, RECORD_ROUTE = 7, TIMESTAMP = 68 };

struct gw_options {
    struct element element;
    uint32_t address;
    char *other_words;
    uint32_t *others; /* all addresses, MYADDR first */
    unsigned int count;
    uint64_t drops;
};

static void put_address(uint8_t *to, uint32_t address)
{
    memcpy(to, &address, sizeof(address));
}

/* Milliseconds since midnight UT. */
static void put_time(const struct element *element, uint8_t *to)
{
    uint32_t now = htonl((uint32_t)(click_now(element) / 1000000 % 86400000));

    memcpy(to, &now, sizeof(now));
}

/* Both return 0, or which byte of the option is bad, plus 1; and set *changed.
 */
static unsigned int record_route(const struct gw_options *gw, uint8_t *option,
                                 unsigned int length, bool *changed)
{
    if (length < 3)
        return 2;
    if (option[2] < 4 || option[2] % 4 != 0)
        return 3;
    if (option[2] > length)
        return 0; /* full */
    if (option[2] + 3u > length)
        return 3;
    put_address(option + option[2] - 1, gw->address);
    option[2] += 4;
    *changed = true;
    return 0;
}

static bool is_mine(const struct gw_options *gw, const uint8_t *bytes)
{
    for (unsigned int i = 0; i < gw->count; i++)
        if (!memcmp(&gw->others[i], bytes, 4))
            return true;
    return false;
}

static unsigned int timestamp(const struct gw_options *gw, uint8_t *option,
                              unsigned int length, bool *changed)
{
    unsigned int kind, at, size;

    if (length < 4)
        return 2;
    kind = option[3] & 15;
    size = kind == 0 ? 4 : 8;
    if (kind != 0 && kind != 1 && kind != 3)
        return 4;
    if (option[2] < 5 || (option[2] - 5u) % 4 != 0)
        return 3;
    at = option[2] - 1u;
    if (at + size > length) {
        if (at < length)
            return 3;
        if (kind == 3)
            return 0; /* all of them have stamped it */
        if (option[3] >> 4 == 15)
            return 4; /* the count of those without room is full, too */
        option[3] += 16;
        *changed = true;
        return 0;
    }
    if (kind == 3 && !is_mine(gw, option + at))
        return 0;
    if (kind == 1)
        put_address(option + at, gw->address);
    put_time(&gw->element, option + at + size - 4);
    option[2] = (uint8_t)(option[2] + size);
    *changed = true;
    return 0;
}

/* 0, or which byte of the IP header is bad. */
static unsigned int process(const struct gw_options *gw, struct ip_header *ip)
{
    uint8_t *header = (uint8_t *)ip;
    unsigned int end = ip_header_length(ip), bad = 0;
    bool changed = false;

    for (unsigned int at = sizeof(*ip);
         !bad && at < end && header[at] != END;) {
        unsigned int length = 1;

        if (header[at] != NOP) {
            if (at + 1 >= end || header[at + 1] < 2 ||
                at + header[at + 1] > end) {
                bad = at + 1 < end ? at + 1 : at;
                break;
            }
            length = header[at + 1];
        }
        if (header[at] == RECORD_ROUTE)
            bad = record_route(gw, header + at, length, &changed);
        else if (header[at] == TIMESTAMP)
            bad = timestamp(gw, header + at, length, &changed);
        if (bad)
            bad += at - 1;
        at += length;
    }
    if (changed)
        ip_set_checksum(ip, end);
    return bad;
}

static struct packet *simple(struct element *element, struct packet *packet)
{
    struct gw_options *gw = (struct gw_options *)element;
    struct ip_header *ip = ip_of(packet);
    unsigned int bad;

    if (ip && ip_header_length(ip) <= sizeof(*ip))
        return packet;
    if (!ip || click_notes(packet)->network + (int)ip_header_length(ip) >
                   (int)packet->length)
        bad = 1;
    else
        bad = process(gw, ip);
    if (!bad)
        return packet;
    gw->drops++;
    click_anno_set_u8(packet, CLICK_ANNO_ICMP_PARAM, (uint8_t)bad);
    element_side(element, 1, packet);
    return NULL;
}

static int configure(struct element *element, struct click_args *args)
{
    struct gw_options *gw = (struct gw_options *)element;
    unsigned int count = 0;
    char **words =
        click_split_words(gw->other_words ? gw->other_words : "", &count);
    int error = words ? 0 : -1;

    gw->others = element_alloc(element, (count + 1) * sizeof(*gw->others));
    if (!gw->others)
        error = -1;
    else
        gw->others[0] = gw->address;
    gw->count = 1;
    for (unsigned int i = 0; !error && i < count; i++)
        if (click_read_ip(element, words[i], &gw->others[gw->count++]))
            error = click_args_error(
                args, "OTHERADDRS: '%s' is not an IP address", words[i]);
    if (words)
        click_words_free(words, count);
    return error;
}

static const struct click_param params[] = {
    CLICK_PARAM("MYADDR", struct gw_options, address, ip,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("OTHERADDRS", struct gw_options, other_words, list,
                CLICK_POSITIONAL),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_FIELD("drops", struct gw_options, drops, u64),
    {0},
};

const struct element_class click_class_IPGWOptions = {
    .name = "IPGWOptions",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct gw_options),
    .params = params,
    .configure = configure,
    .simple = simple,
    .handlers = handlers,
};
