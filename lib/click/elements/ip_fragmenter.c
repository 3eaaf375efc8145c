/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_fragmenter.c: large packets into fragments.
 *
 * =c
 * IPFragmenter(MTU [, HONOR_DF, VERBOSE, KEYWORDS])
 * =s ip
 * cuts large IP packets into fragments
 * =d
 * IP packets, whose header must be marked, leave by output 0: as they are if
 * the IP packet is not longer than MTU, else as fragments, in order. A packet
 * that must not be fragmented (DF) leaves by output 1, or is dropped if there
 * is none. What is in front of the IP header stays in front of the first
 * fragment only: Strip it before. Annotations are copied. A large TCP segment
 * that a device is to cut passes if its packets will fit; else it is cut here,
 * and they are fragmented. Arguments, the last one by keyword:
 *
 *   HONOR_DF  false: cut packets with DF, too; true
 *   VERBOSE   report every packet with DF that is too long, not only five
 *   HEADROOM  room in front of the fragments; at least what devices want
 *
 * =h drops read-only
 * packets with DF that were too long, and those that memory was too short for
 * =h fragments read-only
 * fragments that were made
 * =e
 *   ... -> fr :: IPFragmenter(1500) -> ...
 *   fr[1] -> ICMPError(18.26.4.24, unreachable, needfrag) -> ...
 * =a IPReassembler, ICMPError
 *
 * RFC 791: only options with the copy bit are in later fragments. Relies on
 * lib/click/checksum.h.
 */
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"
#include "lib/click/large.h"

#define COPIED 0x80

struct fragmenter {
    struct element element;
    uint32_t mtu;
    bool honor_df, verbose;
    uint32_t headroom;
    uint64_t drops, fragments;
};

/* The options of later fragments. How many bytes, a multiple of 4. */
static unsigned int copied_options(const struct ip_header *ip, uint8_t to[40])
{
    const uint8_t *options = (const uint8_t *)(ip + 1);
    unsigned int length = ip_header_length(ip) - (unsigned int)sizeof(*ip);
    unsigned int count = 0;

    for (unsigned int at = 0; at < length && options[at] != 0;) {
        unsigned int size = 1;

        if (options[at] != 1) {
            if (at + 1 >= length || options[at + 1] < 2 ||
                at + options[at + 1] > length)
                break; /* nonsense from here on */
            size = options[at + 1];
        }
        if (options[at] & COPIED) {
            memcpy(to + count, options + at, size);
            count += size;
        }
        at += size;
    }
    while (count % 4)
        to[count++] = 0;
    return count;
}

/* ---- Fragments ------------------------------------------------------------
 */

/* The packet's bytes from `from` on into `to`, behind its first `skip`. */
static bool copy_bytes(const struct packet *packet, size_t from,
                       struct packet *to, size_t skip)
{
    for (; to; to = to->more, skip = 0) {
        if (!packet_read(packet, from, to->data + skip, to->length - skip))
            return false;
        from += to->length - skip;
    }
    return true;
}

/* A fragment of `length` bytes from `from` on. The first one has all that is in
 * front of them (`options` NULL); others have a header made of the first one's
 * and `options`. */
static struct packet *make_fragment(const struct fragmenter *fragmenter,
                                    const struct packet *packet,
                                    const uint8_t *options, unsigned int count,
                                    size_t from, unsigned int length)
{
    const struct ip_header *first = ip_of(packet);
    unsigned int header =
        options ? (unsigned int)sizeof(*first) + count : (unsigned int)from;
    struct packet *fragment =
        click_packet(fragmenter->headroom, header + length);

    if (!fragment)
        return NULL;
    memcpy(fragment->notes, packet->notes, sizeof(fragment->notes));
    if (options) {
        click_notes(fragment)->mac = CLICK_NO_HEADER;
        click_set_network_header(fragment, 0, (int)header);
        memcpy(fragment->data, first, sizeof(*first));
        memcpy(fragment->data + sizeof(*first), options, count);
        *fragment->data = (uint8_t)(0x40 | header / 4);
    }
    if (!copy_bytes(packet, options ? from : 0, fragment,
                    options ? header : 0) ||
        fragment->length < header) { /* else in one piece */
        packet_free(fragment);
        return NULL;
    }
    return fragment;
}

static void send_fragment(struct fragmenter *fragmenter,
                          struct packet *fragment, unsigned int offset,
                          uint16_t more)
{
    int at = click_notes(fragment)->network;
    struct ip_header *ip = ip_of(fragment);
    uint16_t flags =
        ntohs(ip->fragment) & (uint16_t) ~(IP_OFFSET_MASK | IP_MORE_FRAGMENTS);

    if (!fragmenter->honor_df)
        flags &= (uint16_t)~IP_DONT_FRAGMENT;
    ip->total = htons((uint16_t)(fragment->total - (unsigned int)at));
    ip->fragment = htons((uint16_t)(offset / 8 | flags | more));
    ip_set_checksum(ip, ip_header_length(ip));
    fragmenter->fragments++;
    element_push(&fragmenter->element, 0, fragment);
}

/* The packet, whose IP header begins at byte `at` and says `total`, in pieces.
 * False: some are missing. */
static bool cut(struct fragmenter *fragmenter, const struct packet *packet,
                unsigned int at, unsigned int total)
{
    const struct ip_header *ip = ip_of(packet);
    unsigned int header = ip_header_length(ip), payload = total - header;
    uint16_t field = ntohs(ip->fragment);
    unsigned int offset = (field & IP_OFFSET_MASK) * 8u, done = 0, count;
    uint8_t options[40];

    count = copied_options(ip, options);
    while (done < payload) {
        unsigned int front =
            done == 0 ? header : (unsigned int)sizeof(*ip) + count;
        unsigned int some = (fragmenter->mtu - front) & ~7u;
        uint16_t more = IP_MORE_FRAGMENTS;
        struct packet *fragment;

        if (payload - done <= fragmenter->mtu - front) {
            some = payload - done;
            more = field & IP_MORE_FRAGMENTS;
        }
        fragment = make_fragment(fragmenter, packet, done ? options : NULL,
                                 count, at + header + done, some);
        if (!fragment)
            return false;
        send_fragment(fragmenter, fragment, offset + done, more);
        done += some;
    }
    return true;
}

/* ---- Which packets --------------------------------------------------------
 */

static void refuse(struct fragmenter *fragmenter, struct packet *packet)
{
    if (fragmenter->verbose || fragmenter->drops < 5)
        click_say(&fragmenter->element, "%s: DF requires fragmentation",
                  fragmenter->element.name);
    fragmenter->drops++;
    element_side(&fragmenter->element, 1, packet);
}

/* One packet, as it would be on a wire. */
static void fragment(struct fragmenter *fragmenter, struct packet *packet)
{
    struct ip_header *ip = ip_of(packet);
    int at = click_notes(packet)->network;
    unsigned int total = ip ? ntohs(ip->total) : 0;
    unsigned int header = ip ? ip_header_length(ip) : 0;

    if (ip && total <= fragmenter->mtu) {
        element_push(&fragmenter->element, 0, packet);
        return;
    }
    if (!ip || at < 0 || header < sizeof(*ip) || total < header ||
        (unsigned int)at + header > packet->length ||
        (unsigned int)at + total > packet->total ||
        header + 8 > fragmenter->mtu ||
        (ntohs(ip->fragment) & IP_OFFSET_MASK) * 8u + total - header > 65535 ||
        !transport_resolve(packet) ||
        !cut(fragmenter, packet, (unsigned int)at, total))
        fragmenter->drops++;
    packet_free(packet);
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    struct fragmenter *fragmenter = (struct fragmenter *)element;
    const struct ip_header *ip = ip_of(packet);
    int longest = (int)large_longest(packet) - click_notes(packet)->network;

    (void)port;
    if (packet->gso_type == PACKET_GSO_NONE)
        longest = ip ? ntohs(ip->total) : 0;
    if (ip && longest <= (int)fragmenter->mtu)
        element_push(element, 0, packet);
    else if (ip && (ntohs(ip->fragment) & IP_DONT_FRAGMENT) &&
             fragmenter->honor_df)
        refuse(fragmenter, packet);
    else
        while (packet)
            fragment(fragmenter, large_cut(&packet));
}

static int configure(struct element *element, struct click_args *args)
{
    struct fragmenter *fragmenter = (struct fragmenter *)element;

    if (fragmenter->mtu < 28)
        return click_args_error(args, "MTU: must be at least 28");
    if (fragmenter->headroom > 1024)
        return click_args_error(args, "HEADROOM: must be at most 1024");
    return 0;
}

static void defaults(struct element *element)
{
    struct fragmenter *fragmenter = (struct fragmenter *)element;

    fragmenter->honor_df = true;
    fragmenter->headroom = PACKET_HEADROOM;
}

static void take_state(struct element *element, struct element *old)
{
    ((struct fragmenter *)element)->drops = ((struct fragmenter *)old)->drops;
    ((struct fragmenter *)element)->fragments =
        ((struct fragmenter *)old)->fragments;
}

static const struct click_param params[] = {
    CLICK_PARAM("MTU", struct fragmenter, mtu, u32,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("HONOR_DF", struct fragmenter, honor_df, bool,
                CLICK_POSITIONAL),
    CLICK_PARAM("VERBOSE", struct fragmenter, verbose, bool, CLICK_POSITIONAL),
    CLICK_PARAM("HEADROOM", struct fragmenter, headroom, u32, 0),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_FIELD("drops", struct fragmenter, drops, u64),
    HANDLER_FIELD("fragments", struct fragmenter, fragments, u64),
    {0},
};

const struct element_class click_class_IPFragmenter = {
    .name = "IPFragmenter",
    .ports = "1/1-2",
    .processing = "h/h",
    .size = sizeof(struct fragmenter),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .take_state = take_state,
    .push = push,
    .handlers = handlers,
};
