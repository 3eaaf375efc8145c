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
 * "drop" or "deny". Patterns are IPClassifier's.
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
#include "lib/click/element.h"
#include "lib/click/filter.h"

struct ip_classifier {
    struct element element;
    struct program program;
};

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

/* Pattern `index`: with an action in front, or its number is the output's. */
static int add_pattern(struct click_args *args, unsigned int index,
                       bool actions, struct program_builder *builder)
{
    uint32_t target = PROGRAM_OUTPUT | index;
    char *word = click_unquote(args->words[index], NULL), *pattern = word;
    program_expr_t expr;
    char why[120];
    int error;

    if (!word)
        return click_args_error(args, "out of memory");
    error = actions ? read_action(args, word, &pattern, &target) : 0;
    if (!error) {
        error = filter_parse(builder, args->element, pattern, &expr, why,
                             sizeof(why));
        if (error == -EINVAL)
            click_args_error(args, "pattern %u: %s", index, why);
        else if (error)
            click_args_error(args, "out of memory");
        else
            program_pattern(builder, expr, target);
    }
    free(word);
    return error;
}

static int set_program(struct element *element, struct click_args *args,
                       bool actions)
{
    struct ip_classifier *classifier = (struct ip_classifier *)element;
    struct program_builder builder = {0};
    struct program program;
    int error = 0;

    if (!actions && args->count != element->outputs)
        return click_args_error(args, "need %u argument%s, one per output port",
                                element->outputs,
                                element->outputs == 1 ? "" : "s");
    for (unsigned int i = 0; i < args->count; i++) {
        int wrong = add_pattern(args, i, actions, &builder);

        if (!error)
            error = wrong;
    }
    if (error) {
        program_builder_free(&builder);
        return -EINVAL;
    }
    error = program_build(&builder, &program);
    if (error)
        return click_args_error(args, error == -E2BIG ? "too many patterns"
                                                      : "out of memory");
    for (unsigned int i = 0; !actions && i < element->outputs; i++)
        if (!program_reaches(&program, i))
            click_warning(args->errors, element->landmark,
                          "pattern %u matches no packets", i);
    program_free(&classifier->program);
    classifier->program = program;
    return 0;
}

static int classifier_reconfigure(struct element *element,
                                  struct click_args *args)
{
    return set_program(element, args, false);
}

static int filter_reconfigure(struct element *element, struct click_args *args)
{
    return set_program(element, args, true);
}

static int classifier_configure(struct element *element,
                                struct click_args *args)
{
    ((struct ip_classifier *)element)->program.start = PROGRAM_DROP;
    return set_program(element, args, false);
}

static int filter_configure(struct element *element, struct click_args *args)
{
    ((struct ip_classifier *)element)->program.start = PROGRAM_DROP;
    return set_program(element, args, true);
}

static void cleanup(struct element *element)
{
    program_free(&((struct ip_classifier *)element)->program);
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    struct ip_classifier *classifier = (struct ip_classifier *)element;
    uint32_t target = program_match_ip(&classifier->program, packet);

    (void)port;
    if (target == PROGRAM_DROP)
        packet_free(packet);
    else
        element_push(element, target & ~PROGRAM_OUTPUT, packet);
}

static int read_program(struct element *element,
                        const struct click_handler *handler, const char *param,
                        struct text *out)
{
    (void)handler;
    (void)param;
    program_unparse(&((struct ip_classifier *)element)->program, out);
    return 0;
}

static const struct click_handler handlers[] = {
    {.name = "program", .read = read_program, .flags = HANDLER_CALM},
    {0},
};

const struct element_class click_class_IPClassifier = {
    .name = "IPClassifier",
    .ports = "1/-",
    .processing = "h/h",
    .size = sizeof(struct ip_classifier),
    .configure = classifier_configure,
    .reconfigure = classifier_reconfigure,
    .cleanup = cleanup,
    .push = push,
    .handlers = handlers,
};

const struct element_class click_class_IPFilter = {
    .name = "IPFilter",
    .ports = "1/-",
    .processing = "h/h",
    .size = sizeof(struct ip_classifier),
    .configure = filter_configure,
    .reconfigure = filter_reconfigure,
    .cleanup = cleanup,
    .push = push,
    .handlers = handlers,
};
