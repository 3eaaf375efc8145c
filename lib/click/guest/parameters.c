/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * parameters.c: what a configuration may use without defining it: $MAC0, $IP0,
 * $MAC1, ... of the guest's interfaces, and NAME=value of the command line.
 *
 * The addresses are those of the xl configuration: vif=["mac=...,ip=..."].
 * Without `ip` there is no $IP0, and a configuration that uses it is told so.
 * Where an address is wanted the name of an interface, eth0, means its own.
 *
 * Concurrency: `words` is set once, before routers start; the rest is locals.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "coracle/print.h"
#include "coracle/time.h"
#include "lib/click/args.h"
#include "lib/click/guest/guest.h"
#include "lib/printf.h"

static const char *const *words; /* NAME=value */
static unsigned int word_count;

void guest_parameters_add(const char *const *added, unsigned int count)
{
    words = added;
    word_count = count;
}

/* Takes over the strings; NULL for lack of memory. */
static int add(struct guest_parameters *parameters, char *name, char *value)
{
    struct click_parameter *list = NULL;

    if (name && value)
        list = realloc(parameters->list,
                       (parameters->count + 1) * sizeof(*parameters->list));
    if (!list) {
        free(name);
        free(value);
        return -ENOMEM;
    }
    list[parameters->count++] =
        (struct click_parameter){.name = name, .value = value};
    parameters->list = list;
    return 0;
}

static int add_word(struct guest_parameters *parameters, const char *word)
{
    const char *equals = strchr(word, '=');

    return add(parameters, strndup(word, (size_t)(equals - word)),
               strdup(equals + 1));
}

static int add_text(struct guest_parameters *parameters, const char *name,
                    unsigned int index, const char *value)
{
    char text[16];

    string_format(text, sizeof(text), "%s%u", name, index);
    return add(parameters, strdup(text), strdup(value));
}

bool guest_addresses(struct router_world *world, const char *name,
                     struct router_addresses *to)
{
    struct netdev *device = NULL;
    struct netdev_info info;
    unsigned long index = NETDEV_MAX;
    char *end;

    (void)world;
    *to = (struct router_addresses){0};
    if (strncmp(name, "eth", 3) == 0 && name[3] >= '0' && name[3] <= '9') {
        index = strtoul(name + 3, &end, 10);
        if (*end != '\0')
            index = NETDEV_MAX;
    }
    if (index < NETDEV_MAX)
        device = netdev_get((unsigned int)index);
    if (!device)
        return false;
    netdev_describe(device, &info);
    to->has_ether = true;
    memcpy(to->ether, info.mac, sizeof(to->ether));
    if (info.ip[0] && click_read_ip(NULL, info.ip, &to->ip) == 0)
        to->mask = UINT32_MAX; /* of its network the toolstack says nothing */
    return true;
}

static int add_interface(struct guest_parameters *parameters,
                         unsigned int index, struct netdev *device)
{
    struct netdev_info info;
    char mac[18];
    int error;

    netdev_describe(device, &info);
    string_format(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x",
                  info.mac[0], info.mac[1], info.mac[2], info.mac[3],
                  info.mac[4], info.mac[5]);
    error = add_text(parameters, "MAC", index, mac);
    if (error == 0 && info.ip[0])
        error = add_text(parameters, "IP", index, info.ip);
    return error;
}

int guest_parameters(struct guest_parameters *parameters)
{
    int error = 0;

    *parameters = (struct guest_parameters){0};
    for (unsigned int i = 0; i < word_count && error == 0; i++)
        error = add_word(parameters, words[i]);
    for (unsigned int i = 0; i < NETDEV_MAX && error == 0; i++) {
        struct netdev *device = netdev_get(i);

        if (device)
            error = add_interface(parameters, i, device);
    }
    if (error != 0)
        guest_parameters_free(parameters);
    return error;
}

void guest_parameters_free(struct guest_parameters *parameters)
{
    for (unsigned int i = 0; i < parameters->count; i++) {
        free((char *)parameters->list[i].name);
        free((char *)parameters->list[i].value);
    }
    free(parameters->list);
    *parameters = (struct guest_parameters){0};
}

void guest_wait_interfaces(uint64_t deadline)
{
    unsigned int indexes[NETDEV_MAX];
    int count = netdev_enumerate(indexes, NETDEV_MAX);

    for (int i = 0; i < count && i < NETDEV_MAX; i++) {
        struct netdev *device;

        if (netdev_wait_up(indexes[i], deadline, &device) != 0)
            printk("click: eth%u has no backend yet; going on without it\n",
                   indexes[i]);
    }
}
