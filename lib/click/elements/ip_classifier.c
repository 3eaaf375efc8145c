/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_classifier.c: IP packets by what their headers say.
 *
 * =c
 * IPClassifier(PATTERN_0, ..., PATTERN_N)
 * =s ip
 * sends IP packets to outputs by their headers
 * =d
 * One output for each pattern: a packet, whose IP header must be marked
 * (CheckIPHeader, MarkIPHeader), goes to that of the first pattern that matches
 * it, and is dropped if there is none. A pattern is "-", "any" or "all" for
 * every packet, or made of these tests:
 *
 *   ip proto PROTO                    the protocol
 *   [SIDE] host ADDRESS               from or to an address
 *   [SIDE] net ADDRESS/BITS           from or to a network; also "net ADDRESS
 *                                     mask MASK"
 *   [SIDE] [tcp|udp] port PORT        from or to a port, of TCP or UDP if
 *                                     neither is named ("tcpudp")
 *   ip vers N, ip hl N, ip id N,      fields of the IP header; dscp is the
 *   ip tos N, ip dscp N, ip ttl N,    upper six bits of tos
 *   ip len N, ip sum N
 *   ip ect, ip ce                     ECN-capable; congestion experienced
 *   ip frag, ip unfrag                a fragment, no fragment
 *   tcp opt FLAG                      a flag is set (with "opt", Click means
 *                                     flags: syn fin ack rst psh urg)
 *   tcp win N                         the receive window, not scaled
 *   icmp type TYPE                    the ICMP type
 *   ip[POS:LEN] N                     LEN (1 to 4; 1 if left out) bytes of the
 *                                     IP header from POS on
 *   transp[POS:LEN] N                 the same of the transport header; tcp[],
 *                                     udp[], icmp[] also ask for the protocol
 *   [SIDE] ether host ADDRESS         from or to an Ethernet address; the MAC
 *                                     header must be marked
 *   true, false                       every packet, none
 *
 * SIDE is "src", "dst", "src or dst" (what is meant without one) or "src and
 * dst". Tests are combined by "and", "or", "not" (also &&, ||, !), by "A ? B :
 * C" with blanks around the colon, and by parentheses; tests side by side mean
 * "and".
 *
 * A value may have "==" or "!=" before it; numbers also <, >, <=, >=. "& MASK"
 * in front of that compares some bits only; without a value it asks whether
 * one of them is set. "tcp opt" takes none of these. What looks at the
 * transport header (port, opt, win, type, transp[]) is true only of the right
 * protocol and of first fragments, whatever the relation: "src tcp port != 5"
 * is about TCP packets, "!(src tcp port == 5)" about all others, too.
 *
 * Words may be left out: "tcp" is "ip proto tcp", "www" is "port www", "syn" is
 * "tcp opt syn", "10.0.0.0/24" is "net 10.0.0.0/24"; and "src port 80 or 81" is
 * "src port 80 or src port 81". Addresses may be names of AddressInfo, ports
 * of PortInfo.
 *
 * A pattern that no packet can get to is warned of.
 *
 * =h program read-only
 * the decision program: offsets below 256 are in the MAC header (from 2 on),
 * those below 512 in the IP header (from 256 on), others in the transport
 * header (from 512 on)
 * =e
 *   IPClassifier(10.0.0.0/24 and syn, 10.0.0.0/24 and fin ack,
 *                10.0.0.0/24 and tcp, -)
 *   IPClassifier(dst tcp port 8000 or 8080, dst tcp port > 1023, tcp)
 * =a IPFilter, Classifier, CheckIPHeader, MarkIPHeader, AddressInfo
 *
 * =c
 * IPFilter(ACTION_0 PATTERN_0, ..., ACTION_N PATTERN_N)
 * =s ip
 * lets IP packets pass by their headers
 * =d
 * Does with a packet what the ACTION of the first matching pattern says; drops
 * it if none matches. ACTION is the number of an output; "allow", which is 0;
 * "drop" or "deny". Patterns are IPClassifier's. "file NAME" stands for the
 * lines of that file, each an ACTION and a PATTERN, a comment (#) or empty.
 * =h program read-only
 * as IPClassifier's
 * =e
 *   IPFilter(deny src 10.0.0.0/8, allow dst tcp port 22 or 80, drop all)
 * =a IPClassifier
 *
 * Relies on lib/click/filter.h and program.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/classify.h"
#include "lib/click/files.h"
#include "lib/click/filter.h"

/* What an action of IPFilter means, and the pattern behind it. */
static int read_action(struct click_args *args, char *word, char **pattern,
                       uint32_t *target)
{
    size_t length = strcspn(word, " \t\r\n\f\v");
    uint64_t port;
    char after = word[length];

    word[length] = '\0';
    *pattern = word + length + (after != '\0');
    if (!strcmp(word, "allow") && args->element->outputs > 0)
        *target = PROGRAM_OUTPUT | 0;
    else if (!strcmp(word, "drop") || !strcmp(word, "deny"))
        *target = PROGRAM_DROP;
    else if (!click_read_integer(word, 0, UINT32_MAX, &port) &&
             port < args->element->outputs)
        *target = PROGRAM_OUTPUT | (uint32_t)port;
    else
        return click_args_error(
            args, "unknown action '%s': expected 'allow', 'drop' or an output",
            word);
    return 0;
}

static int add_pattern(struct click_args *args, unsigned int index,
                       const char *pattern, uint32_t target,
                       struct program_builder *builder)
{
    program_expr_t expr;
    char why[120];
    int error =
        filter_parse(builder, args->element, pattern, &expr, why, sizeof(why));

    if (error == -EINVAL)
        click_args_error(args, "pattern %u: %s", index, why);
    else if (error)
        click_args_error(args, "out of memory");
    else
        program_pattern(builder, expr, target);
    return error;
}

/* The pattern alone: its number is the output's. */
static int classifier_pattern(struct click_args *args, unsigned int index,
                              struct program_builder *builder)
{
    char *word = click_unquote(args->words[index], NULL);
    int error = -ENOMEM;

    if (!word)
        return click_args_error(args, "out of memory");
    error = add_pattern(args, index, word, PROGRAM_OUTPUT | index, builder);
    free(word);
    return error;
}

static int add_rule(struct click_args *args, unsigned int index, char *rule,
                    struct program_builder *builder)
{
    uint32_t target = PROGRAM_DROP;
    char *pattern = rule;
    int error = read_action(args, rule, &pattern, &target);

    return error ? error : add_pattern(args, index, pattern, target, builder);
}

/* A rule a line. */
static int add_file(struct click_args *args, unsigned int index,
                    const char *name, struct program_builder *builder)
{
    struct click_file *file =
        click_open_read(args->element, name, args->errors);
    char *rules, *line, *next, chunk[128];
    struct text text = {0};
    int error = 0;
    size_t some;

    if (!file)
        return -EINVAL;
    while ((some = click_file_read(file, chunk, sizeof(chunk))) > 0)
        text_add(&text, chunk, some);
    (void)click_close(args->element, file);
    rules = text_take(&text);
    if (!rules)
        return click_args_error(args, "out of memory");
    for (line = rules; line; line = next) {
        int wrong = 0;

        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        line += strspn(line, " \t\r");
        if (*line && *line != '#')
            wrong = add_rule(args, index, line, builder);
        error = error ? error : wrong;
    }
    free(rules);
    return error;
}

static int filter_pattern(struct click_args *args, unsigned int index,
                          struct program_builder *builder)
{
    char *word = click_unquote(args->words[index], NULL);
    int error;

    if (!word)
        return click_args_error(args, "out of memory");
    if (!strncmp(word, "file ", 5))
        error =
            add_file(args, index, word + 5 + strspn(word + 5, " "), builder);
    else
        error = add_rule(args, index, word, builder);
    free(word);
    return error;
}

static int classifier_reconfigure(struct element *element,
                                  struct click_args *args)
{
    return classify_set(element, args, classifier_pattern, true);
}

static int filter_reconfigure(struct element *element, struct click_args *args)
{
    return classify_set(element, args, filter_pattern, false);
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    struct classify *classify = (struct classify *)element;

    (void)port;
    classify_give(element, program_match_ip(&classify->program, packet),
                  packet);
}

const struct element_class click_class_IPClassifier = {
    .name = "IPClassifier",
    .ports = "1/-",
    .processing = "h/h",
    .size = sizeof(struct classify),
    .configure = classify_configure,
    .more = CLICK_MORE(.reconfigure = classifier_reconfigure),
    .cleanup = classify_cleanup,
    .push = push,
    .handlers = classify_handlers,
};

const struct element_class click_class_IPFilter = {
    .name = "IPFilter",
    .ports = "1/-",
    .processing = "h/h",
    .size = sizeof(struct classify),
    .configure = classify_configure,
    .more = CLICK_MORE(.reconfigure = filter_reconfigure),
    .cleanup = classify_cleanup,
    .push = push,
    .handlers = classify_handlers,
};
