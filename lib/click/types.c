/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * types.c: what the words of a configuration mean: numbers, addresses, names.
 *
 * The readers here take one word and know no element's errors; parameters.c
 * puts them behind args.h's tables. Numbers are read without strtol(): its
 * locale, its silent overflow and its spaces are not the manual's.
 */
#include "lib/click/types.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/names.h"
#include "lib/click/real.h"

/* ---- Integers -------------------------------------------------------------
 */

static int digit_value(char c, unsigned int base)
{
    int digit = c >= '0' && c <= '9'                 ? c - '0'
                : (c | 32) >= 'a' && (c | 32) <= 'z' ? (c | 32) - 'a' + 10
                                                     : 99;

    return digit < (int)base ? digit : -1;
}

static const char *read_base(const char *at, unsigned int *base)
{
    *base = 10;
    if (at[0] == '0' && (at[1] | 32) == 'x')
        *base = 16;
    else if (at[0] == '0' && (at[1] | 32) == 'b')
        *base = 2;
    else if (at[0] == '0')
        *base = 8;
    return *base == 16 || *base == 2 ? at + 2 : at;
}

/* Digits, in groups with '_' between them if one likes. Where they end; NULL:
 * there are none. */
static const char *read_digits(const char *at, unsigned int base,
                               uint64_t *value, bool *overflow)
{
    const char *begin = at;

    *value = 0;
    *overflow = false;
    while (digit_value(*at, base) >= 0 ||
           (*at == '_' && at > begin && digit_value(at[1], base) >= 0)) {
        if (*at != '_' &&
            (__builtin_mul_overflow(*value, base, value) ||
             __builtin_add_overflow(
                 *value, (unsigned int)digit_value(*at, base), value)))
            *overflow = true;
        at++;
    }
    return at > begin ? at : NULL;
}

int click_read_integer(const char *word, int64_t least, uint64_t most,
                       uint64_t *to)
{
    bool negative = *word == '-', overflow;
    unsigned int base;
    uint64_t value;
    const char *end;

    end = read_base(word + (*word == '-' || *word == '+'), &base);
    end = read_digits(end, base, &value, &overflow);
    if (!end || *end)
        return -EINVAL;
    if (negative) {
        if (overflow || least > 0 || value > 0 - (uint64_t)least)
            return value == 0 && !overflow && least == 0 ? (*to = 0, 0)
                                                         : -ERANGE;
        *to = 0 - value;
        return 0;
    }
    if (overflow || value > most || (least > 0 && value < (uint64_t)least))
        return -ERANGE;
    *to = value;
    return 0;
}

int click_read_bool(const char *word, bool *to)
{
    static const char *const words[] = {"0", "n", "f", "no",  "false",
                                        "1", "y", "t", "yes", "true"};

    for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (!strcmp(word, words[i])) {
            *to = i >= 5;
            return 0;
        }
    return -EINVAL;
}

/* ---- Decimal fractions ----------------------------------------------------
 */

/*
 * A decimal number times `scale`, rounded, and where it ends: "1.5" with 1000
 * is 1500. Nine digits behind the point count. NULL: no number, *error says
 * why.
 */
static const char *read_scaled(const char *at, uint64_t scale, uint64_t *to,
                               int *error)
{
    unsigned __int128 sum;
    uint64_t whole = 0;
    bool digits = false, overflow = false;

    for (; isdigit((unsigned char)*at); at++, digits = true)
        overflow |=
            __builtin_mul_overflow(whole, 10, &whole) ||
            __builtin_add_overflow(whole, (unsigned int)(*at - '0'), &whole);
    sum = (unsigned __int128)whole * scale;
    if (*at == '.') {
        uint64_t remainder = 0, divisor = 1;

        for (at++; isdigit((unsigned char)*at); at++, digits = true) {
            if (divisor >= 1000000000)
                continue;
            remainder = remainder * 10 + (unsigned int)(*at - '0');
            divisor *= 10;
        }
        /* In parts: there is no division of 128 bits in a guest. */
        sum += (unsigned __int128)remainder * (scale / divisor) +
               (remainder * (scale % divisor) + divisor / 2) / divisor;
    }
    *error = !digits ? -EINVAL : overflow || sum > UINT64_MAX ? -ERANGE : 0;
    *to = (uint64_t)sum;
    return *error ? NULL : at;
}

struct unit {
    const char *name;
    uint64_t scale;
};

/* The unit that `word` is, with white space in front; "" is the first. */
static const struct unit *find_unit(const struct unit *units, const char *word)
{
    while (isspace((unsigned char)*word))
        word++;
    for (; units->name; units++)
        if (!strcmp(word, units->name))
            return units;
    return NULL;
}

/* A number with a unit: first comes how long the number is. */
static int read_with_unit(const struct unit *units, const char *word,
                          uint64_t *to)
{
    const struct unit *unit =
        find_unit(units, word + strspn(word, "0123456789."));
    const char *end;
    int error;

    if (!unit)
        return -EINVAL;
    end = read_scaled(word, unit->scale, to, &error);
    if (end && end != word + strspn(word, "0123456789."))
        return -EINVAL; /* 1.2.3 */
    return error;
}

int click_read_interval(const char *word, uint64_t *to)
{
    static const uint64_t s = 1000000000;
    static const struct unit units[] = {
        {"", s},
        {"s", s},
        {"sec", s},
        {"secs", s},
        {"second", s},
        {"seconds", s},
        {"ns", 1},
        {"nsec", 1},
        {"us", 1000},
        {"usec", 1000},
        {"ms", 1000000},
        {"msec", 1000000},
        {"m", 60 * s},
        {"min", 60 * s},
        {"minute", 60 * s},
        {"minutes", 60 * s},
        {"h", 3600 * s},
        {"hr", 3600 * s},
        {"hour", 3600 * s},
        {"hours", 3600 * s},
        {"d", 86400 * s},
        {"day", 86400 * s},
        {"days", 86400 * s},
        {NULL, 0},
    };
    int error = read_with_unit(units, word, to);

    /* A few of them and the time of day are less than INT64_MAX. */
    return !error && *to > INT64_MAX / 4 ? -ERANGE : error;
}

int click_read_time(const char *word, int64_t *to)
{
    bool negative = *word == '-';
    uint64_t value;
    const char *end;
    int error;

    end = read_scaled(word + (negative || *word == '+'), 1000000000, &value,
                      &error);
    if (error)
        return error;
    if (*end)
        return -EINVAL;
    if (value > INT64_MAX)
        return -ERANGE;
    *to = negative ? -(int64_t)value : (int64_t)value;
    return 0;
}

int click_read_bandwidth(const char *word, uint64_t *to, bool *unit)
{
    /* Bits a second; what is read is divided by 8 at the end. */
    static const struct unit units[] = {
        {"", 8},
        {"Bps", 8},
        {"B/s", 8},
        {"KBps", 8000},
        {"kBps", 8000},
        {"KB/s", 8000},
        {"kB/s", 8000},
        {"MBps", 8000000},
        {"MB/s", 8000000},
        {"GBps", 8000000000},
        {"GB/s", 8000000000},
        {"bps", 1},
        {"b/s", 1},
        {"baud", 1},
        {"kbps", 1000},
        {"Kbps", 1000},
        {"kb/s", 1000},
        {"Kb/s", 1000},
        {"kbaud", 1000},
        {"Kbaud", 1000},
        {"Mbps", 1000000},
        {"Mb/s", 1000000},
        {"Mbaud", 1000000},
        {"Gbps", 1000000000},
        {"Gb/s", 1000000000},
        {"Gbaud", 1000000000},
        {NULL, 0},
    };
    uint64_t bits;
    int error = read_with_unit(units, word, &bits);

    *unit = word[strspn(word, "0123456789.")] != '\0';
    if (!error)
        *to = bits / 8 + (bits % 8 >= 4);
    return error;
}

int click_read_double(const char *word, double *to)
{
    return real_parse(word, to);
}

/* ---- Addresses ------------------------------------------------------------
 */

/* At least `least` of four bytes, in decimal, with dots between them; where
 * they end. */
static const char *read_dotted(const char *at, unsigned int least,
                               uint8_t bytes[4])
{
    unsigned int count = 0;

    memset(bytes, 0, 4);
    while (isdigit((unsigned char)*at)) {
        unsigned int value = 0, digits = 0;

        for (; isdigit((unsigned char)*at) && digits < 3; at++, digits++)
            value = value * 10 + (unsigned int)(*at - '0');
        if (value > 255 || isdigit((unsigned char)*at))
            return NULL;
        bytes[count++] = (uint8_t)value;
        if (*at != '.' || count == 4)
            break;
        at++;
    }
    return count >= least ? at : NULL;
}

int click_read_ip(const struct element *near, const char *word, uint32_t *to)
{
    uint8_t bytes[4];
    const char *end = read_dotted(word, 4, bytes);

    if (end && !*end) {
        memcpy(to, bytes, sizeof(*to));
        return 0;
    }
    return names_find(near, NAME_IP, word, to);
}

static uint32_t prefix_mask(unsigned int length)
{
    return length ? __builtin_bswap32(~(uint32_t)0 << (32 - length)) : 0;
}

int click_read_prefix(const struct element *near, const char *word,
                      struct click_prefix *to)
{
    const char *slash = strchr(word, '/'), *end;
    uint8_t bytes[4];
    uint64_t length;

    end = read_dotted(word, slash ? 1 : 4, bytes);
    if (!slash && end && !*end) {
        memcpy(&to->address, bytes, sizeof(bytes));
        to->mask = 0xffffffff;
        return 0;
    }
    if (!slash && names_find(near, NAME_PREFIX, word, to)) {
        to->mask = 0xffffffff; /* the name of an address, then */
        return names_find(near, NAME_IP, word, &to->address);
    }
    if (!slash) { /* both of it, as if it stood there: 10.0.0.1/8 */
        uint32_t address;

        if (!names_find(near, NAME_IP, word, &address) &&
            ((address ^ to->address) & to->mask) == 0)
            to->address = address;
        return 0;
    }
    if (end == slash) {
        memcpy(&to->address, bytes, sizeof(bytes));
    } else {
        char *name = strndup(word, (size_t)(slash - word));
        int error =
            name ? names_find(near, NAME_IP, name, &to->address) : -ENOMEM;

        free(name);
        if (error)
            return error;
    }
    if (!click_read_integer(slash + 1, 0, 32, &length))
        to->mask = prefix_mask((unsigned int)length);
    else if (click_read_ip(NULL, slash + 1, &to->mask))
        return -EINVAL;
    return 0;
}

int click_read_ether(const struct element *near, const char *word,
                     uint8_t to[6])
{
    char separator = strchr(word, '-') ? '-' : ':';
    const char *at = word;
    uint8_t bytes[6];

    for (unsigned int i = 0; i < 6; i++) {
        int value = digit_value(*at, 16);

        if (value < 0)
            return names_find(near, NAME_ETHER, word, to);
        at++;
        if (digit_value(*at, 16) >= 0)
            value = value * 16 + digit_value(*at++, 16);
        bytes[i] = (uint8_t)value;
        if (*at != (i < 5 ? separator : '\0'))
            return names_find(near, NAME_ETHER, word, to);
        at += i < 5;
    }
    memcpy(to, bytes, sizeof(bytes));
    return 0;
}

/* ---- Annotations, ports ---------------------------------------------------
 */

static const struct {
    const char *name;
    struct click_anno anno;
} annotations[] = {
    {"DST_IP", {0, 4}},          {"DST_IP6", {0, 16}},
    {"WIFI_EXTRA", {0, 24}},     {"PAINT", {16, 1}},
    {"ICMP_PARAMPROB", {17, 1}}, {"FIX_IP_SRC", {18, 1}},
    {"VLAN_TCI", {18, 2}},       {"VLAN", {18, 2}},
    {"AGGREGATE", {20, 4}},      {"FWD_RATE", {24, 4}},
    {"EXTRA_PACKETS", {24, 4}},  {"SEQUENCE_NUMBER", {24, 4}},
    {"REV_RATE", {28, 4}},       {"EXTRA_LENGTH", {28, 4}},
    {"PACKET_NUMBER", {28, 4}},  {"FIRST_TIMESTAMP", {32, 8}},
    {"PERFCTR", {40, 8}},
};

int click_read_anno(const struct element *near, const char *word,
                    struct click_anno *to)
{
    char number[8];
    size_t length = strcspn(word, "/");
    uint64_t offset, size = 0;

    for (unsigned int i = 0; i < sizeof(annotations) / sizeof(*annotations);
         i++)
        if (!strcmp(word, annotations[i].name)) {
            *to = annotations[i].anno;
            return 0;
        }
    if (length >= sizeof(number) || !isdigit((unsigned char)*word))
        return names_find(near, NAME_ANNO, word, to);
    memcpy(number, word, length);
    number[length] = '\0';
    if (click_read_integer(number, 0, 47, &offset) ||
        (word[length] && click_read_integer(word + length + 1, 1, 48, &size)) ||
        offset + size > 48)
        return -EINVAL;
    to->offset = (uint8_t)offset;
    to->size = (uint8_t)size;
    return 0;
}

/* The few that configurations name; PortInfo adds others. */
static const struct {
    const char *name;
    uint16_t port;
} ports[] = {
    {"echo", 7},          {"discard", 9},      {"daytime", 13},
    {"chargen", 19},      {"ftp-data", 20},    {"ftp", 21},
    {"ssh", 22},          {"telnet", 23},      {"smtp", 25},
    {"domain", 53},       {"dns", 53},         {"bootps", 67},
    {"bootpc", 68},       {"tftp", 69},        {"finger", 79},
    {"www", 80},          {"http", 80},        {"pop3", 110},
    {"sunrpc", 111},      {"auth", 113},       {"nntp", 119},
    {"ntp", 123},         {"netbios-ns", 137}, {"netbios-dgm", 138},
    {"netbios-ssn", 139}, {"imap", 143},       {"imap2", 143},
    {"snmp", 161},        {"snmp-trap", 162},  {"irc", 194},
    {"imap3", 220},       {"ldap", 389},       {"https", 443},
    {"syslog", 514},      {"rip", 520},        {"route", 520},
    {"imaps", 993},       {"pop3s", 995},      {"nfs", 2049},
};

int click_read_port(const struct element *near, const char *word, uint16_t *to)
{
    uint64_t value;

    if (!click_read_integer(word, 0, 65535, &value)) {
        *to = (uint16_t)value;
        return 0;
    }
    if (!names_find(near, NAME_PORT, word, to))
        return 0;
    for (unsigned int i = 0; i < sizeof(ports) / sizeof(*ports); i++)
        if (!strcmp(word, ports[i].name)) {
            *to = ports[i].port;
            return 0;
        }
    return -EINVAL;
}
