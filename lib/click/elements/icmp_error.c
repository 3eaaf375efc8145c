/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * icmp_error.c: tell senders why their packets did not arrive.
 *
 * =c
 * ICMPError(SRC, TYPE [, CODE, KEYWORDS])
 * =s icmp
 * answers packets with ICMP errors
 * =d
 * Takes an IP packet, whose header must be marked, and gives the ICMP error of
 * TYPE and CODE (0) about it, from SRC to its sender: with its IP header and as
 * much of its payload as fits. TYPE and CODE are numbers or names:
 *
 *   unreachable       net host protocol port needfrag srcroutefail
 *   sourcequench
 *   redirect          net host
 *   timeexceeded      transit reassembly
 *   parameterproblem  erroratptr missingopt length
 *
 * No error is sent about ICMP errors, fragments but the first, packets that
 * were sent to a broadcast or multicast address of the link or of IP, and
 * packets from an address that is none of a host.
 *
 * The destination annotation is set to the receiver, and the Fix IP Source
 * annotation is set (see FixIPSrc). A parameter problem takes its pointer from
 * the packet's ICMP parameter annotation (IPGWOptions sets it), a redirect its
 * gateway from the destination annotation. If the packet has a source route,
 * the error goes back along it. Keyword arguments:
 *
 *   BADADDRS      addresses: no errors about packets from or to them
 *   MTU           how long an error may be; 576
 *   PMTU          the next hop's MTU, for "unreachable, needfrag"; 0
 *   USE_FIX_ANNO  whether to set the Fix IP Source annotation; true
 *
 * =h src read/write
 * the SRC argument
 * =h drops read-only
 * packets that were not answered
 * =e
 *   dt :: DecIPTTL;  dt[1] -> ICMPError(18.26.4.24, timeexceeded) -> ...
 * =a DecIPTTL, FixIPSrc, IPGWOptions
 *
 * RFCs 792, 1122, 1191, 1812. Relies on lib/click/checksum.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"
#include "lib/click/ip_names.h"
#include "lib/click/large.h"
#include "lib/click/state.h"

#define OPTION_END  0
#define OPTION_NOP  1
#define OPTION_LSRR 131
#define OPTION_SSRR 137

struct icmp_error {
    struct element element;
    uint32_t source;
    uint8_t type, code;
    char *code_word;
    char *bad_words;
    uint32_t *bad;
    unsigned int bad_count;
    uint32_t mtu, path_mtu;
    bool use_fix;
    uint16_t id;
    uint64_t drops;
};

/* ---- About which packets --------------------------------------------------
 */

static bool is_error_type(uint8_t type)
{
    return type == ICMP_UNREACHABLE || type == ICMP_SOURCE_QUENCH ||
           type == ICMP_REDIRECT || type == ICMP_TIME_EXCEEDED ||
           type == ICMP_PARAMETER;
}

static bool is_host(uint32_t address)
{
    uint32_t first = ntohl(address) >> 24;

    return first != 0 && first != 127 && first < 224;
}

static bool deserves_error(const struct icmp_error *error,
                           struct packet *packet)
{
    const struct ip_header *ip = ip_of(packet);
    const struct icmp_header *icmp;
    uint32_t target = ntohl(ip->to);
    uint8_t type = click_notes(packet)->type;

    if (!ip_is_first(ip) || type == CLICK_BROADCAST ||
        type == CLICK_MULTICAST || !is_host(ip->from) || target >> 28 == 14 ||
        target == ~0u)
        return false;
    for (unsigned int i = 0; i < error->bad_count; i++)
        if (error->bad[i] == ip->from || error->bad[i] == ip->to)
            return false;
    if (ip->protocol != PROTOCOL_ICMP)
        return true;
    icmp = transport_pull_up(packet, 1);
    return icmp && !is_error_type(icmp->type);
}

/* ---- The way back ---------------------------------------------------------
 */

/* The source route among `length` bytes of options, or NULL. */
static const uint8_t *find_route(const uint8_t *options, unsigned int length)
{
    unsigned int at = 0;

    while (at < length && options[at] != OPTION_END) {
        unsigned int size = 1;

        if (options[at] != OPTION_NOP) {
            if (at + 1 >= length || options[at + 1] < 2 ||
                at + options[at + 1] > length)
                return NULL;
            size = options[at + 1];
        }
        if ((options[at] == OPTION_LSRR || options[at] == OPTION_SSRR) &&
            size >= 3)
            return options + at;
        at += size;
    }
    return NULL;
}

/* A route of the hops that the packet has passed, last one first. How many
 * bytes of options it takes. */
static unsigned int reverse_route(const struct packet *packet,
                                  uint8_t options[40])
{
    const struct ip_header *ip = ip_of(packet);
    int end = click_notes_const(packet)->network + (int)ip_header_length(ip);
    const uint8_t *route = NULL;
    unsigned int hops, length;

    if (end <= (int)packet->length && ip_header_length(ip) > sizeof(*ip))
        route = find_route((const uint8_t *)(ip + 1),
                           ip_header_length(ip) - (unsigned int)sizeof(*ip));
    if (!route || route[2] < 8)
        return 0;
    hops = (route[2] - 4u) / 4;
    if (hops > (route[1] - 3u) / 4)
        hops = (route[1] - 3u) / 4;
    length = 3 + 4 * hops;
    memset(options, OPTION_END, 40);
    options[0] = route[0];
    options[1] = (uint8_t)length;
    options[2] = 4;
    for (unsigned int i = 0; i < hops; i++)
        memcpy(options + 3 + 4 * i, route + 3 + 4 * (hops - 1 - i), 4);
    return (length + 3) & ~3u;
}

/* ---- The error ------------------------------------------------------------
 */

static void fill_icmp(const struct icmp_error *error,
                      const struct packet *about, struct icmp_header *icmp)
{
    memset(icmp, 0, sizeof(*icmp));
    icmp->type = error->type;
    icmp->code = error->code;
    if (error->type == ICMP_PARAMETER && error->code == 0)
        icmp->pointer = click_anno_u8(about, CLICK_ANNO_ICMP_PARAM);
    if (error->type == ICMP_REDIRECT)
        icmp->gateway = click_anno_u32(about, CLICK_ANNO_DST_IP);
    if (error->type == ICMP_UNREACHABLE && error->code == 4)
        icmp->mtu = htons((uint16_t)error->path_mtu);
}

static struct packet *make_error(struct icmp_error *error,
                                 const struct packet *about)
{
    const struct ip_header *from = ip_of(about);
    int at = click_notes_const(about)->network;
    unsigned int quoted = about->total - (unsigned int)at, options, header;
    uint8_t route[40];
    struct packet *packet;
    struct icmp_header *icmp;
    struct ip_header *ip;

    if (at < 0)
        return NULL;
    options = reverse_route(about, route);
    header = (unsigned int)sizeof(*ip) + options;
    if (header + sizeof(*icmp) + quoted > error->mtu)
        quoted = error->mtu - header - (unsigned int)sizeof(*icmp);
    packet = click_packet(PACKET_HEADROOM,
                          header + (unsigned int)sizeof(*icmp) + quoted);
    if (!packet)
        return NULL;
    ip = (struct ip_header *)packet->data;
    icmp = (struct icmp_header *)(packet->data + header);
    memset(ip, 0, sizeof(*ip));
    ip->version_length = (uint8_t)(0x40 | header / 4);
    ip->total = htons((uint16_t)packet->total);
    ip->id = htons(error->id++);
    ip->ttl = 255;
    ip->protocol = PROTOCOL_ICMP;
    ip->from = error->source;
    ip->to = from->from;
    memcpy(ip + 1, route, options);
    ip_set_checksum(ip, header);
    fill_icmp(error, about, icmp);
    if (!packet_read(about, (size_t)at, icmp + 1, quoted)) {
        packet_free(packet);
        return NULL;
    }
    icmp->checksum =
        (uint16_t)~checksum_fold(checksum_add(0, icmp, sizeof(*icmp) + quoted));
    click_set_network_header(packet, 0, (int)header);
    click_anno_set_u32(packet, CLICK_ANNO_DST_IP, ip->to);
    click_anno_set_u8(packet, CLICK_ANNO_FIX_IP_SRC, error->use_fix);
    click_notes(packet)->time = click_now(&error->element);
    return packet;
}

static struct packet *simple(struct element *element, struct packet *packet)
{
    struct icmp_error *error = (struct icmp_error *)element;
    struct packet *answer = NULL, *first;

    if (ip_of(packet) && deserves_error(error, packet)) {
        first = large_cut(&packet); /* it is quoted as it would be sent */
        (void)!packet_settle(first);
        answer = make_error(error, first);
        packet_free(first);
    }
    if (!answer)
        error->drops++;
    packet_free(packet);
    return answer;
}

/* ---- Arguments ------------------------------------------------------------
 */

static int set_bad_addresses(struct icmp_error *error, struct click_args *args)
{
    unsigned int count;
    char **words = click_split_words(error->bad_words, &count);
    int failed = 0;

    if (!words)
        return -ENOMEM;
    error->bad = element_alloc_parameter(&error->element,
                                         (count + 1) * sizeof(*error->bad));
    error->bad_count = error->bad ? count : 0;
    for (unsigned int i = 0; i < error->bad_count; i++) {
        if (click_read_ip(&error->element, words[i], &error->bad[i]))
            failed = click_args_error(
                args, "BADADDRS: '%s' is not an IP address", words[i]);
    }
    click_words_free(words, count);
    return error->bad ? failed : -ENOMEM;
}

static int configure(struct element *element, struct click_args *args)
{
    struct icmp_error *error = (struct icmp_error *)element;

    error->bad_count = 0;
    if (ip_icmp_code_parse(args, error->type, error->code_word, &error->code))
        return -1;
    if (!is_error_type(error->type))
        return click_args_error(args, "TYPE: %u is not an error", error->type);
    if (error->mtu < 68 || error->mtu > 4000)
        return click_args_error(args, "MTU: out of range, 68 to 4000");
    if (error->path_mtu > 65535)
        return click_args_error(args, "PMTU: out of range");
    return error->bad_words ? set_bad_addresses(error, args) : 0;
}

static void defaults(struct element *element)
{
    struct icmp_error *error = (struct icmp_error *)element;

    error->mtu = 576;
    error->use_fix = true;
}

static const struct click_param params[] = {
    CLICK_PARAM("SRC", struct icmp_error, source, ip,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    {.name = "TYPE",
     .parse = ip_icmp_type_parse,
     .offset = offsetof(struct icmp_error, type),
     .size = 1,
     .flags = CLICK_POSITIONAL | CLICK_REQUIRED},
    CLICK_PARAM("CODE", struct icmp_error, code_word, string, CLICK_POSITIONAL),
    CLICK_PARAM("BADADDRS", struct icmp_error, bad_words, list,
                CLICK_POSITIONAL),
    CLICK_PARAM("MTU", struct icmp_error, mtu, u32, 0),
    CLICK_PARAM("PMTU", struct icmp_error, path_mtu, u32, 0),
    CLICK_PARAM("USE_FIX_ANNO", struct icmp_error, use_fix, bool, 0),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_FIELD_RW("src", struct icmp_error, source, ip),
    HANDLER_FIELD("drops", struct icmp_error, drops, u64),
    {0},
};

const struct element_class click_class_ICMPError = {
    .name = "ICMPError",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct icmp_error),
    .params = params,
    .defaults = defaults,
    .reconfigurable = true,
    .configure = configure,
    .simple = simple,
    .handlers = handlers,
};
