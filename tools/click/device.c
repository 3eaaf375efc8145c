/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * device.c: opening packet sockets: packet(7). It needs the right to
 * (CAP_NET_RAW).
 */
#include "tools/click/device.h"
#include <arpa/inet.h>
#include <errno.h>
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

int device_open(const char *name, bool receive, uint8_t mac[6],
                struct click_errors *errors)
{
    struct sockaddr_ll address = {.sll_family = AF_PACKET};
    struct ifreq request = {0};
    int fd;

    if (device_offline)
        return -1;
    if (strlen(name) >= sizeof(request.ifr_name)) {
        errno = ENODEV;
        return fail(-1, name, errors);
    }
    strcpy(request.ifr_name, name);
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
