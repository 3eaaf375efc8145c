/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rewriter.c: the common part of IPRewriter and its relatives.
 */
#include "lib/click/elements/rewriter.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/printf.h"

#define SECOND 1000000000ull

#define CAPACITY_DEFAULT 65536u
#define REAP_MOST        256u /* flows in one go, so that packets go on */

/* ---- Specifications that change -------------------------------------------
 */

static bool of_input(const struct flow *flow, void *argument)
{
    return flow->input == *(const unsigned int *)argument;
}

/* A new specification: flows that came by the old one end. */
static int write_pattern(struct element *element,
                         const struct click_handler *handler, const char *value,
                         struct click_errors *errors)
{
    struct rewriter *self = (struct rewriter *)element;
    struct click_args args = {.element = element, .errors = errors};
    unsigned int input = (unsigned int)handler->data;
    struct spec fresh;
    int error = spec_parse(&args, self->kind, value, input, &fresh);

    if (error != 0)
        return error;
    flow_remove_if(&self->table, of_input, &input);
    spec_free(&self->specs[input]);
    self->specs[input] = fresh;
    return 0;
}

static int read_pattern(struct element *element,
                        const struct click_handler *handler, const char *param,
                        struct text *out)
{
    (void)param;
    spec_print(&((struct rewriter *)element)->specs[handler->data], out);
    return 0;
}

/* pattern0, pattern1, ... */
static int add_pattern_handlers(struct rewriter *self)
{
    int error = 0;

    for (unsigned int i = 0; i < self->spec_count && error == 0; i++) {
        struct click_handler handler = {
            .read = read_pattern, .write = write_pattern, .data = i};
        size_t size = sizeof("pattern4294967295");
        char *name = element_alloc(&self->element, size);

        if (!name)
            return -ENOMEM;
        string_format(name, size, "pattern%u", i);
        handler.name = name;
        error = element_add_handler(&self->element, &handler);
    }
    return error;
}

/* ---- Arguments ------------------------------------------------------------
 */

void rewriter_defaults(struct element *element)
{
    struct rewriter *self = (struct rewriter *)element;

    self->dst_anno = true;
    self->tcp_timeout = 86400 * SECOND;
    self->tcp_done = 240 * SECOND;
    self->tcp_nodata = 300 * SECOND;
    self->udp_timeout = 300 * SECOND;
    self->guarantee = 5 * SECOND;
    self->tcp_guarantee = self->udp_guarantee = UINT64_MAX; /* as guarantee */
    self->reap_interval = 900 * SECOND;
    self->own.element = element;
    self->own.capacity = CAPACITY_DEFAULT;
}

/* A number, or another rewriter whose budget is shared. */
static int read_capacity(struct rewriter *self, struct click_args *args)
{
    struct element *other;
    struct rewriter *lender;
    uint64_t capacity;

    self->table.budget = &self->own;
    if (!self->capacity_word)
        return 0;
    if (click_read_integer(self->capacity_word, 1, 1u << 24, &capacity) == 0) {
        self->own.capacity = (uint32_t)capacity;
        return 0;
    }
    other = element_find(&self->element, self->capacity_word);
    lender = other ? element_cast(other, "Rewriter") : NULL;
    if (!lender || lender == self)
        return click_args_error(args,
                                "MAPPING_CAPACITY: expected 1 to %u, or "
                                "another rewriter, not '%s'",
                                1u << 24, self->capacity_word);
    self->table.budget = &lender->own;
    return 0;
}

int rewriter_configure(struct element *element, struct click_args *args,
                       enum pattern_kind kind)
{
    struct rewriter *self = (struct rewriter *)element;
    int error = 0;

    self->kind = kind;
    if (args->count != element->inputs)
        return click_args_error(args,
                                "need %u arguments, one per input port, not %u",
                                element->inputs, args->count);
    self->specs = calloc(args->count, sizeof(*self->specs));
    if (!self->specs)
        return -ENOMEM;
    for (unsigned int i = 0; i < args->count; i++) { /* say all errors */
        int wrong = spec_parse(args, kind, args->words[i], i, &self->specs[i]);

        error = error ? error : wrong;
        self->spec_count++;
    }
    error = error ? error : add_pattern_handlers(self);
    error = error ? error : read_capacity(self, args);
    return error ? error : flow_table_init(&self->table, self->table.budget);
}

/* ---- Life -----------------------------------------------------------------
 */

static void reap(struct click_timer *timer)
{
    struct rewriter *self = container_of(timer, struct rewriter, reaper);
    bool more =
        flow_reap(self->table.budget, click_steady(&self->element), REAP_MOST);

    if (timer_schedule_after(timer, more ? 1 : (int64_t)self->reap_interval) !=
        0)
        click_say(&self->element, "%s: no memory; flows do not time out now",
                  self->element.name);
}

int rewriter_initialize(struct element *element, struct click_errors *errors)
{
    struct rewriter *self = (struct rewriter *)element;

    (void)errors;
    if (self->udp_streaming == 0)
        self->udp_streaming = self->udp_timeout;
    if (self->tcp_guarantee == UINT64_MAX)
        self->tcp_guarantee = self->guarantee;
    if (self->udp_guarantee == UINT64_MAX)
        self->udp_guarantee = self->guarantee;
    timer_init(&self->reaper, element, reap);
    return timer_schedule_after(&self->reaper, (int64_t)self->reap_interval);
}

void rewriter_cleanup(struct element *element)
{
    struct rewriter *self = (struct rewriter *)element;

    timer_unschedule(&self->reaper);
    flow_table_free(&self->table);
    for (unsigned int i = 0; i < self->spec_count; i++)
        spec_free(&self->specs[i]);
    free(self->specs);
}

static bool keep_flow(struct flow *flow, void *argument)
{
    const struct rewriter *self = argument;

    return flow->input < self->spec_count &&
           flow->sides[0].output < self->element.outputs &&
           flow->sides[1].output < self->element.outputs;
}

void rewriter_take_state(struct element *element, struct element *old)
{
    struct rewriter *self = (struct rewriter *)element;
    struct rewriter *before = (struct rewriter *)old;

    flow_take(&self->table, &before->table, keep_flow, self);
    self->failures = before->failures;
    for (unsigned int i = 0; i < self->spec_count && i < before->spec_count;
         i++) {
        if (self->specs[i].pattern && before->specs[i].pattern)
            self->specs[i].pattern->next = before->specs[i].pattern->next;
    }
}

void *rewriter_cast(struct element *element, const char *interface)
{
    return strcmp(interface, "Rewriter") == 0 ? element : NULL;
}

/* ---- Flows ----------------------------------------------------------------
 */

void rewriter_other(struct rewriter *self, unsigned int input,
                    struct packet *packet)
{
    const struct spec *spec = &self->specs[input];

    if (spec->action == SPEC_PASS)
        element_push(&self->element, spec->outputs[0], packet);
    else
        packet_free(packet);
}

/* What a new flow's packets become. */
static bool choose(struct rewriter *self, const struct spec *spec,
                   const struct flow_id *id, struct flow_id *to,
                   unsigned int outputs[2])
{
    memcpy(outputs, spec->outputs, sizeof(spec->outputs));
    if (spec->action == SPEC_KEEP) {
        *to = *id;
        return true;
    }
    if (spec->action == SPEC_PATTERN)
        return pattern_apply(spec->pattern, &self->table, &self->element, id,
                             to);
    return spec->mapper->map(spec->mapper, &self->table, id, to, outputs) &&
           outputs[0] < self->element.outputs &&
           outputs[1] < self->element.outputs;
}

struct flow_side *rewriter_new_flow(struct rewriter *self, unsigned int input,
                                    const struct flow_id *id,
                                    struct packet *packet, uint64_t timeout,
                                    uint64_t guarantee)
{
    const struct spec *spec = &self->specs[input];
    unsigned int outputs[2];
    struct flow *flow = NULL;
    struct flow_id to;

    if (spec->action == SPEC_DROP || spec->action == SPEC_PASS) {
        rewriter_other(self, input, packet);
        return NULL;
    }
    if (choose(self, spec, id, &to, outputs))
        flow = flow_add(&self->table, id, &to, click_steady(&self->element),
                        timeout, guarantee);
    if (!flow) {
        self->failures++;
        packet_free(packet);
        return NULL;
    }
    flow->input = input;
    flow->sides[0].output = (uint8_t)outputs[0];
    flow->sides[1].output = (uint8_t)outputs[1];
    if (self->reply_anno.size > 0)
        memcpy(&flow->reply_note,
               click_notes(packet)->user + self->reply_anno.offset,
               self->reply_anno.size);
    return &flow->sides[0];
}

void rewriter_apply_addresses(struct rewriter *self, struct flow_side *side,
                              struct packet *packet, struct ip_header *ip)
{
    struct flow *flow = flow_of(side);
    struct flow_id to = flow_target(side);

    if (to.from != 0 || side->id.from != 0)
        ip->from = to.from;
    if (to.to != 0 || side->id.to != 0)
        ip->to = to.to;
    ip->checksum = checksum_grow(ip->checksum, side->addresses);
    if (self->dst_anno)
        click_anno_set_u32(packet, CLICK_ANNO_DST_IP, ip->to);
    if (side->number == 1 && self->reply_anno.size > 0)
        memcpy(click_notes(packet)->user + self->reply_anno.offset,
               &flow->reply_note, self->reply_anno.size);
    if (flow->seen[side->number] < UINT8_MAX)
        flow->seen[side->number]++;
}

void rewriter_send(struct rewriter *self, struct flow_side *side,
                   struct packet *packet, uint64_t timeout)
{
    flow_use(flow_of(side), click_steady(&self->element), timeout);
    element_push(&self->element, side->output, packet);
}

/* ---- Handlers -------------------------------------------------------------
 */

enum { ALL, TCP, UDP, PATTERNS, SIZE, CAPACITY, FAILURES, CLEAR };

static void print_side(struct text *out, struct flow_side *side, int64_t now)
{
    struct flow *flow = flow_of(side);
    struct flow_id to = flow_target(side);
    int64_t left = flow->used + (int64_t)flow->timeout - now;

    left = left < 0 ? 0 : left;
    flow_print_id(out, &side->id);
    text_puts(out, " => ");
    flow_print_id(out, &to);
    text_printf(out, " [%s%u %s%u] i%u exp %lld.%03lld\n",
                side->number == 0 ? "*" : "", flow->sides[0].output,
                side->number == 1 ? "*" : "", flow->sides[1].output,
                flow->input, (long long)(left / 1000000000),
                (long long)(left % 1000000000 / 1000000));
}

static void print_flows(struct rewriter *self, struct text *out,
                        uint32_t protocol)
{
    int64_t now = click_steady(&self->element);

    for (struct flow *flow = flow_next(&self->table, NULL); flow;
         flow = flow_next(&self->table, flow)) {
        if (protocol != 0 && flow->sides[0].id.protocol != protocol)
            continue;
        print_side(out, &flow->sides[0], now);
        print_side(out, &flow->sides[1], now);
    }
}

static int read_handler(struct element *element,
                        const struct click_handler *handler, const char *param,
                        struct text *out)
{
    struct rewriter *self = (struct rewriter *)element;

    (void)param;
    switch (handler->data) {
    case ALL:
        print_flows(self, out, 0);
        break;
    case TCP:
        print_flows(self, out, PROTOCOL_TCP);
        break;
    case UDP:
        print_flows(self, out, PROTOCOL_UDP);
        break;
    case PATTERNS:
        for (unsigned int i = 0; i < self->spec_count; i++) {
            spec_print(&self->specs[i], out);
            text_puts(out, "\n");
        }
        break;
    case SIZE:
        text_printf(out, "%u", self->table.budget->count);
        break;
    case CAPACITY:
        text_printf(out, "%u", self->table.budget->capacity);
        break;
    default:
        text_printf(out, "%llu", (unsigned long long)self->failures);
    }
    return 0;
}

/* "SADDR SPORT DADDR DPORT" */
static int read_lookup(struct element *element,
                       const struct click_handler *handler, const char *param,
                       struct text *out)
{
    struct rewriter *self = (struct rewriter *)element;
    unsigned int count;
    char **words = click_split_words(param, &count);
    struct flow_id id = {.protocol = (uint32_t)handler->data}, to;
    uint64_t ports[2] = {0, 0};
    struct flow_side *side = NULL;
    int error = 0;

    if (!words || count != 4 ||
        click_read_ip(element, words[0], &id.from) != 0 ||
        click_read_integer(words[1], 0, 65535, &ports[0]) != 0 ||
        click_read_ip(element, words[2], &id.to) != 0 ||
        click_read_integer(words[3], 0, 65535, &ports[1]) != 0) {
        text_printf(out, "expected 'SADDR SPORT DADDR DPORT', not '%s'", param);
        error = -EINVAL;
    } else {
        id.from_port = htons((uint16_t)ports[0]);
        id.to_port = htons((uint16_t)ports[1]);
        side = flow_find(&self->table, &id);
    }
    if (words)
        click_words_free(words, count);
    if (side) {
        to = flow_target(side);
        text_ip(out, &to.from);
        text_printf(out, " %u ", ntohs(to.from_port));
        text_ip(out, &to.to);
        text_printf(out, " %u", ntohs(to.to_port));
    }
    return error;
}

static bool every(const struct flow *flow, void *argument)
{
    (void)flow;
    (void)argument;
    return true;
}

static int write_handler(struct element *element,
                         const struct click_handler *handler, const char *value,
                         struct click_errors *errors)
{
    struct rewriter *self = (struct rewriter *)element;
    uint64_t capacity;

    if (handler->data == CLEAR) {
        flow_remove_if(&self->table, every, NULL);
        return 0;
    }
    if (click_read_integer(value, 1, 1u << 24, &capacity) != 0)
        return click_error(errors, NULL, "expected 1 to %u, not '%s'", 1u << 24,
                           value);
    flow_limit(self->table.budget, (uint32_t)capacity);
    return 0;
}

const struct click_handler rewriter_handlers[] = {
    {.name = "mappings", .read = read_handler, .data = ALL},
    {.name = "table", .read = read_handler, .data = ALL},
    {.name = "tcp_mappings", .read = read_handler, .data = TCP},
    {.name = "tcp_table", .read = read_handler, .data = TCP},
    {.name = "udp_mappings", .read = read_handler, .data = UDP},
    {.name = "udp_table", .read = read_handler, .data = UDP},
    {.name = "patterns", .read = read_handler, .data = PATTERNS},
    {.name = "size", .read = read_handler, .data = SIZE},
    {.name = "nmappings", .read = read_handler, .data = SIZE},
    {.name = "capacity",
     .read = read_handler,
     .write = write_handler,
     .data = CAPACITY},
    {.name = "mapping_failures", .read = read_handler, .data = FAILURES},
    {.name = "tcp_lookup",
     .read = read_lookup,
     .flags = HANDLER_PARAM,
     .data = PROTOCOL_TCP},
    {.name = "udp_lookup",
     .read = read_lookup,
     .flags = HANDLER_PARAM,
     .data = PROTOCOL_UDP},
    {.name = "clear",
     .write = write_handler,
     .flags = HANDLER_BUTTON,
     .data = CLEAR},
    {0},
};
