/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_names.c: names of protocols and ICMP messages: those that the manuals of
 * IPClassifier and ICMPError list.
 */
#include "lib/click/ip_names.h"
#include <string.h>
#include "lib/click/args.h"
#include "lib/click/names.h"

struct name {
    const char *name;
    uint16_t number;
    uint8_t what;
};

static const struct name protocols[] = {
    {"icmp", 1, 0}, {"igmp", 2, 0}, {"ipip", 4, 0},
    {"tcp", 6, 0},  {"udp", 17, 0}, {NULL, 0, 0},
};

static const struct name icmp_types[] = {
    {"echo-reply", 0, 0},
    {"unreachable", 3, 0},
    {"sourcequench", 4, 0},
    {"redirect", 5, 0},
    {"echo", 8, 0},
    {"routeradvert", 9, 0},
    {"routersolicit", 10, 0},
    {"timeexceeded", 11, 0},
    {"parameterproblem", 12, 0},
    {"timestamp", 13, 0},
    {"timestamp-reply", 14, 0},
    {"inforeq", 15, 0},
    {"inforeq-reply", 16, 0},
    {"maskreq", 17, 0},
    {"maskreq-reply", 18, 0},
    {NULL, 0, 0},
};

/* `what` is the type. */
static const struct name icmp_codes[] = {
    {"net", 0, 3},         {"host", 1, 3},        {"protocol", 2, 3},
    {"port", 3, 3},        {"needfrag", 4, 3},    {"srcroutefail", 5, 3},
    {"net", 0, 5},         {"host", 1, 5},        {"tosnet", 2, 5},
    {"toshost", 3, 5},     {"transit", 0, 11},    {"reassembly", 1, 11},
    {"erroratptr", 0, 12}, {"missingopt", 1, 12}, {"length", 2, 12},
    {NULL, 0, 0},
};

static const struct name tcp_flags[] = {
    {"fin", 1, 0},  {"syn", 2, 0},  {"rst", 4, 0}, {"psh", 8, 0},
    {"ack", 16, 0}, {"urg", 32, 0}, {NULL, 0, 0},
};

static const struct name *name_find(const struct name *names, const char *word)
{
    for (; names->name; names++)
        if (!strcmp(names->name, word))
            return names;
    return NULL;
}

static bool name_byte(const char *word, uint8_t *to)
{
    uint64_t number;

    if (click_read_integer(word, 0, 255, &number))
        return false;
    *to = (uint8_t)number;
    return true;
}

/* A byte by name or number. */
static bool name_lookup(const struct name *names, const char *word, uint8_t *to)
{
    const struct name *entry = name_find(names, word);

    if (!entry)
        return name_byte(word, to);
    *to = (uint8_t)entry->number;
    return true;
}

bool ip_name_proto(const struct element *near, const char *word, uint8_t *proto)
{
    return !names_find(near, NAME_PROTOCOL, word, proto) ||
           name_lookup(protocols, word, proto);
}

bool ip_name_icmp_type(const char *word, uint8_t *type)
{
    return name_lookup(icmp_types, word, type);
}

bool ip_name_icmp_code(uint8_t type, const char *word, uint8_t *code)
{
    for (const struct name *entry = icmp_codes; entry->name; entry++)
        if (entry->what == type && !strcmp(entry->name, word)) {
            *code = (uint8_t)entry->number;
            return true;
        }
    return name_byte(word, code);
}

int ip_icmp_type_parse(struct click_args *args, const struct click_param *param,
                       const char *word, void *to)
{
    return ip_name_icmp_type(word, to)
               ? 0
               : click_args_error(args, "%s: expected an ICMP type, not '%s'",
                                  param->name, word);
}

int ip_icmp_code_parse(struct click_args *args, uint8_t type, const char *word,
                       uint8_t *code)
{
    *code = 0;
    return !word || ip_name_icmp_code(type, word, code)
               ? 0
               : click_args_error(args, "CODE: expected an ICMP code, not '%s'",
                                  word);
}

const char *ip_icmp_type_text(uint8_t type)
{
    for (const struct name *entry = icmp_types; entry->name; entry++)
        if (entry->number == type)
            return entry->name;
    return NULL;
}

const char *ip_icmp_code_text(uint8_t type, uint8_t code)
{
    for (const struct name *entry = icmp_codes; entry->name; entry++)
        if (entry->what == type && entry->number == code)
            return entry->name;
    return NULL;
}

bool ip_name_tcp_flag(const char *word, uint8_t *bit)
{
    const struct name *entry = name_find(tcp_flags, word);

    if (entry)
        *bit = (uint8_t)entry->number;
    return entry != NULL;
}
