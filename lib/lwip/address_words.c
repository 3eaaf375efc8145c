/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address_words.c: reading ip=... .
 *
 * A word is taken by its form: a name, NAME=ADDRESS, ADDRESS/PREFIX, or, behind
 * dns=, one more bare address. Addresses are read strictly, because a typing
 * error that still means something (10.1 for 10.0.0.1, 010 for 8) costs an
 * operator an hour: IPv4 is four decimal numbers without leading zeros, IPv6
 * is groups of hexadecimal digits with at most one "::".
 *
 * Pure: no state, no memory of its own. Left out: IPv6 addresses that end in
 * an IPv4 address, zones (%eth0), more than one address of a kind.
 */
#include "lib/lwip/address_words.h"
#include <string.h>

/* A part of the text. */
struct span {
    const char *at;
    size_t length;
};

static bool span_is(struct span span, const char *text)
{
    return span.length == strlen(text) && !memcmp(span.at, text, span.length);
}

/* If `span` begins with `text`, drop that and say true. */
static bool span_skip(struct span *span, const char *text)
{
    size_t length = strlen(text);

    if (span->length < length || memcmp(span->at, text, length))
        return false;
    span->at += length;
    span->length -= length;
    return true;
}

/* What stands before the first `end`, which is dropped; all, if there is none.
 */
static struct span span_cut(struct span *rest, char end)
{
    const char *found = memchr(rest->at, end, rest->length);
    struct span first = *rest;

    if (!found) {
        rest->at += rest->length;
        rest->length = 0;
        return first;
    }
    first.length = (size_t)(found - rest->at);
    rest->at += first.length + 1;
    rest->length -= first.length + 1;
    return first;
}

/* ---- Addresses ----------------------------------------------------------- */

/* A decimal number up to `max` without leading zeros. */
static bool read_decimal(struct span text, unsigned int max,
                         unsigned int *number)
{
    if (text.length == 0 || text.length > 3 ||
        (text.length > 1 && text.at[0] == '0'))
        return false;
    *number = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        *number = 10 * *number + (unsigned int)(text.at[i] - '0');
    }
    return *number <= max;
}

static bool read_ipv4(struct span text, struct address *address)
{
    for (int i = 0; i < 4; i++) {
        bool last = !memchr(text.at, '.', text.length);
        unsigned int byte;

        if (last != (i == 3) || !read_decimal(span_cut(&text, '.'), 255, &byte))
            return false;
        address->bytes[i] = (uint8_t)byte;
    }
    address->version = 4;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One to four hexadecimal digits into two bytes. */
static bool read_group(struct span text, uint8_t *bytes)
{
    unsigned int group = 0;

    if (text.length == 0 || text.length > 4)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        int digit = hex_digit(text.at[i]);

        if (digit < 0)
            return false;
        group = group << 4 | (unsigned int)digit;
    }
    bytes[0] = (uint8_t)(group >> 8);
    bytes[1] = (uint8_t)group;
    return true;
}

/* Groups with a : between each two, up to `max` of them; how many, or -1. */
static int read_groups(struct span text, uint8_t *bytes, int max)
{
    int count = 0;

    if (text.length == 0)
        return 0;
    for (;;) {
        bool last = !memchr(text.at, ':', text.length);

        if (count == max || !read_group(span_cut(&text, ':'), bytes))
            return -1;
        count++;
        bytes += 2;
        if (last)
            return count;
    }
}

static bool read_ipv6(struct span text, struct address *address)
{
    uint8_t *bytes = address->bytes;
    struct span front = text;
    int before, after;

    memset(bytes, 0, 16);
    address->version = 6;
    for (size_t i = 0; i + 1 < text.length; i++) {
        uint8_t tail[16];

        if (text.at[i] != ':' || text.at[i + 1] != ':')
            continue;
        front.length = i;
        text.at += i + 2;
        text.length -= i + 2;
        before = read_groups(front, bytes, 7);
        after = read_groups(text, tail, 7);
        if (before < 0 || after < 0 || before + after > 7)
            return false;
        memcpy(bytes + 16 - 2 * after, tail, 2 * (size_t)after);
        return true;
    }
    return read_groups(text, bytes, 8) == 8;
}

static bool read_address(struct span text, struct address *address)
{
    *address = (struct address){0};
    return read_ipv4(text, address) || read_ipv6(text, address);
}

/* ---- What they are good for ---------------------------------------------- */

/* Whether all bits of the bytes from bit `from` to bit `to` are `set`. */
static bool bits_are(const uint8_t *bytes, unsigned int from, unsigned int to,
                     bool set)
{
    for (unsigned int bit = from; bit < to; bit++)
        if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != set)
            return false;
    return true;
}

/* Whether an interface may have it for its own. */
static bool is_a_hosts(const struct address *address)
{
    const uint8_t *bytes = address->bytes;

    if (address->version == 6)
        /* Not :: or ::1, a multicast group, or one of the link. */
        return !bits_are(bytes, 0, 127, false) && bytes[0] != 0xff &&
               !(bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80);
    if (bytes[0] == 0 || bytes[0] == 127 || bytes[0] >= 224)
        return false;
    /* The network itself, or all in it; there are none in a /31 or /32. */
    return address->prefix > 30 ||
           (!bits_are(bytes, address->prefix, 32, false) &&
            !bits_are(bytes, address->prefix, 32, true));
}

static bool on_the_link(const struct address *gateway,
                        const struct address *address)
{
    const uint8_t *bytes = gateway->bytes;

    if (address->version == 0)
        return false;
    if (gateway->version == 6 && bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80)
        return true;
    for (unsigned int bit = 0; bit < address->prefix; bit++)
        if ((bytes[bit / 8] ^ address->bytes[bit / 8]) >> (7 - bit % 8) & 1)
            return false;
    return true;
}

/* ---- Words --------------------------------------------------------------- */

static const char *take_own(struct span word, struct address_plan *plan)
{
    struct span text = span_cut(&word, '/');
    struct address address, *own;
    unsigned int prefix;

    if (!read_address(text, &address))
        return "is no address";
    if (word.length == 0)
        return "wants the length of its prefix, as in 10.0.0.5/24";
    if (!read_decimal(word, address.version == 4 ? 32 : 64, &prefix) ||
        prefix == 0 || (address.version == 6 && prefix != 64))
        return address.version == 4 ? "has a prefix that is not 1 to 32"
                                    : "has a prefix that is not 64";
    address.prefix = (uint8_t)prefix;
    if (!is_a_hosts(&address))
        return "cannot be the address of an interface";
    own = address.version == 4 ? &plan->v4 : &plan->v6;
    if (own->version)
        return "is the second address of its kind";
    *own = address;
    return NULL;
}

static const char *take_gateway(struct span word, struct address_plan *plan)
{
    struct address address, *gateway;

    if (!read_address(word, &address))
        return "is no address";
    gateway = address.version == 4 ? &plan->gateway4 : &plan->gateway6;
    if (gateway->version)
        return "is the second gateway of its kind";
    *gateway = address;
    return NULL;
}

static const char *take_dns(struct span word, struct address_plan *plan)
{
    struct address address;

    if (!read_address(word, &address))
        return "is no address";
    if (plan->dns_count == ADDRESS_DNS_MAX)
        return "is one DNS server too many";
    plan->dns[plan->dns_count++] = address;
    return NULL;
}

/* `in_dns`: the word before was a DNS server; changed to whether this is. */
static const char *take_word(struct span word, struct address_plan *plan,
                             bool *in_dns)
{
    if (*in_dns && !memchr(word.at, '/', word.length) &&
        !memchr(word.at, '=', word.length) && !span_is(word, "dhcp"))
        return take_dns(word, plan);
    *in_dns = span_skip(&word, "dns=");
    if (*in_dns)
        return take_dns(word, plan);
    if (span_skip(&word, "gw="))
        return take_gateway(word, plan);
    if (memchr(word.at, '=', word.length))
        return "is unknown; there are gw= and dns=";
    if (!span_is(word, "dhcp"))
        return take_own(word, plan);
    plan->dhcp = true;
    return NULL;
}

/* Does it make sense as a whole? */
static const char *complain(const struct address_plan *plan)
{
    if (!plan->dhcp && !plan->v4.version && !plan->v6.version)
        return "has no address, dhcp or none in it";
    if (plan->dhcp && plan->v4.version)
        return "wants both DHCP and an IPv4 address of its own";
    if (plan->dhcp && plan->gateway4.version)
        return "names a gateway, which DHCP does";
    if ((plan->gateway4.version && !on_the_link(&plan->gateway4, &plan->v4)) ||
        (plan->gateway6.version && !on_the_link(&plan->gateway6, &plan->v6)))
        return "has a gateway that is not in the network of its address";
    return NULL;
}

const char *address_plan_parse(const char *words, struct address_plan *plan,
                               const char **bad, size_t *length)
{
    struct span rest = {words, strlen(words)};
    bool in_dns = false, last;
    const char *why;

    *plan = (struct address_plan){.none = span_is(rest, "none")};
    *bad = words;
    *length = rest.length;
    if (plan->none)
        return NULL;
    do {
        struct span word;

        last = !memchr(rest.at, ',', rest.length);
        word = span_cut(&rest, ',');
        why = take_word(word, plan, &in_dns);
        if (why) {
            *bad = word.at;
            *length = word.length;
            return why;
        }
    } while (!last);
    return complain(plan);
}

void address_plan_default(struct address_plan *plan)
{
    *plan = (struct address_plan){.dhcp = true};
}

bool address_plan_names(const char *name, unsigned int *index)
{
    struct span text = {name, strcspn(name, "=")};

    *index = 0;
    return span_skip(&text, "ip") &&
           (text.length == 0 || read_decimal(text, 999, index));
}
