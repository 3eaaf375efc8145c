/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_reassembler.c: fragments into packets.
 *
 * =c
 * IPReassembler([KEYWORDS])
 * =s ip
 * reassembles fragmented IP packets
 * =d
 * IP packets, whose header must be marked, that are no fragments pass.
 * Fragments wait until all of their packet are there; the packet then leaves by
 * output 0 with the annotations and the MAC header of its first fragment. A
 * packet of which nothing has come for 30 seconds is given up: if there is an
 * output 1, what there is of it goes there as one packet, with holes, if its
 * first fragment is there. Keyword arguments:
 *
 *   HIMEM         bytes of fragments that may wait; 256K. Above it the oldest
 *                 packets are given up until 3/4 of it is left
 *   MAX_MTU_ANNO  a 2-byte annotation for the length of a packet's longest
 *                 fragment
 *
 * =h dump read-only
 * packets and bytes that wait, and counts: fragments seen, packets that became
 * whole, that were given up, bad fragments
 * =e
 *   ... -> CheckIPHeader(14) -> r :: IPReassembler -> ...
 *   r[1] -> ICMPError(18.26.4.24, timeexceeded, reassembly) -> ...
 * =a IPFragmenter
 *
 * RFCs 791, 815; fragments that overlap are an attack more often than not, and
 * end their packet (as RFC 5722 does for IPv6). Fragments are kept as they
 * came, in order; the bytes are copied once, when all are there. Relies on
 * lib/click/checksum.h.
 */
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"

#define BUCKETS    64u
#define PATIENCE   (30ll * 1000000000ll)
#define OVERHEAD   256u /* what a fragment costs besides its bytes */
#define PIECES_MAX 512u /* fragments of one packet */

/* A packet that is not yet whole. */
struct partial {
    struct partial *next;          /* in its bucket */
    struct partial *older, *newer; /* by when a fragment came */
    uint32_t from, to;
    uint16_t id;
    uint8_t protocol;
    struct packet *fragments; /* by offset, linked by `next` */
    unsigned int count;
    uint32_t memory;
    uint32_t have;  /* bytes of payload */
    uint32_t total; /* of payload; 0: the last fragment is missing */
    uint16_t longest;
    int64_t when;
};

struct reassembler {
    struct element element;
    uint32_t most;
    struct click_anno mtu_annotation;
    bool notes_mtu;
    struct partial *buckets[BUCKETS];
    struct partial *oldest, *newest;
    struct click_timer timer;
    uint32_t memory;
    unsigned int waiting;
    uint64_t seen, whole, given_up, bad;
};

/* ---- Partial packets ------------------------------------------------------
 */

static struct partial **bucket_of(struct reassembler *reassembler,
                                  const struct ip_header *ip)
{
    uint32_t hash = ip->id ^ ip->from * 31 ^ ip->to * 17 ^ ip->protocol;

    return &reassembler->buckets[(hash ^ hash >> 8 ^ hash >> 16) % BUCKETS];
}

static struct partial *find(struct reassembler *reassembler,
                            const struct ip_header *ip)
{
    struct partial *partial = *bucket_of(reassembler, ip);

    while (partial &&
           (partial->id != ip->id || partial->from != ip->from ||
            partial->to != ip->to || partial->protocol != ip->protocol))
        partial = partial->next;
    return partial;
}

static void unlink_age(struct reassembler *reassembler, struct partial *partial)
{
    *(partial->older ? &partial->older->newer : &reassembler->oldest) =
        partial->newer;
    *(partial->newer ? &partial->newer->older : &reassembler->newest) =
        partial->older;
    partial->older = partial->newer = NULL;
}

static void link_newest(struct reassembler *reassembler,
                        struct partial *partial)
{
    partial->older = reassembler->newest;
    *(partial->older ? &partial->older->newer : &reassembler->oldest) = partial;
    reassembler->newest = partial;
    partial->when = click_steady(&reassembler->element);
}

static struct partial *partial_new(struct reassembler *reassembler,
                                   const struct ip_header *ip)
{
    struct partial *partial = calloc(1, sizeof(*partial));
    struct partial **bucket = bucket_of(reassembler, ip);

    if (!partial)
        return NULL;
    partial->from = ip->from;
    partial->to = ip->to;
    partial->id = ip->id;
    partial->protocol = ip->protocol;
    partial->next = *bucket;
    *bucket = partial;
    partial->memory = OVERHEAD;
    reassembler->memory += OVERHEAD;
    reassembler->waiting++;
    link_newest(reassembler, partial);
    return partial;
}

/* Its fragments are the caller's then. */
static void partial_remove(struct reassembler *reassembler,
                           struct partial *partial)
{
    struct ip_header ip = {.id = partial->id,
                           .from = partial->from,
                           .to = partial->to,
                           .protocol = partial->protocol};
    struct partial **at = bucket_of(reassembler, &ip);

    while (*at != partial)
        at = &(*at)->next;
    *at = partial->next;
    unlink_age(reassembler, partial);
    reassembler->memory -= partial->memory;
    reassembler->waiting--;
}

static void free_fragments(struct packet *fragments)
{
    while (fragments) {
        struct packet *next = fragments->next;

        fragments->next = NULL;
        packet_free(fragments);
        fragments = next;
    }
}

/* ---- Whole packets --------------------------------------------------------
 */

static unsigned int offset_of(const struct packet *fragment)
{
    return (ntohs(ip_of(fragment)->fragment) & IP_OFFSET_MASK) * 8u;
}

static unsigned int payload_of(const struct packet *fragment)
{
    const struct ip_header *ip = ip_of(fragment);

    return ntohs(ip->total) - ip_header_length(ip);
}

/* `count` bytes of a packet from `from` on to byte `at` of another. */
static bool copy_bytes(const struct packet *packet, size_t from,
                       struct packet *to, size_t at, size_t count)
{
    for (; to && count > 0; to = to->more) {
        size_t some;

        if (at >= to->length) {
            at -= to->length;
            continue;
        }
        some = to->length - at < count ? to->length - at : count;
        if (!packet_read(packet, from, to->data + at, some))
            return false;
        from += some;
        count -= some;
        at = 0;
    }
    return true;
}

/* One packet of the fragments, of which the first is the packet's first. NULL:
 * memory is short. */
static struct packet *join(struct partial *partial)
{
    struct packet *first = partial->fragments, *packet;
    unsigned int at = (unsigned int)click_notes(first)->network;
    unsigned int header = ip_header_length(ip_of(first)), end = 0;
    struct ip_header *ip;

    for (struct packet *piece = first; piece; piece = piece->next)
        end = offset_of(piece) + payload_of(piece);
    if (header + end > 65535)
        return NULL;
    packet = click_packet(PACKET_HEADROOM, at + header + end);
    if (!packet)
        return NULL;
    for (struct packet *piece = packet; piece; piece = piece->more)
        memset(piece->data, 0, piece->length);
    memcpy(packet->notes, first->notes, sizeof(packet->notes));
    if (!copy_bytes(first, 0, packet, 0, at + header) ||
        packet->length < at + header) {
        packet_free(packet);
        return NULL;
    }
    for (struct packet *piece = first; piece; piece = piece->next) {
        unsigned int from = (unsigned int)click_notes(piece)->network +
                            ip_header_length(ip_of(piece));

        if (!copy_bytes(piece, from, packet, at + header + offset_of(piece),
                        payload_of(piece))) {
            packet_free(packet);
            return NULL;
        }
    }
    ip = ip_of(packet);
    ip->total = htons((uint16_t)(header + end));
    ip->fragment &= htons((uint16_t) ~(IP_OFFSET_MASK | IP_MORE_FRAGMENTS));
    ip_set_checksum(ip, header);
    return packet;
}

static void give_up(struct reassembler *reassembler, struct partial *partial)
{
    struct packet *packet = NULL;

    partial_remove(reassembler, partial);
    reassembler->given_up++;
    if (reassembler->element.outputs > 1 && partial->fragments &&
        offset_of(partial->fragments) == 0)
        packet = join(partial);
    free_fragments(partial->fragments);
    free(partial);
    if (packet)
        element_push(&reassembler->element, 1, packet);
}

static void keep_within(struct reassembler *reassembler)
{
    if (reassembler->memory <= reassembler->most)
        return;
    while (reassembler->oldest &&
           reassembler->memory > reassembler->most / 4 * 3)
        give_up(reassembler, reassembler->oldest);
}

static void expired(struct click_timer *timer)
{
    struct reassembler *reassembler = (struct reassembler *)timer->element;
    int64_t now = click_steady(timer->element);

    while (reassembler->oldest && reassembler->oldest->when + PATIENCE <= now)
        give_up(reassembler, reassembler->oldest);
    if (reassembler->oldest &&
        timer_schedule_at(timer, reassembler->oldest->when + PATIENCE))
        while (reassembler->oldest) /* no timer: none may wait */
            give_up(reassembler, reassembler->oldest);
}

/* ---- Fragments ------------------------------------------------------------
 */

/* Where the fragment belongs among the others; NULL: it overlaps one. A copy of
 * one that is there is *twice. */
static struct packet **place_for(struct partial *partial, unsigned int offset,
                                 unsigned int length, bool *twice)
{
    struct packet **at = &partial->fragments;
    unsigned int end = 0;

    *twice = false;
    for (; *at && offset_of(*at) < offset; at = &(*at)->next)
        end = offset_of(*at) + payload_of(*at);
    if (*at && offset_of(*at) == offset && payload_of(*at) == length) {
        *twice = true;
        return NULL;
    }
    if (end > offset || (*at && offset_of(*at) < offset + length))
        return NULL;
    return at;
}

static bool is_good(const struct packet *packet, const struct ip_header *ip)
{
    int at = click_notes_const(packet)->network;
    unsigned int header = ip_header_length(ip), total = ntohs(ip->total);
    bool more = ntohs(ip->fragment) & IP_MORE_FRAGMENTS;
    unsigned int offset = (ntohs(ip->fragment) & IP_OFFSET_MASK) * 8u;

    return at >= 0 && header >= sizeof(*ip) && total > header &&
           (unsigned int)at + header <= packet->length &&
           (unsigned int)at + total <= packet->total &&
           !(more && (total - header) % 8) && offset + total <= 65535;
}

/* Bad ones end their packet, so that nobody can wedge in what he likes. */
static struct packet *refuse(struct reassembler *reassembler,
                             struct partial *partial, struct packet *packet)
{
    reassembler->bad++;
    packet_free(packet);
    if (partial) {
        partial_remove(reassembler, partial);
        reassembler->given_up++;
        free_fragments(partial->fragments);
        free(partial);
    }
    return NULL;
}

static struct packet *complete(struct reassembler *reassembler,
                               struct partial *partial)
{
    struct packet *packet = join(partial);
    uint16_t longest = partial->longest;

    partial_remove(reassembler, partial);
    free_fragments(partial->fragments);
    free(partial);
    if (!packet) {
        reassembler->given_up++;
        return NULL;
    }
    reassembler->whole++;
    if (reassembler->notes_mtu)
        memcpy(click_notes(packet)->user + reassembler->mtu_annotation.offset,
               &longest, sizeof(longest));
    return packet;
}

static struct packet *simple(struct element *element, struct packet *packet)
{
    struct reassembler *reassembler = (struct reassembler *)element;
    struct ip_header *ip = ip_of(packet);
    unsigned int offset, length;
    struct partial *partial;
    struct packet **place;
    bool twice;

    if (ip && !ip_is_fragment(ip))
        return packet;
    reassembler->seen++;
    partial = ip ? find(reassembler, ip) : NULL;
    if (!ip || !is_good(packet, ip))
        return refuse(reassembler, partial, packet);
    if (!partial)
        partial = partial_new(reassembler, ip);
    if (!partial)
        return refuse(reassembler, NULL, packet);
    offset = offset_of(packet);
    length = payload_of(packet);
    place = place_for(partial, offset, length, &twice);
    if (twice) {
        packet_free(packet);
        return NULL;
    }
    if (!place || partial->count == PIECES_MAX ||
        (partial->total && offset + length > partial->total) ||
        (!(ntohs(ip->fragment) & IP_MORE_FRAGMENTS) &&
         (partial->total || *place)))
        return refuse(reassembler, partial, packet);
    if (!(ntohs(ip->fragment) & IP_MORE_FRAGMENTS))
        partial->total = offset + length;
    if (ntohs(ip->total) > partial->longest)
        partial->longest = ntohs(ip->total);
    packet->next = *place;
    *place = packet;
    partial->count++;
    partial->have += length;
    partial->memory += packet->total + OVERHEAD;
    reassembler->memory += packet->total + OVERHEAD;
    unlink_age(reassembler, partial);
    link_newest(reassembler, partial);
    if (partial->total && partial->have == partial->total)
        return complete(reassembler, partial);
    keep_within(reassembler);
    if (reassembler->oldest && !reassembler->timer.place)
        expired(&reassembler->timer);
    return NULL;
}

/* ---- The element ----------------------------------------------------------
 */

static void defaults(struct element *element)
{
    ((struct reassembler *)element)->most = 256 * 1024;
}

static int configure(struct element *element, struct click_args *args)
{
    struct reassembler *reassembler = (struct reassembler *)element;

    reassembler->notes_mtu = args->given & 2;
    if (reassembler->notes_mtu && (reassembler->mtu_annotation.size != 2 ||
                                   reassembler->mtu_annotation.offset > 46))
        return click_args_error(args,
                                "MAX_MTU_ANNO: expected a 2-byte annotation");
    return 0;
}

static int initialize(struct element *element, struct click_errors *errors)
{
    (void)errors;
    timer_init(&((struct reassembler *)element)->timer, element, expired);
    return 0;
}

static void take_state(struct element *element, struct element *old_element)
{
    struct reassembler *reassembler = (struct reassembler *)element;
    struct reassembler *old = (struct reassembler *)old_element;
    size_t from = offsetof(struct reassembler, buckets);
    size_t timer = offsetof(struct reassembler, timer);
    size_t behind = offsetof(struct reassembler, memory);

    memcpy((char *)reassembler + from, (char *)old + from, timer - from);
    memcpy((char *)reassembler + behind, (char *)old + behind,
           sizeof(*old) - behind);
    memset((char *)old + from, 0, timer - from);
    /* Without memory for the timer: with the next fragment. */
    if (reassembler->oldest &&
        timer_schedule_at(&reassembler->timer,
                          reassembler->oldest->when + PATIENCE))
        return;
}

static void cleanup(struct element *element)
{
    struct reassembler *reassembler = (struct reassembler *)element;

    timer_unschedule(&reassembler->timer);
    while (reassembler->oldest) {
        struct partial *partial = reassembler->oldest;

        partial_remove(reassembler, partial);
        free_fragments(partial->fragments);
        free(partial);
    }
}

static int read_dump(struct element *element,
                     const struct click_handler *handler, const char *param,
                     struct text *out)
{
    struct reassembler *reassembler = (struct reassembler *)element;

    (void)handler;
    (void)param;
    text_printf(out,
                "waiting %u\nmemory %u\nfragments %llu\nreassembled %llu\n"
                "given up %llu\nbad %llu\n",
                reassembler->waiting, reassembler->memory,
                (unsigned long long)reassembler->seen,
                (unsigned long long)reassembler->whole,
                (unsigned long long)reassembler->given_up,
                (unsigned long long)reassembler->bad);
    return 0;
}

static const struct click_param params[] = {
    CLICK_PARAM("HIMEM", struct reassembler, most, u32, 0),
    CLICK_PARAM("MAX_MTU_ANNO", struct reassembler, mtu_annotation, anno, 0),
    {0},
};

static const struct click_handler handlers[] = {
    {.name = "dump", .read = read_dump},
    {0},
};

const struct element_class click_class_IPReassembler = {
    .name = "IPReassembler",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct reassembler),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .initialize = initialize,
    .cleanup = cleanup,
    .take_state = take_state,
    .simple = simple,
    .handlers = handlers,
};
