/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_lookup.c: routing tables.
 *
 * =c
 * RadixIPLookup(ADDRESS/BITS [GATEWAY] OUTPUT, ...)
 * =s iproute
 * routes packets by their destination annotation
 * =d
 * Looks a packet's destination annotation up in the table of routes: of those
 * whose network it is in, the longest prefix wins. The packet leaves by OUTPUT;
 * if the route has a GATEWAY, the annotation becomes that. A packet without a
 * route is dropped; the first one is reported.
 *
 * Upstream's tables differ in speed and size; ours are one and the same under
 * all their names: RadixIPLookup, DirectIPLookup, RangeIPLookup,
 * LinearIPLookup, SortedIPLookup, TrieIPLookup, and StaticIPLookup, which
 * cannot be changed.
 * =h table read-only
 * the routes, a line each
 * =h lookup read-only
 * takes an address: its output, and gateway if there is one; -1: no route
 * =h add write-only
 * adds the route "ADDRESS/BITS [GATEWAY] OUTPUT"; fails if the prefix has one
 * =h set write-only
 * adds a route, or replaces the one of the prefix
 * =h remove write-only
 * removes the route of "ADDRESS/BITS"; a gateway and output that follow must be
 * the route's
 * =h flush write-only
 * removes all routes
 * =h ctrl write-only
 * lines of "add ROUTE", "set ROUTE", "remove ROUTE": all of them, or, if one
 * fails, none
 * =h drops read-only
 * packets that had no route
 * =e
 *   ... -> GetIPAddress(16) -> rt :: RadixIPLookup(18.26.4.24/32 0,
 *                                18.26.4/24 1, 0/0 18.26.4.1 1);
 * =a GetIPAddress, SetIPAddress
 *
 * =c
 * DirectIPLookup(ADDRESS/BITS [GATEWAY] OUTPUT, ...)
 * =s iproute
 * routes packets by their destination annotation
 * =d
 * See RadixIPLookup.
 * =a RadixIPLookup
 *
 * =c
 * RangeIPLookup(ADDRESS/BITS [GATEWAY] OUTPUT, ...)
 * =s iproute
 * routes packets by their destination annotation
 * =d
 * See RadixIPLookup.
 * =a RadixIPLookup
 *
 * =c
 * LinearIPLookup(ADDRESS/BITS [GATEWAY] OUTPUT, ...)
 * =s iproute
 * routes packets by their destination annotation
 * =d
 * See RadixIPLookup.
 * =a RadixIPLookup
 *
 * =c
 * SortedIPLookup(ADDRESS/BITS [GATEWAY] OUTPUT, ...)
 * =s iproute
 * routes packets by their destination annotation
 * =d
 * See RadixIPLookup.
 * =a RadixIPLookup
 *
 * =c
 * TrieIPLookup(ADDRESS/BITS [GATEWAY] OUTPUT, ...)
 * =s iproute
 * routes packets by their destination annotation
 * =d
 * See RadixIPLookup.
 * =a RadixIPLookup
 *
 * =c
 * StaticIPLookup(ADDRESS/BITS [GATEWAY] OUTPUT, ...)
 * =s iproute
 * routes packets by their destination annotation
 * =d
 * See RadixIPLookup; this table cannot be changed.
 * =a RadixIPLookup
 *
 * Relies on lib/click/ip_routes.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/checksum.h"
#include "lib/click/element.h"
#include "lib/click/ip_routes.h"
#include "lib/printf.h"

struct ip_lookup {
    struct element element;
    struct ip_routes routes;
    uint64_t drops;
};

/* ---- Routes as text -------------------------------------------------------
 */

static unsigned int prefix_length(uint32_t mask)
{
    return mask ? 32 - (unsigned int)__builtin_ctz(mask) : 0;
}

static void address_text(char text[20], uint32_t address)
{
    string_format(text, 20, "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
                  address >> 8 & 255, address & 255);
}

static void route_text(const struct ip_route *route, char *prefix,
                       char *gateway)
{
    size_t length;

    address_text(prefix, route->address);
    length = strlen(prefix);
    string_format(prefix + length, 20 - length, "/%u",
                  prefix_length(route->mask));
    if (route->gateway)
        address_text(gateway, route->gateway);
    else
        strcpy(gateway, "-");
}

/* "ADDRESS/BITS [GATEWAY] OUTPUT"; without OUTPUT if `partly`: it is
 * ROUTES_NONE then. What is wrong, or NULL. */
static const char *route_parse(const struct element *element, const char *text,
                               bool partly, struct ip_route *route)
{
    unsigned int count;
    char **words = click_split_words(text, &count);
    struct click_prefix prefix = {0, ~0u};
    const char *wrong = NULL;
    uint32_t gateway = 0;
    uint64_t output = ROUTES_NONE;

    if (!words)
        return "out of memory";
    if (count < (partly ? 1 : 2) || count > 3 ||
        (click_read_ip(element, words[0], &prefix.address) &&
         click_read_prefix(element, words[0], &prefix)))
        wrong = "expected 'ADDR/MASK [GATEWAY] OUTPUT'";
    else if (count == 3 && strcmp(words[1], "-") &&
             click_read_ip(element, words[1], &gateway))
        wrong = "bad gateway address";
    else if (count > 1 &&
             click_read_integer(words[count - 1], 0, UINT32_MAX - 1, &output))
        wrong = "bad output port";
    else if (count > 1 && output >= element->outputs)
        wrong = "output port out of range";
    click_words_free(words, count);
    route->mask = ntohl(prefix.mask);
    route->address = ntohl(prefix.address & prefix.mask);
    route->gateway = ntohl(gateway);
    route->output = (uint32_t)output;
    route->gone = false;
    if (!wrong && (~route->mask & (~route->mask + 1)))
        wrong = "the mask is no prefix";
    return wrong;
}

/* ---- Changes --------------------------------------------------------------
 */

static int route_add(struct ip_lookup *lookup, const char *text, bool replace,
                     struct click_errors *errors)
{
    struct ip_route route;
    const char *wrong = route_parse(&lookup->element, text, false, &route);
    char prefix[24], gateway[20];
    uint32_t old;
    int error;

    if (wrong)
        return click_error(errors, NULL, "%s", wrong);
    error = routes_add(&lookup->routes, &route, replace, &old);
    if (error == -EEXIST) {
        route_text(&lookup->routes.routes[old], prefix, gateway);
        return click_error(errors, NULL,
                           "conflict with existing route '%s %s %u'", prefix,
                           gateway, lookup->routes.routes[old].output);
    }
    return error ? click_error(errors, NULL, "out of memory") : 0;
}

static int route_remove(struct ip_lookup *lookup, const char *text,
                        struct click_errors *errors)
{
    struct ip_route route, *old;
    const char *wrong = route_parse(&lookup->element, text, true, &route);
    uint32_t index;

    if (wrong)
        return click_error(errors, NULL, "%s", wrong);
    index = routes_exact(&lookup->routes, route.address, route.mask);
    old = &lookup->routes.routes[index == ROUTES_NONE ? 0 : index];
    if (index == ROUTES_NONE ||
        (route.output != ROUTES_NONE &&
         (old->output != route.output || old->gateway != route.gateway)))
        return click_error(errors, NULL, "route '%s' not found", text);
    routes_remove(&lookup->routes, index);
    return 0;
}

static int command(struct ip_lookup *lookup, const char *line,
                   struct click_errors *errors)
{
    size_t length = strcspn(line, " \t");
    const char *rest = line + length + strspn(line + length, " \t");

    if (length == 3 && !strncmp(line, "add", 3))
        return route_add(lookup, rest, false, errors);
    if (length == 3 && !strncmp(line, "set", 3))
        return route_add(lookup, rest, true, errors);
    if (length == 6 && !strncmp(line, "remove", 6))
        return route_remove(lookup, rest, errors);
    return click_error(errors, NULL, "bad command '%.*s'", (int)length, line);
}

static int write_control(struct element *element,
                         const struct click_handler *handler, const char *value,
                         struct click_errors *errors)
{
    struct ip_lookup *lookup = (struct ip_lookup *)element;
    char *lines = strdup(value), *rest = NULL, *line;
    struct ip_routes before;
    int error = 0;

    (void)handler;
    if (!lines || routes_copy(&before, &lookup->routes)) {
        free(lines);
        return click_error(errors, NULL, "out of memory");
    }
    for (line = strtok_r(lines, "\r\n", &rest); line && !error;
         line = strtok_r(NULL, "\r\n", &rest)) {
        line += strspn(line, " \t");
        if (*line)
            error = command(lookup, line, errors);
    }
    free(lines);
    if (error) {
        routes_clear(&lookup->routes);
        lookup->routes = before;
    } else {
        routes_clear(&before);
    }
    return error;
}

enum { ADD, SET, REMOVE, FLUSH };

static int write_route(struct element *element,
                       const struct click_handler *handler, const char *value,
                       struct click_errors *errors)
{
    struct ip_lookup *lookup = (struct ip_lookup *)element;

    switch (handler->data) {
    case REMOVE:
        return route_remove(lookup, value, errors);
    case FLUSH:
        routes_clear(&lookup->routes);
        return 0;
    default:
        return route_add(lookup, value, handler->data == SET, errors);
    }
}

/* ---- Reading --------------------------------------------------------------
 */

static int read_table(struct element *element,
                      const struct click_handler *handler, const char *param,
                      struct text *out)
{
    struct ip_lookup *lookup = (struct ip_lookup *)element;
    char prefix[24], gateway[20];

    (void)handler;
    (void)param;
    for (uint32_t i = 0; i < lookup->routes.count; i++) {
        const struct ip_route *route = &lookup->routes.routes[i];

        if (route->gone)
            continue;
        route_text(route, prefix, gateway);
        text_printf(out, "%-23s %-15s %u\n", prefix, gateway, route->output);
    }
    return 0;
}

static int read_lookup(struct element *element,
                       const struct click_handler *handler, const char *param,
                       struct text *out)
{
    struct ip_lookup *lookup = (struct ip_lookup *)element;
    const struct ip_route *route;
    uint32_t address, index;
    char gateway[20];

    (void)handler;
    if (click_read_ip(element, param, &address)) {
        text_puts(out, "expected IP address");
        return -EINVAL;
    }
    index = routes_find(&lookup->routes, ntohl(address));
    if (index == ROUTES_NONE) {
        text_puts(out, "-1");
        return 0;
    }
    route = &lookup->routes.routes[index];
    text_printf(out, "%u", route->output);
    if (route->gateway) {
        address_text(gateway, route->gateway);
        text_printf(out, " %s", gateway);
    }
    return 0;
}

/* ---- The element ----------------------------------------------------------
 */

static int configure(struct element *element, struct click_args *args)
{
    int error = 0;

    for (unsigned int i = 0; i < args->count; i++)
        if (route_add((struct ip_lookup *)element, args->words[i], false,
                      args->errors))
            error = -1;
    return error;
}

static void cleanup(struct element *element)
{
    routes_clear(&((struct ip_lookup *)element)->routes);
}

static void take_state(struct element *element, struct element *old)
{
    ((struct ip_lookup *)element)->drops = ((struct ip_lookup *)old)->drops;
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    struct ip_lookup *lookup = (struct ip_lookup *)element;
    uint32_t address = ntohl(click_anno_u32(packet, CLICK_ANNO_DST_IP));
    uint32_t index = routes_find(&lookup->routes, address);
    const struct ip_route *route;
    char text[20];

    (void)port;
    if (__builtin_expect(index == ROUTES_NONE, 0)) {
        if (lookup->drops++ == 0) {
            address_text(text, address);
            click_say(element, "%s: no route for %s", element->name, text);
        }
        packet_free(packet);
        return;
    }
    route = &lookup->routes.routes[index];
    if (route->gateway)
        click_anno_set_u32(packet, CLICK_ANNO_DST_IP, htonl(route->gateway));
    element_push(element, route->output, packet);
}

#define READERS                                                                \
    {.name = "table", .read = read_table},                                     \
        {.name = "lookup", .read = read_lookup, .flags = HANDLER_PARAM},       \
        HANDLER_FIELD("drops", struct ip_lookup, drops, u64)

static const struct click_handler static_handlers[] = {READERS, {0}};
static const struct click_handler handlers[] = {
    READERS,
    {.name = "add", .write = write_route, .data = ADD},
    {.name = "set", .write = write_route, .data = SET},
    {.name = "remove", .write = write_route, .data = REMOVE},
    {.name = "ctrl", .write = write_control},
    {.name = "flush",
     .write = write_route,
     .flags = HANDLER_BUTTON,
     .data = FLUSH},
    {0},
};

#define LOOKUP(class, its_handlers)                                            \
    const struct element_class click_class_##class = {                         \
        .name = #class,                                                        \
        .ports = "1/-",                                                        \
        .processing = "h/h",                                                   \
        .size = sizeof(struct ip_lookup),                                      \
        .configure = configure,                                                \
        .cleanup = cleanup,                                                    \
        .take_state = take_state,                                              \
        .push = push,                                                          \
        .handlers = its_handlers,                                              \
    }

LOOKUP(RadixIPLookup, handlers);
LOOKUP(DirectIPLookup, handlers);
LOOKUP(RangeIPLookup, handlers);
LOOKUP(LinearIPLookup, handlers);
LOOKUP(SortedIPLookup, handlers);
LOOKUP(TrieIPLookup, handlers);
LOOKUP(StaticIPLookup, static_handlers);
