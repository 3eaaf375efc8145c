/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names.c: names that a configuration gives to values.
 *
 * One list for each router, newest first; few configurations name more than a
 * dozen things, and names are looked up only while elements are configured.
 */
#include "lib/click/names.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/state.h"

struct click_name {
    struct click_name *next;
    enum name_kind kind;
    size_t scope; /* bytes of `path` that name the compound, with a slash */
    char *path;   /* the compound and the name */
    uint8_t value[16];
};

static const size_t sizes[NAME_KINDS] = {
    [NAME_IP] = 4,   [NAME_PREFIX] = 8,   [NAME_ETHER] = 6,
    [NAME_PORT] = 2, [NAME_PROTOCOL] = 1, [NAME_ANNO] = 2,
};

/* How much of an element's name is its compound's, with the slash. */
static size_t scope_length(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash ? (size_t)(slash - name) + 1 : 0;
}

int names_give(struct element *info, enum name_kind kind, const char *name,
               const void *value)
{
    struct router *router = info->router;
    size_t scope = scope_length(info->name);
    struct click_name *entry = calloc(1, sizeof(*entry));
    char *path = malloc(scope + strlen(name) + 1);

    if (!entry || !path) {
        free(entry);
        free(path);
        return -ENOMEM;
    }
    memcpy(path, info->name, scope);
    strcpy(path + scope, name);
    entry->kind = kind;
    entry->scope = scope;
    entry->path = path;
    memcpy(entry->value, value, sizes[kind]);
    entry->next = router->names;
    router->names = entry;
    return 0;
}

/* Whether `entry` is `name`, and given where `near` sees it. */
static bool is_name(const struct click_name *entry, enum name_kind kind,
                    const struct element *near, const char *name, size_t length)
{
    return entry->kind == kind &&
           !strncmp(entry->path + entry->scope, name, length) &&
           !entry->path[entry->scope + length] &&
           !strncmp(entry->path, near->name, entry->scope);
}

/* The one of the innermost compound. */
static const struct click_name *find(const struct element *near,
                                     enum name_kind kind, const char *name,
                                     size_t length)
{
    const struct click_name *found = NULL;

    for (const struct click_name *entry = near->router->names; entry;
         entry = entry->next)
        if (is_name(entry, kind, near, name, length) &&
            (!found || entry->scope > found->scope))
            found = entry;
    return found;
}

/* How long `name` is without what only says of which kind it is. */
static size_t bare_length(enum name_kind kind, const char *name)
{
    static const struct {
        enum name_kind kind;
        const char *suffix;
    } suffixes[] = {
        {NAME_IP, ":ip"},          {NAME_IP, ":ip4"},
        {NAME_PREFIX, ":ipnet"},   {NAME_PREFIX, ":ip4net"},
        {NAME_ETHER, ":eth"},      {NAME_ETHER, ":ether"},
        {NAME_ETHER, ":ethernet"},
    };
    const char *colon = strrchr(name, ':');

    for (unsigned int i = 0; colon && i < sizeof(suffixes) / sizeof(*suffixes);
         i++)
        if (suffixes[i].kind == kind && !strcmp(colon, suffixes[i].suffix))
            return (size_t)(colon - name);
    return strlen(name);
}

/* What has no name may be an interface: NAME, NAME:eth, NAME:ip, NAME:ipnet,
 * NAME:bcast, NAME:gw. */
static int find_interface(const struct element *near, enum name_kind kind,
                          const char *name, void *to)
{
    struct router_world *world = near->router->world;
    size_t length = bare_length(kind, name), all = strcspn(name, ":");
    struct router_addresses found;
    char device[32];

    if (!world->addresses || kind > NAME_ETHER || all >= sizeof(device))
        return -EINVAL;
    memcpy(device, name, all);
    device[all] = '\0';
    if (!world->addresses(world, device, &found))
        return -EINVAL;
    if (kind == NAME_IP && length > all && found.ip) {
        if (!strcmp(name + all, ":bcast"))
            found.ip |= ~found.mask;
        else if (!strcmp(name + all, ":gw"))
            found.ip = found.gateway;
        else
            return -EINVAL;
    } else if (length > all) {
        return -EINVAL;
    }
    if (kind == NAME_ETHER ? !found.has_ether : !found.ip)
        return -EINVAL;
    if (kind == NAME_ETHER)
        memcpy(to, found.ether, sizeof(found.ether));
    else if (kind == NAME_IP)
        memcpy(to, &found.ip, sizeof(found.ip));
    else
        *(struct click_prefix *)to =
            (struct click_prefix){found.ip, found.mask};
    return 0;
}

int names_find(const struct element *near, enum name_kind kind,
               const char *name, void *to)
{
    const struct click_name *entry;

    if (!near || !*name)
        return -EINVAL;
    entry = find(near, kind, name, strlen(name));
    if (!entry)
        entry = find(near, kind, name, bare_length(kind, name));
    if (!entry)
        return find_interface(near, kind, name, to);
    memcpy(to, entry->value, sizes[kind]);
    return 0;
}

void names_free(struct router *router)
{
    while (router->names) {
        struct click_name *entry = router->names;

        router->names = entry->next;
        free(entry->path);
        free(entry);
    }
}
