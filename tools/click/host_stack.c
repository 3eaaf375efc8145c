/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host_stack.c: FromHost and ToHost on a Linux host (lib/click/guest/host.c has
 * their manual): packets from and to its TCP/IP, by a TAP interface, tun(4). It
 * exists as long as its descriptor is open: a configuration that takes over and
 * has the same interface takes the descriptor.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "lib/click/router.h"
#include "tools/click/device.h"
#include "tools/click/host.h"

#define HEADROOM 64u
#define BURST    64u

struct from_host {
    struct element element;
    char *name, *ignored;
    struct click_prefix address;
    uint32_t gateway, mtu;
    uint8_t ether[6];
    int fd;
    uint64_t packets;
};

struct to_host {
    struct element element;
    char *name;
    struct from_host *from;
    uint64_t packets, drops;
};

extern const struct element_class click_class_FromHost;

/* ---- The interface --------------------------------------------------------
 */

static void set_address(struct sockaddr *to, uint32_t address)
{
    struct sockaddr_in ip = {.sin_family = AF_INET, .sin_addr.s_addr = address};

    memcpy(to, &ip, sizeof(ip));
}

/* All of it at once, by `socket`; false: errno says why. */
static bool set_up(const struct from_host *self, int socket)
{
    static const uint8_t any[6];
    struct ifreq request = {0};
    struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};

    strcpy(request.ifr_name, self->name);
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    memcpy(request.ifr_hwaddr.sa_data, self->ether, 6);
    if (memcmp(self->ether, any, 6) && ioctl(socket, SIOCSIFHWADDR, &request))
        return false;
    request.ifr_mtu = (int)self->mtu;
    if (self->mtu && ioctl(socket, SIOCSIFMTU, &request))
        return false;
    set_address(&request.ifr_addr, self->address.address);
    if (self->address.address && ioctl(socket, SIOCSIFADDR, &request))
        return false;
    set_address(&request.ifr_netmask, self->address.mask);
    if (self->address.address && ioctl(socket, SIOCSIFNETMASK, &request))
        return false;
    if (ioctl(socket, SIOCGIFFLAGS, &request))
        return false;
    request.ifr_flags |= IFF_UP;
    if (ioctl(socket, SIOCSIFFLAGS, &request))
        return false;
    set_address(&route.rt_dst, 0);
    set_address(&route.rt_genmask, 0);
    set_address(&route.rt_gateway, self->gateway);
    return !self->gateway || !ioctl(socket, SIOCADDRT, &route);
}

static int open_tap(struct from_host *self)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    int other = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;
    bool good;

    strcpy(request.ifr_name, self->name);
    good = fd >= 0 && other >= 0 && !ioctl(fd, TUNSETIFF, &request) &&
           set_up(self, other);
    error = errno;
    if (other >= 0)
        close(other);
    if (good)
        return fd;
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

/* ---- FromHost -------------------------------------------------------------
 */

static void receive(void *context)
{
    struct from_host *self = context;
    static uint8_t bytes[65536];

    for (unsigned int i = 0; i < BURST; i++) {
        ssize_t length = read(self->fd, bytes, sizeof(bytes));
        struct packet *packet;
        const uint8_t *at = bytes;

        if (length <= 0)
            return;
        packet = click_packet(HEADROOM, (unsigned int)length);
        if (!packet)
            return;
        for (struct packet *piece = packet; piece; piece = piece->more) {
            memcpy(piece->data, at, piece->length);
            at += piece->length;
        }
        click_notes(packet)->time = click_now(&self->element);
        click_set_mac_header(packet, 0);
        self->packets++;
        element_push(&self->element, 0, packet);
    }
}

static void from_defaults(struct element *element)
{
    ((struct from_host *)element)->fd = -1;
}

static int from_configure(struct element *element, struct click_args *args)
{
    return strlen(((struct from_host *)element)->name) < IFNAMSIZ
               ? 0
               : click_args_error(args, "DEVNAME: too long");
}

static int from_initialize(struct element *element, struct click_errors *errors)
{
    struct from_host *self = (struct from_host *)element;
    const struct from_host *before =
        (const struct from_host *)element_before(element);

    if (device_offline || (before && !strcmp(before->name, self->name)))
        return 0;
    self->fd = open_tap(self);
    if (self->fd < 0)
        return click_error(errors, NULL, "%s: %s", self->name, strerror(errno));
    return select_add(self->fd, false, receive, self)
               ? 0
               : click_error(errors, NULL, "out of memory");
}

static void from_take_state(struct element *element,
                            struct element *old_element)
{
    struct from_host *self = (struct from_host *)element;
    struct from_host *old = (struct from_host *)old_element;

    if (self->fd >= 0 || old->fd < 0)
        return;
    select_remove(old->fd, false);
    self->fd = old->fd;
    old->fd = -1;
    self->packets = old->packets;
    if (!select_add(self->fd, false, receive, self))
        click_say(element, "%s: out of memory", element->name);
}

static void from_cleanup(struct element *element)
{
    struct from_host *self = (struct from_host *)element;

    if (self->fd < 0)
        return;
    select_remove(self->fd, false);
    close(self->fd);
}

/* ---- ToHost ---------------------------------------------------------------
 */

static int to_initialize(struct element *element, struct click_errors *errors)
{
    struct to_host *self = (struct to_host *)element;
    struct element *other;

    for (unsigned int i = 0; (other = router_element(element->router, i));
         i++) {
        struct from_host *from = (struct from_host *)other;

        if (other->class != &click_class_FromHost ||
            (self->name && strcmp(self->name, from->name)))
            continue;
        if (self->from)
            return click_error(errors, NULL,
                               "there are several FromHosts: which DEVNAME?");
        self->from = from;
    }
    if (!self->from)
        return click_error(errors, NULL, "there is no FromHost(%s)",
                           self->name ? self->name : "...");
    self->name = self->from->name;
    return 0;
}

static void to_push(struct element *element, unsigned int port,
                    struct packet *packet)
{
    struct to_host *self = (struct to_host *)element;
    struct iovec pieces[64];
    int count = 0;
    bool good = !(packet->flags & PACKET_CSUM_BLANK || packet->gso_type) ||
                !packet_resolve(packet);

    (void)port;
    for (struct packet *piece = packet; piece && good; piece = piece->more) {
        good = count < (int)ARRAY_SIZE(pieces);
        if (good)
            pieces[count++] = (struct iovec){piece->data, piece->length};
    }
    if (good && writev(self->from->fd, pieces, count) >= 0)
        self->packets++;
    else
        self->drops++;
    packet_free(packet);
}

static void to_take_state(struct element *element, struct element *old)
{
    ((struct to_host *)element)->packets = ((struct to_host *)old)->packets;
    ((struct to_host *)element)->drops = ((struct to_host *)old)->drops;
}

/* ---- The classes ----------------------------------------------------------
 */

static const struct click_param from_params[] = {
    CLICK_PARAM("DEVNAME", struct from_host, name, string,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("DST", struct from_host, address, prefix, CLICK_POSITIONAL),
    CLICK_PARAM("GATEWAY", struct from_host, gateway, ip, CLICK_POSITIONAL),
    CLICK_PARAM("ETHER", struct from_host, ether, ether, 0),
    CLICK_PARAM("MTU", struct from_host, mtu, u32, 0),
    CLICK_PARAM("HEADROOM", struct from_host, ignored, word, CLICK_POSITIONAL),
    CLICK_PARAM("BURST", struct from_host, ignored, word, 0),
    {0},
};

static const struct click_param to_params[] = {
    CLICK_PARAM("DEVNAME", struct to_host, name, string, CLICK_POSITIONAL),
    {0},
};

static const struct click_handler from_handlers[] = {
    HANDLER_FIELD("dev_name", struct from_host, name, string),
    HANDLER_FIELD("count", struct from_host, packets, u64),
    {0},
};

static const struct click_handler to_handlers[] = {
    HANDLER_FIELD("dev_name", struct to_host, name, string),
    HANDLER_FIELD("count", struct to_host, packets, u64),
    HANDLER_FIELD("drops", struct to_host, drops, u64),
    {0},
};

const struct element_class click_class_FromHost = {
    .name = "FromHost",
    .ports = "0/1",
    .processing = "/h",
    .size = sizeof(struct from_host),
    .params = from_params,
    .defaults = from_defaults,
    .configure = from_configure,
    .initialize = from_initialize,
    .cleanup = from_cleanup,
    .take_state = from_take_state,
    .handlers = from_handlers,
};

const struct element_class click_class_ToHost = {
    .name = "ToHost",
    .ports = "1/0",
    .processing = "h/",
    .size = sizeof(struct to_host),
    .params = to_params,
    .initialize = to_initialize,
    .take_state = to_take_state,
    .push = to_push,
    .handlers = to_handlers,
};
