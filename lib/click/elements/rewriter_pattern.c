/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rewriter_pattern.c: what a rewriter makes of the addresses and ports of a new
 * flow: patterns.
 *
 * A pattern sets some fields and leaves others. One field, the source port (or
 * address, or identifier), may be a range; then a value is chosen such that the
 * reply's ID is not in the table yet, else replies to two flows could not be
 * told apart. The search begins at the value that the pattern prefers and goes
 * once round the range.
 *
 * =c
 * IPRewriterPatterns(NAME PATTERN, ...)
 * =s nat
 * patterns that several rewriters share
 * =d
 * Each argument is a name and "SADDR SPORT DADDR DPORT"; rewriters use it as
 * "pattern NAME FOUTPUT ROUTPUT". Names must be distinct in all of the
 * configuration.
 * =a IPRewriter
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/elements/rewriter.h"
#include "lib/click/router.h"

#define ADDRESSES_MAX (1u << 24) /* of a range: a /8 */

/* ---- Reading --------------------------------------------------------------
 */

/* "L-H", "L-H#", "L-H?", or one number, up to 65535. */
static bool read_ports(struct pattern *pattern, const char *word)
{
    char text[32], *dash;
    size_t length = strlen(word);
    uint64_t low, high;

    if (length == 0 || length >= sizeof(text))
        return false;
    memcpy(text, word, length + 1);
    pattern->choice = CHOOSE_SAME;
    if (text[length - 1] == '#' || text[length - 1] == '?') {
        pattern->choice = text[length - 1] == '#' ? CHOOSE_NEXT : CHOOSE_ANY;
        text[length - 1] = '\0';
    }
    dash = strchr(text, '-');
    if (dash)
        *dash++ = '\0';
    if (click_read_integer(text, 0, 65535, &low) != 0 ||
        click_read_integer(dash ? dash : text, 0, 65535, &high) != 0 ||
        low > high)
        return false;
    pattern->ranged = true;
    pattern->low = (uint32_t)low;
    pattern->variants = (uint32_t)(high - low + 1);
    return true;
}

/* "ADDR", "A-B", "ADDR/PREFIX"; a # or ? may follow a range. */
static bool read_addresses(struct pattern *pattern, struct element *element,
                           const char *word)
{
    char text[64], *dash;
    size_t length = strlen(word);
    struct click_prefix prefix;
    uint32_t low, high;

    if (length == 0 || length >= sizeof(text))
        return false;
    memcpy(text, word, length + 1);
    pattern->choice = CHOOSE_ANY;
    if (text[length - 1] == '#' || text[length - 1] == '?') {
        pattern->choice = text[length - 1] == '#' ? CHOOSE_NEXT : CHOOSE_ANY;
        text[length - 1] = '\0';
    }
    dash = strchr(text, '-');
    if (dash)
        *dash++ = '\0';
    if (!dash && strchr(text, '/')) {
        if (click_read_prefix(element, text, &prefix) != 0)
            return false;
        low = ntohl(prefix.address);
        high = ntohl(prefix.address | ~prefix.mask);
        if (ntohl(prefix.mask) < 0xfffffffe) { /* without the net's own two */
            low += low == ntohl(prefix.address & prefix.mask);
            high--;
        }
    } else {
        if (click_read_ip(element, text, &low) != 0 ||
            click_read_ip(element, dash ? dash : text, &high) != 0)
            return false;
        low = ntohl(low);
        high = ntohl(high);
    }
    if (low > high || high - low >= ADDRESSES_MAX)
        return false;
    pattern->set_from = true;
    pattern->from = htonl(low);
    if (low != high) {
        pattern->ranged = true;
        pattern->low = low;
        pattern->variants = high - low + 1;
    }
    return true;
}

static bool is_dash(const char *word)
{
    return strcmp(word, "-") == 0;
}

/* Source address: a range only where there are no ports to choose. */
static int read_from(struct click_args *args, struct pattern *pattern,
                     const char *word)
{
    if (is_dash(word))
        return 0;
    if (pattern->kind == PATTERN_ADDRESSES) {
        if (!read_addresses(pattern, args->element, word))
            return click_args_error(args, "bad source address");
        return 0;
    }
    if (click_read_ip(args->element, word, &pattern->from) != 0)
        return click_args_error(args, "bad source address");
    pattern->set_from = true;
    return 0;
}

static int read_to(struct click_args *args, struct pattern *pattern,
                   const char *word)
{
    if (is_dash(word))
        return 0;
    if (click_read_ip(args->element, word, &pattern->to) != 0)
        return click_args_error(args, "bad destination address");
    pattern->set_to = true;
    return 0;
}

static int read_range(struct click_args *args, struct pattern *pattern,
                      const char *what, const char *word)
{
    if (!is_dash(word) && !read_ports(pattern, word))
        return click_args_error(args, "bad %s", what);
    return 0;
}

static int read_to_port(struct click_args *args, struct pattern *pattern,
                        const char *word)
{
    uint64_t port;

    if (is_dash(word))
        return 0;
    if (click_read_integer(word, 0, 65535, &port) != 0)
        return click_args_error(args, "bad destination port");
    pattern->set_to_port = true;
    pattern->to_port = htons((uint16_t)port);
    return 0;
}

static int read_fields(struct click_args *args, struct pattern *pattern,
                       char *const *words, unsigned int count)
{
    static const unsigned int counts[] = {4, 2, 3};
    static const char *const forms[] = {"SADDR SPORT DADDR DPORT",
                                        "SADDR DADDR", "SADDR DADDR IDENT"};
    static char dash[] = "-";
    char *fields[] = {words[0], words[count == 4 ? 2 : count > 1],
                      count == 4 ? words[1] : dash};
    int error;

    if (count == 4 && pattern->kind != PATTERN_PORTS) {
        struct pattern ports = {.kind = PATTERN_PORTS};

        /* as for IPRewriter: source ports are identifiers, or mean nothing, as
         * do other ports, but must be right */
        if (read_range(args, &ports, "source port", words[1]) ||
            read_to_port(args, &ports, words[3]))
            return -EINVAL;
        words = fields;
        count = counts[pattern->kind];
    } else if (count == 2 && pattern->kind == PATTERN_PING) {
        words = fields;
        count = 3;
    }
    if (count != counts[pattern->kind])
        return click_args_error(args, "bad pattern: expected '%s'",
                                forms[pattern->kind]);
    error = read_from(args, pattern, words[0]);
    if (pattern->kind == PATTERN_PORTS) {
        error =
            error ? error : read_range(args, pattern, "source port", words[1]);
        error = error ? error : read_to(args, pattern, words[2]);
        return error ? error : read_to_port(args, pattern, words[3]);
    }
    error = error ? error : read_to(args, pattern, words[1]);
    if (pattern->kind == PATTERN_PING)
        error =
            error ? error : read_range(args, pattern, "identifier", words[2]);
    return error;
}

struct pattern *pattern_parse(struct click_args *args, enum pattern_kind kind,
                              char *const *words, unsigned int count)
{
    struct pattern *pattern = calloc(1, sizeof(*pattern));

    if (!pattern) {
        click_args_error(args, "no memory for a pattern");
        return NULL;
    }
    pattern->kind = kind;
    if (read_fields(args, pattern, words, count) != 0) {
        free(pattern);
        return NULL;
    }
    return pattern;
}

/* ---- Applying -------------------------------------------------------------
 */

/* `to` with variant `variant` of the range. */
static void set_variant(const struct pattern *pattern, uint32_t variant,
                        struct flow_id *to)
{
    if (pattern->kind == PATTERN_ADDRESSES)
        to->from = htonl(pattern->low + variant);
    else
        to->from_port = htons((uint16_t)(pattern->low + variant));
}

/* The variant to try first. */
static uint32_t first_variant(const struct pattern *pattern,
                              struct element *element,
                              const struct flow_id *from)
{
    uint32_t own = ntohs(from->from_port) - pattern->low;

    if (pattern->choice == CHOOSE_NEXT)
        return pattern->next % pattern->variants;
    if (pattern->choice == CHOOSE_SAME && pattern->kind != PATTERN_ADDRESSES &&
        own < pattern->variants)
        return own;
    return click_random(element) % pattern->variants;
}

static bool in_use(const struct flow_table *table, const struct flow_id *to)
{
    struct flow_id reply = flow_reverse(*to);

    return flow_find(table, &reply) != NULL;
}

/* The IDs of some rewriters lack fields: what replies do not tell. */
static void drop_fields(const struct pattern *pattern,
                        const struct flow_id *from, struct flow_id *to)
{
    if (pattern->kind == PATTERN_ADDRESSES && from->to == 0)
        to->to = 0;
}

struct pattern *pattern_copy(const struct pattern *from, enum pattern_kind kind)
{
    struct pattern *pattern = malloc(sizeof(*pattern));

    if (!pattern)
        return NULL;
    *pattern = *from;
    pattern->kind = kind;
    pattern->name = NULL;
    pattern->set_to_port = false;
    if (kind == PATTERN_ADDRESSES)
        pattern->ranged = false; /* ports */
    return pattern;
}

bool pattern_apply(struct pattern *pattern, const struct flow_table *table,
                   struct element *element, const struct flow_id *from,
                   struct flow_id *to)
{
    uint32_t first;

    *to = *from;
    if (pattern->set_from)
        to->from = pattern->from;
    if (pattern->set_to)
        to->to = pattern->to;
    if (pattern->set_to_port)
        to->to_port = pattern->to_port;
    drop_fields(pattern, from, to);
    if (!pattern->ranged)
        return !in_use(table, to);
    first = first_variant(pattern, element, from);
    for (uint32_t i = 0; i < pattern->variants; i++) {
        uint32_t variant = (first + i) % pattern->variants;

        set_variant(pattern, variant, to);
        if (!in_use(table, to)) {
            pattern->next = variant + 1;
            return true;
        }
    }
    return false;
}

/* ---- Printing -------------------------------------------------------------
 */

static void print_ip(struct text *out, bool set, uint32_t ip)
{
    if (set)
        text_ip(out, &ip);
    else
        text_puts(out, "-");
}

static void print_range(struct text *out, const struct pattern *pattern)
{
    if (!pattern->ranged)
        text_puts(out, "-");
    else if (pattern->variants == 1)
        text_printf(out, "%u", pattern->low);
    else
        text_printf(out, "%u-%u", pattern->low,
                    pattern->low + pattern->variants - 1);
}

void pattern_print(const struct pattern *pattern, struct text *out)
{
    print_ip(out, pattern->set_from, pattern->from);
    if (pattern->kind == PATTERN_ADDRESSES && pattern->ranged) {
        text_puts(out, "-");
        print_ip(out, true, htonl(pattern->low + pattern->variants - 1));
    }
    text_puts(out, " ");
    if (pattern->kind == PATTERN_PORTS) {
        print_range(out, pattern);
        text_puts(out, " ");
    }
    print_ip(out, pattern->set_to, pattern->to);
    if (pattern->kind == PATTERN_PING) {
        text_puts(out, " ");
        print_range(out, pattern);
    } else if (pattern->kind == PATTERN_PORTS) {
        if (pattern->set_to_port)
            text_printf(out, " %u", ntohs(pattern->to_port));
        else
            text_puts(out, " -");
    }
    if (pattern->next > 0)
        text_printf(out, " [%u]", pattern->next);
}

/* ---- Named patterns -------------------------------------------------------
 */

struct patterns {
    struct element element;
    struct pattern **list;
    unsigned int count;
};

struct pattern *pattern_find(const struct element *near, const char *name)
{
    unsigned int elements = router_elements(near->router);

    for (unsigned int i = 0; i < elements; i++) {
        struct patterns *patterns =
            element_cast(router_element(near->router, i), "IPRewriterPatterns");

        for (unsigned int j = 0; patterns && j < patterns->count; j++) {
            if (strcmp(patterns->list[j]->name, name) == 0)
                return patterns->list[j];
        }
    }
    return NULL;
}

static int add_pattern(struct patterns *patterns, struct click_args *args,
                       const char *argument)
{
    unsigned int count;
    char **words = click_split_words(argument, &count);
    struct pattern *pattern = NULL;
    int error = -ENOMEM;

    if (words && count < 2)
        error = click_args_error(args, "expected 'NAME PATTERN', not '%s'",
                                 argument);
    else if (words && pattern_find(args->element, words[0]))
        error = click_args_error(args, "there are two patterns '%s'", words[0]);
    else if (words)
        pattern = pattern_parse(args, PATTERN_PORTS, words + 1, count - 1);
    if (pattern) {
        pattern->name = strdup(words[0]);
        error = pattern->name ? 0 : -ENOMEM;
        patterns->list[patterns->count++] = pattern;
    } else if (error == -ENOMEM && words) {
        error = -EINVAL; /* pattern_parse() has said so */
    }
    if (words)
        click_words_free(words, count);
    return error;
}

static int patterns_configure(struct element *element, struct click_args *args)
{
    struct patterns *patterns = (struct patterns *)element;
    int error = 0;

    patterns->list = calloc(args->count + 1, sizeof(*patterns->list));
    if (!patterns->list)
        return -ENOMEM;
    for (unsigned int i = 0; i < args->count && error == 0; i++)
        error = add_pattern(patterns, args, args->words[i]);
    return error;
}

static void patterns_cleanup(struct element *element)
{
    struct patterns *patterns = (struct patterns *)element;

    for (unsigned int i = 0; i < patterns->count; i++) {
        free(patterns->list[i]->name);
        free(patterns->list[i]);
    }
    free(patterns->list);
}

static void *patterns_cast(struct element *element, const char *interface)
{
    return strcmp(interface, "IPRewriterPatterns") == 0 ? element : NULL;
}

const struct element_class click_class_IPRewriterPatterns = {
    .name = "IPRewriterPatterns",
    .ports = "0/0",
    .processing = "a/a",
    .size = sizeof(struct patterns),
    .phase = CLICK_PHASE_INFO,
    .configure = patterns_configure,
    .cleanup = patterns_cleanup,
    .more = CLICK_MORE(.cast = patterns_cast),
};
