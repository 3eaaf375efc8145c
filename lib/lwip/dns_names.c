/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dns_names.c: asking for the name of an address (RFC 1035, RFC 3596), which
 * lwIP's resolver does not.
 *
 * 10.0.2.1 is looked up as the name 1.2.0.10.in-addr.arpa, an IPv6 address as
 * its 32 hexadecimal digits, last one first, in ip6.arpa. The answer is a
 * record of type PTR. Names in answers are chains of labels that may go on
 * elsewhere in the message, by a pointer to an earlier place; a pointer that
 * does not point back, or too many of them, would go round in circles.
 *
 * Whatever comes from the network is checked: tests/host/fuzz_dns_names.c.
 *
 * Concurrency: no state.
 */
#include "lib/lwip/dns_names.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define HEADER         12
#define TYPE_PTR       12
#define CLASS_IN       1
#define FLAG_ANSWER    0x8000
#define FLAG_RECURSION 0x0100
#define NO_SUCH_NAME   3
#define NAME_MAX_WIRE  255

/* ---- The question ---------------------------------------------------------
 */

static uint8_t *put16(uint8_t *to, unsigned int value)
{
    *to++ = (uint8_t)(value >> 8);
    *to++ = (uint8_t)value;
    return to;
}

static uint8_t *put_label(uint8_t *to, const char *label)
{
    size_t length = strlen(label);

    *to++ = (uint8_t)length;
    memcpy(to, label, length);
    return to + length;
}

static uint8_t *put_name(uint8_t *to, const uint8_t *address, size_t size)
{
    char text[4];

    for (size_t i = size; i-- > 0;) {
        if (size == 4) {
            snprintf(text, sizeof(text), "%u", address[i]);
            to = put_label(to, text);
        } else {
            snprintf(text, sizeof(text), "%x", address[i] & 15);
            to = put_label(to, text);
            snprintf(text, sizeof(text), "%x", address[i] >> 4);
            to = put_label(to, text);
        }
    }
    to = put_label(to, size == 4 ? "in-addr" : "ip6");
    to = put_label(to, "arpa");
    *to++ = 0;
    return to;
}

size_t dns_name_question(uint8_t *to, uint16_t id, const uint8_t *address,
                         size_t size)
{
    uint8_t *end = to;

    end = put16(end, id);
    end = put16(end, FLAG_RECURSION);
    end = put16(end, 1); /* one question, */
    end = put16(end, 0); /* and nothing else */
    end = put16(end, 0);
    end = put16(end, 0);
    end = put_name(end, address, size);
    end = put16(end, TYPE_PTR);
    end = put16(end, CLASS_IN);
    return (size_t)(end - to);
}

/* ---- The answer -----------------------------------------------------------
 */

static unsigned int get16(const uint8_t *from)
{
    return (unsigned int)from[0] << 8 | from[1];
}

/* Where a name that begins at `at` ends in the message; 0: it does not. */
static size_t skip_name(const uint8_t *message, size_t length, size_t at)
{
    while (at < length) {
        uint8_t label = message[at];

        if (label == 0)
            return at + 1;
        if (label >= 0xc0)
            return at + 2 <= length ? at + 2 : 0;
        if (label > 63)
            return 0;
        at += 1u + label;
    }
    return 0;
}

/* The name at `at` as text. */
static int read_name(const uint8_t *message, size_t length, size_t at,
                     char *name, size_t room)
{
    size_t used = 0, limit = at;

    while (at < length && message[at] != 0) {
        uint8_t label = message[at];

        if (label >= 0xc0) {
            if (at + 2 > length)
                return -EPROTO;
            at = get16(message + at) & 0x3fff;
            if (at >= limit) /* back, always */
                return -EPROTO;
            limit = at;
            continue;
        }
        if (label > 63 || at + 1 + label > length ||
            used + label > NAME_MAX_WIRE)
            return -EPROTO;
        if (used + label + 2 > room)
            return -ENAMETOOLONG;
        if (used > 0)
            name[used++] = '.';
        memcpy(name + used, message + at + 1, label);
        used += label;
        at += 1u + label;
    }
    if (at >= length || used == 0)
        return -EPROTO;
    name[used] = '\0';
    /* No terminal's secrets, no string that ends early. */
    for (size_t i = 0; i < used; i++) {
        if (name[i] <= ' ' || name[i] >= 127)
            return -EPROTO;
    }
    return 0;
}

/* The first PTR record of `count`, of which the first begins at `at`. */
static int find_pointer(const uint8_t *message, size_t length, size_t at,
                        unsigned int count, char *name, size_t room)
{
    for (; count > 0; count--) {
        size_t size;

        at = skip_name(message, length, at);
        if (at == 0 || length - at < 10)
            return -EPROTO;
        size = get16(message + at + 8);
        if (size > length - at - 10)
            return -EPROTO;
        if (get16(message + at) == TYPE_PTR &&
            get16(message + at + 2) == CLASS_IN)
            return read_name(message, at + 10 + size, at + 10, name, room);
        at += 10 + size;
    }
    return -ENOENT;
}

int dns_name_answer(const uint8_t *answer, size_t length,
                    const uint8_t *question, size_t question_length, char *name,
                    size_t room)
{
    unsigned int flags;

    if (length < question_length || get16(answer) != get16(question) ||
        get16(answer + 4) != 1 ||
        memcmp(answer + HEADER, question + HEADER, question_length - HEADER) !=
            0)
        return -EAGAIN;
    flags = get16(answer + 2);
    if (!(flags & FLAG_ANSWER))
        return -EAGAIN;
    if ((flags & 15) == NO_SUCH_NAME)
        return -ENOENT;
    if ((flags & 15) != 0)
        return -EIO;
    return find_pointer(answer, length, question_length, get16(answer + 6),
                        name, room);
}
