/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interface.c: which elements stand at which network interface.
 *
 * An interface tells one listener that something changed (coracle/netdev.h),
 * but several elements want to know: a FromDevice, one or more ToDevices, and
 * during a hot swap those of both configurations. So each interface has a list
 * of them, and an event marks them all; their router's thread then lets their
 * tasks run, which find out what it was.
 *
 * Concurrency: the interface's lock guards its list; events take it too.
 */
#include <errno.h>
#include <string.h>
#include "coracle/spinlock.h"
#include "lib/click/guest/guest.h"

static struct interface {
    struct spinlock lock;
    struct list ends;       /* guarded by lock; {NULL}: never used */
    unsigned int listening; /* queues whose events come here */
} interfaces[NETDEV_MAX];

/* ---- Names ----------------------------------------------------------------
 */

/* The number behind "eth", "en", "vif" or nothing; false if there is none. */
static bool read_index(const char *name, unsigned int *index)
{
    static const char *const prefixes[] = {"eth", "en", "vif", ""};
    uint64_t number;

    for (unsigned int i = 0; i < ARRAY_SIZE(prefixes); i++) {
        size_t length = strlen(prefixes[i]);

        if (strncmp(name, prefixes[i], length) == 0 &&
            click_read_integer(name + length, 0, NETDEV_MAX - 1, &number) ==
                0) {
            *index = (unsigned int)number;
            return true;
        }
    }
    return false;
}

static bool find_mac(const uint8_t mac[6], unsigned int *index)
{
    for (unsigned int i = 0; i < NETDEV_MAX; i++) {
        struct netdev *device = netdev_get(i);
        struct netdev_info info;

        if (!device)
            continue;
        netdev_describe(device, &info);
        if (memcmp(info.mac, mac, sizeof(info.mac)) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

static void list_interfaces(struct text *out)
{
    for (unsigned int i = 0; i < NETDEV_MAX; i++) {
        struct netdev *device = netdev_get(i);
        struct netdev_info info;

        if (!device)
            continue;
        netdev_describe(device, &info);
        text_printf(out, "%seth%u (%02x:%02x:%02x:%02x:%02x:%02x)",
                    out->length > 0 ? ", " : "", i, info.mac[0], info.mac[1],
                    info.mac[2], info.mac[3], info.mac[4], info.mac[5]);
    }
}

int device_index(struct click_args *args, const char *name, unsigned int *index)
{
    struct text known = {0};
    uint8_t mac[6];
    bool found;
    int result = 0;

    if (read_index(name, index))
        found = netdev_get(*index) != NULL;
    else /* NAME:eth, too, where AddressInfo says it */
        found =
            !click_read_ether(args->element, name, mac) && find_mac(mac, index);
    if (!found) {
        list_interfaces(&known);
        result = click_args_error(
            args, "there is no interface '%s'; this domain has %s", name,
            known.length > 0 ? known.bytes : "none (vif= in its xl file)");
        text_free(&known);
    }
    if (found && tcpip_has(*index))
        result = click_args_error(
            args, "eth%u is TCP/IP's: ip%u= on the command line says so",
            *index, *index);
    return result;
}

/* ---- Ends -----------------------------------------------------------------
 */

/* Event context. */
static void changed(void *argument)
{
    struct interface *interface = argument;

    spin_lock(&interface->lock);
    list_for_each (at, &interface->ends) {
        struct device_end *end = container_of(at, struct device_end, link);

        atomic_store(&end->ready, true);
        guest_wake(end->guest);
    }
    spin_unlock(&interface->lock);
}

/* Whose other end receives what `end` wants to; those of the configuration that
 * `end`'s replaces do not count. */
static struct guest *rival(const struct interface *interface,
                           const struct device_end *end)
{
    list_for_each (at, &interface->ends) {
        struct device_end *other = container_of(at, struct device_end, link);

        if (other->receives && (other->guest != end->guest ||
                                other->element->router == end->element->router))
            return other->guest;
    }
    return NULL;
}

int device_join(struct device_end *end, struct element *element,
                struct click_task *task, unsigned int index, bool receives,
                struct click_errors *errors)
{
    struct interface *interface = &interfaces[index];
    struct guest *owner = NULL; /* of an element that receives already */

    end->element = element;
    end->task = task;
    end->device = netdev_get(index);
    end->guest = guest_of(element);
    end->index = index;
    end->receives = receives;
    spin_lock(&interface->lock);
    if (!interface->ends.next)
        list_init(&interface->ends);
    if (receives)
        owner = rival(interface, end);
    if (!owner)
        list_add_tail(&interface->ends, &end->link);
    spin_unlock(&interface->lock);
    if (owner) { /* a guest stays for ever, its elements do not */
        end->guest = NULL;
        return click_error(errors, element->landmark,
                           "eth%u: its packets go to a FromDevice of router %u "
                           "already",
                           index, guest_number(owner));
    }
    guest_add_end(end->guest, end);
    return 0;
}

void device_leave(struct device_end *end)
{
    struct interface *interface = &interfaces[end->index];

    if (!end->guest) /* never joined */
        return;
    spin_lock(&interface->lock);
    list_del(&end->link);
    spin_unlock(&interface->lock);
    guest_remove_end(end->guest, end);
    end->guest = NULL;
}

void device_listen(struct device_end *end, unsigned int queues)
{
    struct interface *interface = &interfaces[end->index];
    unsigned int first;

    spin_lock(&interface->lock);
    first = interface->listening;
    if (queues > first)
        interface->listening = queues;
    spin_unlock(&interface->lock);
    for (unsigned int queue = first; queue < queues; queue++)
        netdev_listen(end->device, queue, changed, interface);
}
