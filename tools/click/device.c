/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * device.c: opening packet sockets: packet(7). It needs the right to
 * (CAP_NET_RAW).
 */
#include "tools/click/device.h"
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

bool device_offline;

static int fail(int fd, const char *name, struct click_errors *errors)
{
    click_error(errors, NULL, "%s: %s", name, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The interface with that name or address, into `to`. */
static bool find(const struct element *element, const char *name,
                 char to[IFNAMSIZ])
{
    struct ifaddrs *all = NULL;
    uint8_t mac[6];

    *to = '\0';
    if (strlen(name) < IFNAMSIZ && if_nametoindex(name))
        strcpy(to, name);
    else if (!click_read_ether(element, name, mac) && !getifaddrs(&all))
        for (struct ifaddrs *one = all; one && !*to; one = one->ifa_next) {
            const struct sockaddr_ll *link = (void *)one->ifa_addr;

            if (link && link->sll_family == AF_PACKET && link->sll_halen == 6 &&
                !memcmp(link->sll_addr, mac, 6))
                strcpy(to, one->ifa_name);
        }
    freeifaddrs(all);
    errno = ENODEV;
    return *to;
}

int device_open(const struct element *element, const char *name, bool receive,
                uint8_t mac[6], struct click_errors *errors)
{
    struct sockaddr_ll address = {.sll_family = AF_PACKET};
    struct ifreq request = {0};
    int fd;

    if (device_offline)
        return -1;
    if (!find(element, name, request.ifr_name))
        return fail(-1, name, errors);
    fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request))
        return fail(fd, name, errors);
    memcpy(mac, request.ifr_hwaddr.sa_data, 6);
    if (ioctl(fd, SIOCGIFINDEX, &request))
        return fail(fd, name, errors);
    address.sll_ifindex = request.ifr_ifindex;
    address.sll_protocol = receive ? htons(ETH_P_ALL) : 0;
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
        return fail(fd, name, errors);
    return fd;
}
