/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_ip_header.c: which packets are good IP packets.
 *
 * =c
 * CheckIPHeader([OFFSET, KEYWORDS])
 * =s ip
 * checks and marks the IP header
 * =d
 * The IP header begins OFFSET bytes in. Good packets, those whose length,
 * version, header length, total length, header checksum and source address are
 * right, leave by output 0: with the IP header marked, the destination address
 * annotation set, and cut to the length that the header says (Ethernet pads).
 * Others leave by output 1, or are dropped if there is none; the first one is
 * reported. Keyword arguments:
 *
 *   OFFSET      where the header begins; 0
 *   CHECKSUM    whether to check the header's checksum; true
 *   BADSRC      addresses, with blanks between: bad as a source
 *   GOODDST     addresses: packets to them may have any source
 *   INTERFACES  this router's "ADDRESS/BITS ...": their networks' broadcast
 *               addresses, 0.0.0.0 and 255.255.255.255 are BADSRC, they
 *               themselves GOODDST
 *   VERBOSE     report every bad packet; false
 *   DETAILS     count them by reason; false
 *
 * An old form, CheckIPHeader(BADSRC, OFFSET, ...), is understood; 0.0.0.0 and
 * 255.255.255.255 are bad sources then, too.
 * =h count read-only
 * good packets
 * =h drops read-only
 * how many packets were bad
 * =h drop_details read-only
 * the same by reason, if DETAILS is true
 * =e
 *   FromDevice(0) -> Strip(14) -> CheckIPHeader(INTERFACES 18.26.4.9/24) -> ...
 * =a CheckIPHeader2, MarkIPHeader, SetIPChecksum, StripIPHeader,
 * CheckTCPHeader, CheckUDPHeader, CheckICMPHeader
 *
 * =c
 * CheckIPHeader2([OFFSET, KEYWORDS])
 * =s ip
 * checks and marks the IP header, but not its checksum
 * =d
 * CheckIPHeader with CHECKSUM false unless it is given.
 * =a CheckIPHeader
 *
 * =c
 * MarkIPHeader([OFFSET])
 * =s ip
 * marks the IP header
 * =d
 * Marks what is OFFSET (0) bytes in as the IP header; checks nothing, cuts
 * nothing and leaves the destination annotation alone. A packet with less than
 * an IP header there passes unmarked.
 * =a CheckIPHeader
 *
 * Headers are in the packet's first piece afterwards, options included.
 */
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"
#include "lib/click/elements/drops.h"

enum {
    MINISCULE,
    BAD_VERSION,
    BAD_HEADER_LENGTH,
    BAD_LENGTH,
    BAD_CHECKSUM,
    BAD_SOURCE,
};

static const char *const reasons[] = {
    "tiny packet",   "bad IP version",  "bad IP header length",
    "bad IP length", "bad IP checksum", "bad source address",
};

struct addresses {
    uint32_t *addresses;
    unsigned int count;
};

struct check_ip {
    struct element element;
    struct drops drops; /* first: drops.h */
    uint32_t offset;
    bool checksum;
    struct addresses bad_sources, good_targets;
    char *bad_source_words, *good_target_words, *interfaces;
    uint64_t passed;
};

/* ---- Arguments ------------------------------------------------------------
 */

static int add_address(struct element *element, struct addresses *list,
                       uint32_t address)
{
    if (list->count % 8 == 0) {
        uint32_t *more =
            element_alloc(element, (list->count + 8) * sizeof(*more));

        if (!more)
            return -1;
        if (list->count > 0)
            memcpy(more, list->addresses, list->count * sizeof(*more));
        element_free(element, list->addresses);
        list->addresses = more;
    }
    list->addresses[list->count++] = address;
    return 0;
}

static bool is_in(const struct addresses *list, uint32_t address)
{
    for (unsigned int i = 0; i < list->count; i++)
        if (list->addresses[i] == address)
            return true;
    return false;
}

/* "1.0.0.1 1.0.0.2"; or interfaces, "1.0.0.1/8". */
static int add_words(struct click_args *args, const char *name,
                     const char *text, bool interfaces)
{
    struct check_ip *check = (struct check_ip *)args->element;
    unsigned int count;
    char **words = click_split_words(text, &count);
    struct click_prefix prefix;
    uint32_t address;
    int error = words ? 0 : -1;

    for (unsigned int i = 0; !error && i < count; i++) {
        struct element *element = args->element;

        if (click_read_ip(element, words[i], &address)) {
            char *slash = strchr(words[i], '/');

            if (slash && interfaces &&
                !click_read_prefix(element, words[i], &prefix)) {
                *slash = '\0';
                if (click_read_ip(element, words[i], &address))
                    error = -1;
                *slash = '/';
                if (!error)
                    error =
                        add_address(element, &check->good_targets, address) ||
                        add_address(element, &check->bad_sources,
                                    address | ~prefix.mask);
                continue;
            }
            error =
                click_args_error(args, "%s: '%s' is not an IP address%s", name,
                                 words[i], interfaces ? " with a prefix" : "");
        } else if (interfaces) {
            error = add_address(element, &check->good_targets, address);
        } else {
            error = add_address(element,
                                strcmp(name, "GOODDST") ? &check->bad_sources
                                                        : &check->good_targets,
                                address);
        }
    }
    if (words)
        click_words_free(words, count);
    return error ? -1 : 0;
}

static int add_broadcasts(struct check_ip *check)
{
    return add_address(&check->element, &check->bad_sources, 0) ||
                   add_address(&check->element, &check->bad_sources, ~0u)
               ? -1
               : 0;
}

/* The words in the table's order are CheckIPHeader(OFFSET, ...); a first one
 * that is no number is the old form's BADSRC. */
static int configure_words(struct check_ip *check, struct click_args *args)
{
    uint64_t offset;
    unsigned int at = 0;

    if (at < args->count &&
        click_read_integer(args->words[at], 0, 65535, &offset)) {
        char *words = click_unquote(args->words[at], NULL);
        int error = words ? add_words(args, "BADSRC", words, false) : -1;

        free(words);
        if (error || add_broadcasts(check))
            return -1;
        at++;
    }
    if (at < args->count) {
        if (click_read_integer(args->words[at], 0, 65535, &offset))
            return click_args_error(args, "OFFSET: expected a number, not '%s'",
                                    args->words[at]);
        check->offset = (uint32_t)offset;
        at++;
    }
    return at < args->count ? click_args_error(args, "too many arguments") : 0;
}

static int configure(struct element *element, struct click_args *args)
{
    struct check_ip *check = (struct check_ip *)element;

    if (configure_words(check, args))
        return -1;
    if (check->bad_source_words &&
        add_words(args, "BADSRC", check->bad_source_words, false))
        return -1;
    if (check->good_target_words &&
        add_words(args, "GOODDST", check->good_target_words, false))
        return -1;
    if (check->interfaces &&
        (add_words(args, "INTERFACES", check->interfaces, true) ||
         add_broadcasts(check)))
        return -1;
    if (check->offset > 32000)
        return click_args_error(args, "OFFSET: too large");
    return 0;
}

/* ---- Packets --------------------------------------------------------------
 */

static struct packet *simple(struct element *element, struct packet *packet)
{
    struct check_ip *check = (struct check_ip *)element;
    unsigned int offset = check->offset, header, total;
    struct ip_header *ip;

    if (packet->total < offset + sizeof(*ip) ||
        (packet->length < offset + sizeof(*ip) &&
         !click_pull_up(packet, offset + sizeof(*ip))))
        return drops_add(&check->drops, element, MINISCULE, packet);
    ip = (struct ip_header *)(packet->data + offset);
    if (ip_version(ip) != 4)
        return drops_add(&check->drops, element, BAD_VERSION, packet);
    header = ip_header_length(ip);
    if (header < sizeof(*ip))
        return drops_add(&check->drops, element, BAD_HEADER_LENGTH, packet);
    total = ntohs(ip->total);
    if (total < header || total > packet->total - offset)
        return drops_add(&check->drops, element, BAD_LENGTH, packet);
    if (packet->length < offset + header) {
        if (!click_pull_up(packet, offset + header))
            return drops_add(&check->drops, element, BAD_LENGTH, packet);
        ip = (struct ip_header *)(packet->data + offset);
    }
    if (check->checksum && checksum_fold(checksum_add(0, ip, header)) != 0xffff)
        return drops_add(&check->drops, element, BAD_CHECKSUM, packet);
    if (check->bad_sources.count > 0 && is_in(&check->bad_sources, ip->from) &&
        !is_in(&check->good_targets, ip->to))
        return drops_add(&check->drops, element, BAD_SOURCE, packet);
    click_set_network_header(packet, (int)offset, (int)header);
    if (packet->total > offset + total)
        packet_trim(packet, offset + total);
    click_anno_set_u32(packet, CLICK_ANNO_DST_IP, ip->to);
    check->passed++;
    return packet;
}

static void defaults(struct element *element)
{
    struct check_ip *check = (struct check_ip *)element;

    check->drops.reasons = reasons;
    check->drops.count = ARRAY_SIZE(reasons);
    check->drops.what = "IP header";
    check->checksum = true;
}

static void defaults_2(struct element *element)
{
    defaults(element);
    ((struct check_ip *)element)->checksum = false;
}

static const struct click_param params[] = {
    CLICK_PARAM("OFFSET", struct check_ip, offset, u32, 0),
    CLICK_PARAM("CHECKSUM", struct check_ip, checksum, bool, 0),
    CLICK_PARAM("BADSRC", struct check_ip, bad_source_words, list, 0),
    CLICK_PARAM("GOODDST", struct check_ip, good_target_words, list, 0),
    CLICK_PARAM("INTERFACES", struct check_ip, interfaces, list, 0),
    CLICK_PARAM("VERBOSE", struct check_ip, drops.verbose, bool, 0),
    CLICK_PARAM("DETAILS", struct check_ip, drops.details, bool, 0),
    CLICK_REST,
    {0},
};

static void take_state(struct element *element, struct element *old)
{
    ((struct check_ip *)element)->passed = ((struct check_ip *)old)->passed;
    drops_take_state(element, old);
}

static const struct click_handler handlers[] = {
    HANDLER_FIELD("count", struct check_ip, passed, u64),
    HANDLER_FIELD("drops", struct check_ip, drops.total, u64),
    {0},
};

const struct element_class click_class_CheckIPHeader = {
    .name = "CheckIPHeader",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct check_ip),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .initialize = drops_initialize,
    .take_state = take_state,
    .simple = simple,
    .handlers = handlers,
};

const struct element_class click_class_CheckIPHeader2 = {
    .name = "CheckIPHeader2",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct check_ip),
    .params = params,
    .defaults = defaults_2,
    .configure = configure,
    .initialize = drops_initialize,
    .take_state = take_state,
    .simple = simple,
    .handlers = handlers,
};

/* ---- MarkIPHeader ---------------------------------------------------------
 */

struct mark_ip {
    struct element element;
    uint16_t offset;
};

void mark_ip_header(struct packet *packet, unsigned int offset)
{
    struct ip_header *ip;
    unsigned int end;

    if (packet->total < offset + sizeof(*ip) || offset > 32000 ||
        (packet->length < offset + sizeof(*ip) &&
         !click_pull_up(packet, offset + sizeof(*ip))))
        return;
    ip = (struct ip_header *)(packet->data + offset);
    end = offset + ip_header_length(ip);
    if (end > packet->length && end <= packet->total) {
        if (!click_pull_up(packet, end))
            return;
        ip = (struct ip_header *)(packet->data + offset);
    }
    click_set_network_header(packet, (int)offset, (int)ip_header_length(ip));
}

static struct packet *mark_simple(struct element *element,
                                  struct packet *packet)
{
    mark_ip_header(packet, ((struct mark_ip *)element)->offset);
    return packet;
}

static const struct click_param mark_params[] = {
    CLICK_PARAM("OFFSET", struct mark_ip, offset, u16, CLICK_POSITIONAL),
    {0},
};

const struct element_class click_class_MarkIPHeader = {
    .name = "MarkIPHeader",
    .ports = "1/1",
    .processing = "a/a",
    .size = sizeof(struct mark_ip),
    .params = mark_params,
    .simple = mark_simple,
};
