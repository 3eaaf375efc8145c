/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inet.c: internet addresses as text, and back (RFC 4291, 5952; inet_aton() as
 * BSD had it).
 *
 * Pure logic: tests/host/test_inet.c and fuzz_inet.c run it on the host.
 *
 * Concurrency: no state, but for inet_ntoa()'s buffer, one per thread.
 */
#include <arpa/inet.h>

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#undef htonl
#undef htons
#undef ntohl
#undef ntohs

const struct in6_addr in6addr_any = IN6ADDR_ANY_INIT;
const struct in6_addr in6addr_loopback = IN6ADDR_LOOPBACK_INIT;

uint32_t htonl(uint32_t x)
{
    return __builtin_bswap32(x);
}

uint32_t ntohl(uint32_t x)
{
    return __builtin_bswap32(x);
}

uint16_t htons(uint16_t x)
{
    return __builtin_bswap16(x);
}

uint16_t ntohs(uint16_t x)
{
    return __builtin_bswap16(x);
}

/* ---- From text ------------------------------------------------------------
 */

/* Four decimal numbers and nothing else, without needless zeros. */
static bool parse_ipv4(const char *text, uint8_t *to)
{
    for (int i = 0; i < 4; i++) {
        unsigned int value = 0;
        const char *begin;

        if (i > 0 && *text++ != '.')
            return false;
        for (begin = text; *text >= '0' && *text <= '9'; text++) {
            value = value * 10 + (unsigned int)(*text - '0');
            if (value > 255 || (text > begin && *begin == '0'))
                return false;
        }
        if (text == begin)
            return false;
        to[i] = (uint8_t)value;
    }
    return *text == '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 'a' ^ 'A';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One to four hexadecimal digits; returns how many, 0 if it is no such group.
 */
static int parse_group(const char *text, unsigned int *value)
{
    int digits = 0;

    *value = 0;
    while (hex_digit(text[digits]) >= 0) {
        *value = *value << 4 | (unsigned int)hex_digit(text[digits]);
        if (++digits > 4)
            return 0;
    }
    return digits;
}

/* Move what was parsed behind a "::" at `gap` to the end; zeros fill in. */
static void open_gap(uint8_t *bytes, int gap, int used)
{
    memmove(bytes + 16 - (used - gap), bytes + gap, (size_t)(used - gap));
    memset(bytes + gap, 0, (size_t)(16 - used));
}

static bool parse_ipv6(const char *text, uint8_t *to)
{
    uint8_t bytes[16];
    int used = 0, gap = -1;

    if (text[0] == ':' && text[1] == ':') {
        gap = 0;
        text += 2;
    }
    while (*text != '\0' && used < 16) {
        unsigned int value;
        int digits = parse_group(text, &value);

        if (digits == 0)
            return false;
        if (text[digits] == '.') {
            if (used > 12 || !parse_ipv4(text, bytes + used))
                return false;
            used += 4;
            text = "";
            break;
        }
        bytes[used++] = (uint8_t)(value >> 8);
        bytes[used++] = (uint8_t)value;
        text += digits;
        if (*text == '\0')
            break;
        if (*text++ != ':')
            return false;
        if (*text == ':') {
            if (gap >= 0)
                return false;
            gap = used;
            text++;
        } else if (*text == '\0') {
            return false; /* a single colon at the end */
        }
    }
    if (*text != '\0' || (gap < 0 && used != 16) || (gap >= 0 && used == 16))
        return false;
    if (gap >= 0)
        open_gap(bytes, gap, used);
    memcpy(to, bytes, sizeof(bytes));
    return true;
}

int inet_pton(int family, const char *restrict text, void *restrict to)
{
    uint8_t bytes[4];

    switch (family) {
    case AF_INET:
        if (!parse_ipv4(text, bytes))
            return 0;
        memcpy(to, bytes, sizeof(bytes));
        return 1;
    case AF_INET6:
        return parse_ipv6(text, to);
    default:
        errno = EAFNOSUPPORT;
        return -1;
    }
}

/* A number as C writes it, at most `limit`; NULL if there is none. */
static const char *parse_number(const char *text, uint32_t limit,
                                uint32_t *value)
{
    unsigned int base = 10;
    const char *begin = text;
    uint64_t sum = 0;

    if (text[0] == '0' && (text[1] | 0x20) == 'x') {
        base = 16;
        begin = text += 2;
    } else if (text[0] == '0') {
        base = 8;
    }
    for (;; text++) {
        int digit = hex_digit(*text);

        if (digit < 0 || (unsigned int)digit >= base)
            break;
        sum = sum * base + (unsigned int)digit;
        if (sum > limit)
            return NULL;
    }
    *value = (uint32_t)sum;
    return text == begin ? NULL : text;
}

/*
 * One to four numbers between dots; the last one fills all the bytes that are
 * left. Returns how many, 0 if it is no address; the numbers are in `parts`.
 */
static int parse_parts(const char *text, uint32_t parts[4])
{
    for (int count = 0; count < 4; count++) {
        text = parse_number(text, UINT32_MAX, &parts[count]);
        if (text == NULL)
            return 0;
        if (*text != '.')
            return *text == '\0' || isspace((unsigned char)*text) ? count + 1
                                                                  : 0;
        text++;
    }
    return 0;
}

int inet_aton(const char *text, struct in_addr *to)
{
    uint32_t parts[4], address = 0;
    int count = parse_parts(text, parts);

    if (count == 0 || (uint64_t)parts[count - 1] >> (8 * (5 - count)) != 0)
        return 0;
    for (int i = 0; i < count - 1; i++) {
        if (parts[i] > 255)
            return 0;
        address |= parts[i] << (24 - 8 * i);
    }
    to->s_addr = htonl(address | parts[count - 1]);
    return 1;
}

in_addr_t inet_addr(const char *text)
{
    struct in_addr address;

    return inet_aton(text, &address) ? address.s_addr : INADDR_NONE;
}

/* A network's number: the parts are its bytes, however many. */
in_addr_t inet_network(const char *text)
{
    uint32_t parts[4], network = 0;
    int count = parse_parts(text, parts);

    if (count == 0)
        return INADDR_NONE;
    for (int i = 0; i < count; i++) {
        if (parts[i] > 255)
            return INADDR_NONE;
        network = network << 8 | parts[i];
    }
    return network;
}

/* ---- To text ---------------------------------------------------------------
 */

static char *print_ipv4(char *to, const uint8_t *bytes)
{
    return to +
           sprintf(to, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
}

/* The first of the longest runs of zero groups, of two or more: where it
 * begins; *length: how long it is, 0 for none. */
static int longest_zeros(const unsigned int groups[8], int *length)
{
    int best = 0, run = 0;

    *length = 0;
    for (int i = 0; i < 8; i++) {
        run = groups[i] == 0 ? run + 1 : 0;
        if (run > 1 && run > *length) {
            *length = run;
            best = i - run + 1;
        }
    }
    return best;
}

static void print_ipv6(char *to, const uint8_t *bytes)
{
    unsigned int groups[8];
    int zeros, length;
    bool mapped;

    for (int i = 0; i < 8; i++)
        groups[i] = (unsigned int)bytes[2 * i] << 8 | bytes[2 * i + 1];
    zeros = longest_zeros(groups, &length);
    mapped = zeros == 0 && length == 5 && groups[5] == 0xffff;
    for (int i = 0; i < 8; i++) {
        if (length > 0 && i == zeros) {
            to = stpcpy(to, "::");
            i += length - 1;
            continue;
        }
        if (i > 0 && !(length > 0 && i == zeros + length))
            *to++ = ':';
        if (mapped && i == 6) {
            print_ipv4(to, bytes + 12);
            return;
        }
        to += sprintf(to, "%x", groups[i]);
    }
}

const char *inet_ntop(int family, const void *restrict from, char *restrict to,
                      socklen_t size)
{
    char text[INET6_ADDRSTRLEN] = "";
    uint8_t bytes[16];

    if (family != AF_INET && family != AF_INET6) {
        errno = EAFNOSUPPORT;
        return NULL;
    }
    memcpy(bytes, from, family == AF_INET ? 4 : 16);
    if (family == AF_INET)
        print_ipv4(text, bytes);
    else
        print_ipv6(text, bytes);
    if (strlen(text) >= size) {
        errno = ENOSPC;
        return NULL;
    }
    return strcpy(to, text);
}

char *inet_ntoa(struct in_addr address)
{
    static _Thread_local char text[INET_ADDRSTRLEN];

    return (char *)inet_ntop(AF_INET, &address, text, sizeof(text));
}
