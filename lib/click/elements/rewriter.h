/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rewriter.h: what IPRewriter and its relatives have in common: input
 * specifications, patterns, a table of flows.
 *
 *     rewriter.c       the elements' common part: arguments, handlers, timers
 *     rewriter_spec.c  input specifications
 *     rewriter_pattern.c  patterns
 *     flow.c           the table
 *     ip_rewriter.c    IPRewriter, TCPRewriter, UDPRewriter
 *     addr_rewriter.c  IPAddrRewriter, IPAddrPairRewriter
 *     ping_rewriter.c  ICMPPingRewriter
 *     icmp_rewriter.c  ICMPRewriter: errors about rewritten packets
 *     ip_mapper.c      RoundRobinIPMapper, SourceIPHashMapper
 *     ftp_mapper.c     FTPPortMapper
 */
#ifndef CORACLE_CLICK_REWRITER_H
#define CORACLE_CLICK_REWRITER_H

#include "lib/click/element.h"
#include "lib/click/elements/flow.h"
#include "lib/click/headers.h"

/* ---- Patterns -------------------------------------------------------------
 */

/* Which fields a kind of rewriter has. */
enum pattern_kind {
    PATTERN_PORTS,     /* SADDR SPORT DADDR DPORT */
    PATTERN_ADDRESSES, /* SADDR DADDR */
    PATTERN_PING,      /* SADDR DADDR IDENT */
};

/* How a port or address of a range is chosen. */
enum pattern_choice {
    CHOOSE_SAME, /* the packet's own, if it is free; else any */
    CHOOSE_ANY,  /* ? */
    CHOOSE_NEXT, /* #: the one after the last */
};

struct pattern {
    enum pattern_kind kind;
    bool set_from, set_to, set_to_port;
    uint32_t from, to; /* network byte order; `from` is the first of a range */
    uint16_t to_port;
    /* The range: of source ports, of source addresses, of identifiers. */
    bool ranged;            /* else the field stays */
    uint32_t low, variants; /* host byte order; how many there are */
    enum pattern_choice choice;
    uint32_t next; /* variant */
    char *name;    /* of IPRewriterPatterns */
};

/* "SADDR SPORT DADDR DPORT" and the like. Freed by free(). NULL when an error
 * was said. */
struct pattern *pattern_parse(struct click_args *args, enum pattern_kind kind,
                              char *const *words, unsigned int count);
/* IPRewriterPatterns' pattern of that name, or NULL. */
struct pattern *pattern_find(const struct element *near, const char *name);
/* The same for a rewriter of another kind than PATTERN_PORTS: source ports are
 * identifiers, or mean nothing. Freed by free(). NULL: out of memory. */
struct pattern *pattern_copy(const struct pattern *from,
                             enum pattern_kind kind);
void pattern_print(const struct pattern *pattern, struct text *out);

/* What `from` becomes, such that replies are told from those of all other flows
 * in `table`. False: all of the range is in use. */
bool pattern_apply(struct pattern *pattern, const struct flow_table *table,
                   struct element *element, const struct flow_id *from,
                   struct flow_id *to);

/* ---- Mappers --------------------------------------------------------------
 */

/* What element_cast(element, "IPMapper") gives. */
struct ip_mapper {
    struct element *element;
    /* Decide what `from` becomes and where both sides leave; false: drop. */
    bool (*map)(struct ip_mapper *mapper, const struct flow_table *table,
                const struct flow_id *from, struct flow_id *to,
                unsigned int outputs[2]);
};

/* ---- Input specifications -------------------------------------------------
 */

enum spec_action { SPEC_DROP, SPEC_PASS, SPEC_KEEP, SPEC_PATTERN, SPEC_MAPPER };

struct spec {
    enum spec_action action;
    unsigned int outputs[2]; /* forward and reply */
    struct pattern *pattern;
    bool shared; /* the pattern is IPRewriterPatterns' */
    struct ip_mapper *mapper;
};

/* 0, or -EINVAL when an error was said. */
MUST_CHECK int spec_parse(struct click_args *args, enum pattern_kind kind,
                          const char *word, unsigned int number,
                          struct spec *spec);
void spec_free(struct spec *spec);
void spec_print(const struct spec *spec, struct text *out);

/* ---- Rewriters ------------------------------------------------------------
 */

struct rewriter {
    struct element element; /* first */
    enum pattern_kind kind;
    struct spec *specs; /* one for each input */
    unsigned int spec_count;

    struct flow_table table;
    struct flow_budget own;
    char *capacity_word;

    bool dst_anno;
    bool all_udp; /* UDPRewriter: TCP has UDP's timeouts */
    struct click_anno reply_anno;
    uint64_t tcp_timeout, tcp_done, tcp_nodata, udp_timeout, udp_streaming;
    uint64_t tcp_guarantee, udp_guarantee, guarantee, reap_interval;
    uint64_t failures; /* flows that could not be mapped */
    char *ignored;
    struct click_timer reaper;
};

/* Keywords of all rewriters, for their tables. */
#define REWRITER_PARAMS                                                        \
    CLICK_PARAM("MAPPING_CAPACITY", struct rewriter, capacity_word, string,    \
                0),                                                            \
        CLICK_PARAM("CAPACITY", struct rewriter, capacity_word, string, 0),    \
        CLICK_PARAM("DST_ANNO", struct rewriter, dst_anno, bool, 0),           \
        CLICK_PARAM("REPLY_ANNO", struct rewriter, reply_anno, anno, 0),       \
        CLICK_PARAM("REAP_INTERVAL", struct rewriter, reap_interval, interval, \
                    0),                                                        \
        CLICK_PARAM("GUARANTEE", struct rewriter, guarantee, interval, 0)

/* For element_class, which adds configure(), initialize() and push().
 * rewriter_configure() with the kind's specifications. */
#define REWRITER_CLASS(class_name, structure, its_params)                      \
    .name = #class_name, .ports = "1-/1-256", .processing = "h/h",             \
    .size = sizeof(structure), .params = (its_params),                         \
    .phase = CLICK_PHASE_REWRITER, .defaults = rewriter_defaults,              \
    .cleanup = rewriter_cleanup, .take_state = rewriter_take_state,            \
    .more = CLICK_MORE(.cast = rewriter_cast), .handlers = rewriter_handlers
void rewriter_defaults(struct element *element);
MUST_CHECK int rewriter_configure(struct element *element,
                                  struct click_args *args,
                                  enum pattern_kind kind);
int rewriter_initialize(struct element *element, struct click_errors *errors);
void rewriter_cleanup(struct element *element);
void rewriter_take_state(struct element *element, struct element *old);
void *rewriter_cast(struct element *element, const char *interface);
extern const struct click_handler rewriter_handlers[];

/*
 * What a packet with `id` that came in at `input` and is of no flow needs: a
 * new flow, whose side 0 is returned; or NULL, when the packet was passed on or
 * dropped. `timeout` and `guarantee` are a new flow's.
 */
struct flow_side *rewriter_new_flow(struct rewriter *rewriter,
                                    unsigned int input,
                                    const struct flow_id *id,
                                    struct packet *packet, uint64_t timeout,
                                    uint64_t guarantee);

/* A packet that cannot be of a flow: passed if the input passes, else dropped.
 */
void rewriter_other(struct rewriter *rewriter, unsigned int input,
                    struct packet *packet);

/* What `side` says with TCP is `grown` bytes longer (may be negative) behind
 * sequence number `at`, the last one of what was changed. Again for the same
 * place: nothing changes. -ENOMEM. */
MUST_CHECK int rewriter_shift(struct flow_side *side, uint32_t at, int grown);

/* Set both addresses of an IP header, its checksum and the annotations, and
 * count the packet. */
void rewriter_apply_addresses(struct rewriter *rewriter, struct flow_side *side,
                              struct packet *packet, struct ip_header *ip);

/* The packet leaves; its flow stays for `timeout`. */
void rewriter_send(struct rewriter *rewriter, struct flow_side *side,
                   struct packet *packet, uint64_t timeout);

/* `checksum` after the words it covers grew by `delta`. */
static inline uint16_t checksum_grow(uint16_t checksum, uint16_t delta)
{
    uint32_t sum = (uint16_t)~checksum + (uint32_t)delta;

    return (uint16_t) ~((sum & 0xffff) + (sum >> 16));
}

#endif
