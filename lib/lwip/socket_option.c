/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket_option.c: getsockopt() and setsockopt().
 *
 * Most options are an int. Those that are structures are handled here by name,
 * those that only one protocol has by that protocol's own function
 * (socket_tcp_option.c, socket_datagram_option.c), those of multicast groups in
 * socket_multicast.c. An option that nothing here knows is
 * ENOPROTOOPT, so that a program can tell.
 *
 * Options that change nothing, though they are accepted and remembered, as
 * programs set them by habit: SO_SNDBUF (lwIP's is the same for all), and
 * SO_RCVBUF of TCP, whose window is the same for all.
 *
 * Concurrency: the core lock is taken here.
 */
#include <net/if.h>
#include <string.h>
#include <sys/time.h>
#include "lib/lwip/socket.h"
#include "lib/lwip/socket_datagram.h"
#include "lib/lwip/socket_tcp.h"
#include "lwip/ip.h"
#include "lwip/netif.h"
#include "lwip/tcp.h"

#define LINGER_MAX 32767 /* seconds */

/* ---- Structures -----------------------------------------------------------
 */

static int get_bytes(void *to, socklen_t *size, const void *from, size_t length)
{
    if (*size > length)
        *size = (socklen_t)length;
    memcpy(to, from, *size);
    return 0;
}

static int get_time(uint64_t ns, void *to, socklen_t *size)
{
    struct timeval time = {
        .tv_sec = (time_t)(ns / NS_PER_S),
        .tv_usec = (suseconds_t)(ns % NS_PER_S / NS_PER_US),
    };

    return get_bytes(to, size, &time, sizeof(time));
}

static int set_time(uint64_t *ns, const void *from, socklen_t size)
{
    struct timeval time;

    if (size < sizeof(time))
        return -EINVAL;
    memcpy(&time, from, sizeof(time));
    if (time.tv_usec < 0 || time.tv_usec >= 1000000)
        return -EDOM;
    if (time.tv_sec < 0)
        time.tv_sec = time.tv_usec = 0;
    /* Longer than the machine will run is no limit. */
    *ns = time.tv_sec > INT32_MAX ? 0
                                  : (uint64_t)time.tv_sec * NS_PER_S +
                                        (uint64_t)time.tv_usec * NS_PER_US;
    return 0;
}

static int set_linger(struct inet_socket *socket, const void *from,
                      socklen_t size)
{
    struct linger linger;

    if (size < sizeof(linger))
        return -EINVAL;
    memcpy(&linger, from, sizeof(linger));
    if (socket->protocol != &tcp_protocol)
        return -ENOPROTOOPT;
    if (linger.l_linger < 0 || linger.l_linger > LINGER_MAX)
        linger.l_linger = LINGER_MAX;
    tcp_socket_of(socket)->linger = linger.l_onoff ? linger.l_linger + 1 : 0;
    return 0;
}

static int get_linger(struct inet_socket *socket, void *to, socklen_t *size)
{
    struct linger linger = {0, 0};

    if (socket->protocol == &tcp_protocol &&
        tcp_socket_of(socket)->linger > 0) {
        linger.l_onoff = 1;
        linger.l_linger = tcp_socket_of(socket)->linger - 1;
    }
    return get_bytes(to, size, &linger, sizeof(linger));
}

/* SO_BINDTODEVICE: an interface's name; an empty one ends it. */
static int set_device(struct inet_socket *socket, const void *from,
                      socklen_t size)
{
    char name[IF_NAMESIZE] = "";
    struct netif *netif = NULL;

    memcpy(name, from, size < sizeof(name) - 1 ? size : sizeof(name) - 1);
    if (socket->pcb.ip == NULL)
        return -EINVAL;
    if (name[0] != '\0') {
        netif = netif_find(name);
        if (netif == NULL)
            return -ENODEV;
    }
    socket->pcb.ip->netif_idx =
        netif == NULL ? NETIF_NO_INDEX : netif_get_index(netif);
    return 0;
}

static int get_device(struct inet_socket *socket, void *to, socklen_t *size)
{
    char name[IF_NAMESIZE] = "";

    if (socket->pcb.ip != NULL && socket->pcb.ip->netif_idx != NETIF_NO_INDEX)
        netif_index_to_name(socket->pcb.ip->netif_idx, name);
    return get_bytes(to, size, name, strlen(name) + 1);
}

/* ---- Integers of all sockets ----------------------------------------------
 */

/* lwIP's flag for an option of SOL_SOCKET; 0: it has none. */
static uint8_t flag_of(int name)
{
    switch (name) {
    case SO_REUSEADDR:
        return SOF_REUSEADDR;
    case SO_KEEPALIVE:
        return SOF_KEEPALIVE;
    case SO_BROADCAST:
        return SOF_BROADCAST;
    default:
        return 0;
    }
}

static int get_socket_option(struct inet_socket *socket, int name, int *value)
{
    uint8_t flag = flag_of(name);

    if (flag != 0) {
        *value = socket->pcb.ip != NULL && ip_get_option(socket->pcb.ip, flag);
        return 0;
    }
    switch (name) {
    case SO_TYPE:
        *value = socket->protocol->type;
        return 0;
    case SO_DOMAIN:
        *value = socket->ipv6 ? AF_INET6 : AF_INET;
        return 0;
    case SO_PROTOCOL:
        *value = socket->number;
        return 0;
    case SO_ERROR:
        *value = -inet_take_error(socket);
        if (socket->protocol == &tcp_protocol)
            tcp_update(tcp_socket_of(socket), 0);
        else
            datagram_update(datagram_socket_of(socket), 0);
        return 0;
    case SO_SNDBUF:
        *value = TCP_SND_BUF;
        return 0;
    case SO_RCVLOWAT:
    case SO_SNDLOWAT:
        *value = 1;
        return 0;
    default:
        return socket->protocol->get_option(socket, SOL_SOCKET, name, value);
    }
}

static int set_socket_option(struct inet_socket *socket, int name, int value)
{
    uint8_t flag = flag_of(name);

    if (flag != 0 && socket->pcb.ip != NULL) {
        if (value)
            ip_set_option(socket->pcb.ip, flag);
        else
            ip_reset_option(socket->pcb.ip, flag);
        return 0;
    }
    switch (name) {
    case SO_SNDBUF:
        return value < 0 ? -EINVAL : 0;
    case SO_DONTROUTE:
    case SO_OOBINLINE:
    case SO_DEBUG:
        return 0;
    case SO_REUSEADDR:
    case SO_KEEPALIVE:
    case SO_BROADCAST: /* the connection is gone */
        return 0;
    default:
        return socket->protocol->set_option(socket, SOL_SOCKET, name, value);
    }
}

static int get_ip_option(struct inet_socket *socket, int level, int name,
                         int *value)
{
    const struct ip_pcb *pcb = socket->pcb.ip;

    if (level == IPPROTO_IP && name == IP_TTL)
        *value = pcb == NULL ? IP_DEFAULT_TTL : pcb->ttl;
    else if (level == IPPROTO_IP && name == IP_TOS)
        *value = pcb == NULL ? 0 : pcb->tos;
    else if (level == IPPROTO_IPV6 && name == IPV6_UNICAST_HOPS)
        *value = pcb == NULL ? IP_DEFAULT_TTL : pcb->ttl;
    else if (level == IPPROTO_IPV6 && name == IPV6_TCLASS)
        *value = pcb == NULL ? 0 : pcb->tos;
    else if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY && socket->ipv6)
        *value = socket->v6only;
    else
        return socket->protocol->get_option(socket, level, name, value);
    return 0;
}

/* It can be changed while the socket has no address. */
static int set_v6only(struct inet_socket *socket, bool on)
{
    uint8_t type;

    if (socket->pcb.ip == NULL || !ip_addr_isany(&socket->pcb.ip->local_ip))
        return -EINVAL;
    if (socket->protocol == &raw_protocol)
        return on ? 0 : -EINVAL;
    socket->v6only = on;
    type = inet_address_type(socket);
    IP_SET_TYPE_VAL(socket->pcb.ip->local_ip, type);
    IP_SET_TYPE_VAL(socket->pcb.ip->remote_ip, type);
    return 0;
}

static int set_ip_option(struct inet_socket *socket, int level, int name,
                         int value)
{
    bool hops = (level == IPPROTO_IP && name == IP_TTL) ||
                (level == IPPROTO_IPV6 && name == IPV6_UNICAST_HOPS);
    bool class = (level == IPPROTO_IP && name == IP_TOS) ||
                 (level == IPPROTO_IPV6 && name == IPV6_TCLASS);

    if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY && socket->ipv6)
        return set_v6only(socket, value != 0);
    if (!hops && !class)
        return socket->protocol->set_option(socket, level, name, value);
    if (value == -1) /* the usual */
        value = hops ? IP_DEFAULT_TTL : 0;
    if (value < (hops ? 1 : 0) || value > 255)
        return -EINVAL;
    if (socket->pcb.ip != NULL && hops)
        socket->pcb.ip->ttl = (uint8_t)value;
    else if (socket->pcb.ip != NULL)
        socket->pcb.ip->tos = (uint8_t)value;
    return 0;
}

/* ---- The calls ------------------------------------------------------------
 */

static int get_locked(struct inet_socket *socket, int level, int name,
                      void *value, socklen_t *size)
{
    int number = 0, result;

    if (level == SOL_SOCKET) {
        switch (name) {
        case SO_RCVTIMEO:
            return get_time(socket->receive_timeout, value, size);
        case SO_SNDTIMEO:
            return get_time(socket->send_timeout, value, size);
        case SO_LINGER:
            return get_linger(socket, value, size);
        case SO_BINDTODEVICE:
            return get_device(socket, value, size);
        }
        result = get_socket_option(socket, name, &number);
    } else {
        result = get_ip_option(socket, level, name, &number);
    }
    return result < 0 ? result
                      : get_bytes(value, size, &number, sizeof(number));
}

int inet_get_option(struct file *file, int level, int name, void *value,
                    socklen_t *size)
{
    int result;

    LOCK_TCPIP_CORE();
    result = get_locked(inet_socket_of(file), level, name, value, size);
    UNLOCK_TCPIP_CORE();
    return result;
}

/* An int, or a byte where others take one (IP_MULTICAST_LOOP). */
static int number_in(const void *from, socklen_t size, int *number)
{
    if (size >= sizeof(*number))
        memcpy(number, from, sizeof(*number));
    else if (size >= 1)
        *number = *(const unsigned char *)from;
    else
        return -EINVAL;
    return 0;
}

static int set_locked(struct inet_socket *socket, int level, int name,
                      const void *value, socklen_t size)
{
    int number, result;

    if (level == SOL_SOCKET) {
        switch (name) {
        case SO_RCVTIMEO:
            return set_time(&socket->receive_timeout, value, size);
        case SO_SNDTIMEO:
            return set_time(&socket->send_timeout, value, size);
        case SO_LINGER:
            return set_linger(socket, value, size);
        case SO_BINDTODEVICE:
            return set_device(socket, value, size);
        }
    }
    result = multicast_set_option(socket, level, name, value, size);
    if (result != -ENOPROTOOPT)
        return result;
    result = number_in(value, size, &number);
    if (result < 0)
        return result;
    return level == SOL_SOCKET ? set_socket_option(socket, name, number)
                               : set_ip_option(socket, level, name, number);
}

int inet_set_option(struct file *file, int level, int name, const void *value,
                    socklen_t size)
{
    int result;

    LOCK_TCPIP_CORE();
    result = set_locked(inet_socket_of(file), level, name, value, size);
    UNLOCK_TCPIP_CORE();
    return result;
}
