/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ports.c: how many ports elements have, and which of them push.
 *
 * A class says how many ports its elements may have ("1/1-": one input, any
 * number of outputs from one on), and what they are: push (h), pull (l) or
 * agnostic (a), the last letter for all ports that follow. Agnostic ports
 * become what they are connected to, and pass that on to those agnostic ports
 * of their element to which packets may go from them, or from which they may
 * come ("flow"). That spreads until nothing changes; what is still agnostic
 * then is push.
 */
#include "lib/click/ports.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Codes ----------------------------------------------------------------
 */

/* Of a code "inputs/outputs", one side; one without a slash is both. */
static const char *code_side(const char *code, bool outputs, size_t *length)
{
    const char *slash = strchr(code, '/');

    if (slash && outputs)
        code = slash + 1;
    *length = slash && !outputs ? (size_t)(slash - code) : strlen(code);
    return code;
}

struct range {
    unsigned int least, most;
};

/* "2", "1-", "1-4", "-"; of outputs also "=" and "=+": as many as inputs, and
 * one more for each plus. */
static struct range port_range(const char *ports, bool outputs,
                               unsigned int inputs)
{
    struct range range = {0, ~0u};
    size_t length;
    char *rest;

    ports = code_side(ports ? ports : "0/0", outputs, &length);
    if (*ports == '=') {
        range.least = inputs;
        while (*++ports == '+')
            range.least++;
        range.most = range.least;
        return range;
    }
    if (isdigit((unsigned char)*ports)) {
        range.least = (unsigned int)strtoul(ports, &rest, 10);
        ports = rest;
        range.most = range.least;
    }
    if (*ports == '-') {
        ports++;
        range.most = isdigit((unsigned char)*ports)
                         ? (unsigned int)strtoul(ports, NULL, 10)
                         : ~0u;
    }
    return range;
}

static char processing_code(const struct element_class *class, bool output,
                            unsigned int port)
{
    size_t length;
    const char *code =
        code_side(class->processing ? class->processing : "a", output, &length);

    if (!length)
        return 'a';
    return port < length ? code[port] : code[length - 1];
}

/* ---- Flow -----------------------------------------------------------------
 */

/* The code of one port: a letter, '#', or "[...]", "[^...]". The last one
 * stands for the ports that follow. */
static const char *flow_code(const char *flow, bool output, unsigned int port,
                             size_t *length)
{
    size_t left;
    const char *at = code_side(flow, output, &left), *end = at + left;
    const char *code = at;

    for (*length = 0; at < end; at += *length) {
        const char *close =
            *at == '[' ? memchr(at, ']', (size_t)(end - at)) : NULL;

        code = at;
        *length = close ? (size_t)(close - at) + 1 : 1;
        if (!port--)
            break;
    }
    return code;
}

/* Is the input's letter among those of the output's code? '#' is the port's own
 * number. */
static bool flow_has(const char *code, size_t length, char letter, bool same)
{
    bool not = false, found = false;

    if (length > 2 && *code == '[') {
        code++;
        length -= 2;
        not = *code == '^';
        code += not ;
        length -= not ;
    }
    for (size_t i = 0; i < length; i++)
        found |= code[i] == '#' ? letter == '#' && same : code[i] == letter;
    return found != not ;
}

bool ports_flow(const struct element_class *class, unsigned int input,
                unsigned int output, unsigned int inputs, unsigned int outputs)
{
    size_t in_length, out_length;
    const char *in, *out;
    bool same = input == output;

    (void)inputs;
    (void)outputs;
    if (!element_more(class)->flow)
        return true;
    in = flow_code(element_more(class)->flow, false, input, &in_length);
    out = flow_code(element_more(class)->flow, true, output, &out_length);
    if (!in_length || !out_length)
        return false;
    if (in_length > 2 && out_length == 1) /* "[xy]/x", likewise */
        return flow_has(in, in_length, *out, same);
    if (in_length == 1)
        return flow_has(out, out_length, *in, same);
    for (size_t i = 1; i + 1 < in_length; i++)
        if (flow_has(out, out_length, in[i], same))
            return true;
    return false;
}

/* ---- How many -------------------------------------------------------------
 */

/* Of each element, the ports that connections use. */
static bool *uses(const struct click_config *config, struct element **elements,
                  bool outputs, unsigned int **first)
{
    unsigned int total = 0;
    bool *used;

    *first = calloc(config->element_count + 1, sizeof(**first));
    for (unsigned int i = 0; *first && i < config->element_count; i++) {
        (*first)[i] = total;
        total += outputs ? elements[i]->outputs : elements[i]->inputs;
    }
    used = calloc(total + 1, sizeof(*used));
    for (unsigned int i = 0; *first && used && i < config->connection_count;
         i++) {
        const struct config_connection *c = &config->connections[i];

        if (outputs)
            used[(*first)[c->from] + c->from_port] = true;
        else
            used[(*first)[c->to] + c->to_port] = true;
    }
    return used;
}

static int say_unused(const struct click_config *config,
                      struct element **elements, bool outputs,
                      struct click_errors *errors)
{
    unsigned int *first;
    bool *used = uses(config, elements, outputs, &first);
    int result = 0;

    if (!used || !first)
        result = click_error(errors, NULL, "out of memory");
    for (unsigned int i = 0; used && first && i < config->element_count; i++) {
        const struct element *element = elements[i];
        unsigned int count = outputs ? element->outputs : element->inputs;

        for (unsigned int port = 0; port < count; port++)
            if (!used[first[i] + port])
                result = click_error(errors, element->landmark,
                                     "'%s :: %s' %s %u unused", element->name,
                                     element->class->name,
                                     outputs ? "output" : "input", port);
    }
    free(used);
    free(first);
    return result;
}

/* One more than the largest port used, within what the class allows. */
static int set_count(struct element *element, bool outputs,
                     struct click_errors *errors)
{
    struct range range =
        port_range(element->class->ports, outputs, element->inputs);
    unsigned int *count = outputs ? &element->outputs : &element->inputs;
    int result = 0;

    for (; *count > range.most; --*count)
        result = click_error(errors, element->landmark,
                             "'%s :: %s' %s %u out of range", element->name,
                             element->class->name, outputs ? "output" : "input",
                             *count - 1);
    if (*count < range.least)
        *count = range.least;
    return result;
}

int ports_count(const struct click_config *config, struct element **elements,
                struct click_errors *errors)
{
    int result = 0;

    for (unsigned int i = 0; i < config->element_count; i++)
        elements[i]->inputs = elements[i]->outputs = 0;
    for (unsigned int i = 0; i < config->connection_count; i++) {
        const struct config_connection *c = &config->connections[i];

        if (elements[c->from]->outputs <= c->from_port)
            elements[c->from]->outputs = c->from_port + 1;
        if (elements[c->to]->inputs <= c->to_port)
            elements[c->to]->inputs = c->to_port + 1;
    }
    for (unsigned int i = 0; i < config->element_count; i++) {
        if (set_count(elements[i], false, errors))
            result = -EINVAL;
        if (set_count(elements[i], true, errors))
            result = -EINVAL;
    }
    if (result)
        return result; /* connections to ports that there are not */
    if (say_unused(config, elements, false, errors))
        result = -EINVAL;
    if (say_unused(config, elements, true, errors))
        result = -EINVAL;
    return result;
}

/* ---- Push or pull ---------------------------------------------------------
 */

enum { AGNOSTIC, PUSH, PULL, REPORTED };

static const char *const word[] = {"agnostic", "push", "pull"};

/* What ports are so far: the inputs of each element, then its outputs. */
struct sides {
    const struct click_config *config;
    struct element **elements;
    struct click_errors *errors;
    unsigned int *first;
    uint8_t *state;
    bool *reported; /* by connection */
    bool changed;
    int result;
};

static uint8_t *state_of(const struct sides *sides, unsigned int element,
                         bool output, unsigned int port)
{
    unsigned int at = sides->first[element] + port;

    if (output)
        at += sides->elements[element]->inputs;
    return &sides->state[at];
}

static bool agree(struct sides *sides, uint8_t *one, uint8_t *other)
{
    if (*one == *other)
        return true;
    if (*one == AGNOSTIC || *other == AGNOSTIC) {
        *one = *other = *one ? *one : *other;
        sides->changed = true;
        return true;
    }
    return false;
}

static void spread_connection(struct sides *sides, unsigned int index)
{
    const struct config_connection *c = &sides->config->connections[index];
    const struct element *from = sides->elements[c->from];
    const struct element *to = sides->elements[c->to];
    uint8_t *output = state_of(sides, c->from, true, c->from_port);
    uint8_t *input = state_of(sides, c->to, false, c->to_port);

    if (sides->reported[index] || agree(sides, output, input))
        return;
    sides->reported[index] = true;
    sides->result = click_error(
        sides->errors, c->landmark,
        "'%s :: %s' %s output %u connected to '%s :: %s' %s input %u",
        from->name, from->class->name, word[*output], c->from_port, to->name,
        to->class->name, word[*input], c->to_port);
}

/* Inside of an agnostic element. True if its contradiction was said. */
static bool spread_element(struct sides *sides, unsigned int index)
{
    const struct element *element = sides->elements[index];

    for (unsigned int in = 0; in < element->inputs; in++) {
        if (processing_code(element->class, false, in) != 'a')
            continue;
        for (unsigned int out = 0; out < element->outputs; out++) {
            uint8_t *input = state_of(sides, index, false, in);
            uint8_t *output = state_of(sides, index, true, out);

            if (processing_code(element->class, true, out) != 'a' ||
                !ports_flow(element->class, in, out, element->inputs,
                            element->outputs) ||
                agree(sides, input, output))
                continue;
            sides->result = click_error(
                sides->errors, element->landmark,
                "agnostic '%s :: %s' in mixed context: %s input %u, %s output "
                "%u",
                element->name, element->class->name, word[*input], in,
                word[*output], out);
            return true;
        }
    }
    return false;
}

static void set_initial(struct sides *sides)
{
    for (unsigned int i = 0; i < sides->config->element_count; i++) {
        const struct element *element = sides->elements[i];
        unsigned int ports = element->inputs + element->outputs;

        for (unsigned int port = 0; port < ports; port++) {
            bool output = port >= element->inputs;
            char code = processing_code(element->class, output,
                                        output ? port - element->inputs : port);

            sides->state[sides->first[i] + port] = code == 'h'   ? PUSH
                                                   : code == 'l' ? PULL
                                                                 : AGNOSTIC;
        }
    }
}

static void spread(struct sides *sides)
{
    unsigned int elements = sides->config->element_count;
    unsigned int connections = sides->config->connection_count;
    bool *said = sides->reported + connections;

    do {
        sides->changed = false;
        for (unsigned int i = 0; i < connections; i++)
            spread_connection(sides, i);
        for (unsigned int i = 0; i < elements; i++)
            if (!said[i])
                said[i] = spread_element(sides, i);
        for (unsigned int i = connections; i-- > 0;)
            spread_connection(sides, i);
    } while (sides->changed);
}

/* A packet that is pushed can go only one way, and come only from one place
 * when it is pulled. */
static void check_reuse(struct sides *sides)
{
    unsigned int count = sides->config->connection_count;

    for (unsigned int i = 0; i < count; i++) {
        const struct config_connection *c = &sides->config->connections[i];
        const struct element *from = sides->elements[c->from];
        const struct element *to = sides->elements[c->to];
        uint8_t *output = state_of(sides, c->from, true, c->from_port);
        uint8_t *input = state_of(sides, c->to, false, c->to_port);

        if (*output == REPORTED)
            sides->result =
                click_error(sides->errors, from->landmark,
                            "illegal reuse of '%s :: %s' push output %u",
                            from->name, from->class->name, c->from_port);
        else if (*output != PULL)
            *output = REPORTED;
        if (*input == REPORTED)
            sides->result =
                click_error(sides->errors, to->landmark,
                            "illegal reuse of '%s :: %s' pull input %u",
                            to->name, to->class->name, c->to_port);
        else if (*input == PULL)
            *input = REPORTED;
    }
}

/* Before check_reuse() marks them. */
static bool tell_elements(const struct sides *sides)
{
    for (unsigned int i = 0; i < sides->config->element_count; i++) {
        struct element *element = sides->elements[i];
        const uint8_t *state = &sides->state[sides->first[i]];

        element->input_push = calloc(element->inputs + 1, sizeof(bool));
        element->output_push = calloc(element->outputs + 1, sizeof(bool));
        if (!element->input_push || !element->output_push)
            return false;
        for (unsigned int port = 0; port < element->inputs; port++)
            element->input_push[port] = *state++ != PULL;
        for (unsigned int port = 0; port < element->outputs; port++)
            element->output_push[port] = *state++ != PULL;
    }
    return true;
}

int ports_resolve(const struct click_config *config, struct element **elements,
                  struct click_errors *errors)
{
    struct sides sides = {
        .config = config, .elements = elements, .errors = errors};
    unsigned int total = 0;

    sides.first = calloc(config->element_count + 1, sizeof(*sides.first));
    for (unsigned int i = 0; sides.first && i < config->element_count; i++) {
        sides.first[i] = total;
        total += elements[i]->inputs + elements[i]->outputs;
    }
    sides.state = calloc(total + 1, sizeof(*sides.state));
    sides.reported =
        calloc(config->connection_count + config->element_count + 1,
               sizeof(*sides.reported));
    if (sides.first && sides.state && sides.reported) {
        set_initial(&sides);
        spread(&sides);
        if (!tell_elements(&sides))
            sides.result = -ENOMEM;
        if (!sides.result) /* else it is not clear what they are */
            check_reuse(&sides);
    } else {
        sides.result = -ENOMEM;
    }
    if (sides.result == -ENOMEM)
        click_error(errors, NULL, "out of memory");
    free(sides.first);
    free(sides.state);
    free(sides.reported);
    return sides.result;
}
