/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire: a guest that does with packets what the tests in dom0 ask for.
 *
 *     echo A.B.C.D   answer ARP, ping and UDP on interface 0 as A.B.C.D, on
 *                    interface 1 as the next address, and so on
 *     forward        send what comes on interface 0 out on interface 1 and the
 *                    other way round, as it is
 *     source N SIZE  send N frames of SIZE bytes on interface 0, and end; say
 *                    at a tenth and at the end what is free, and fail if it
 *                    has become less
 *     resolve        as forward, but with checksums filled in and large
 *                    segments dropped
 *
 * Lines on the console ask for figures: "count", "info", "free"; "end" ends.
 */
#include "coracle/errno.h"
#include "coracle/inspect.h"
#include "coracle/memory.h"
#include "coracle/netdev.h"
#include "coracle/print.h"
#include "coracle/sync.h"
#include "lib/string.h"
#include "xen/grant.h"

int main(int argc, char **argv);

#define BATCH   32
#define PORTS   8 /* interfaces that we serve */
#define QUEUES  4
#define KEPT    256 /* pages that packet_pool.c may keep */
#define HEADERS 42  /* Ethernet, IPv4, the first 8 bytes of ICMP or UDP */

static bool resolving;
static struct semaphore room[PORTS][QUEUES];
static uint64_t dropped;

static unsigned int number(const char *text)
{
    uint64_t value = 0;

    (void)!string_to_number(text, &value);
    return (unsigned int)value;
}

static void has_changed(void *argument)
{
    semaphore_up(argument);
}

/* Send all of them, however long that takes; drop them if the interface is
 * down. */
static void send(struct netdev *device, unsigned int index, unsigned int queue,
                 struct packet *packets[], unsigned int count)
{
    unsigned int sent = 0;

    while (sent < count) {
        int taken =
            netdev_tx(device, queue, packets + sent, count - sent, NULL);

        if (taken < 0)
            break;
        sent += (unsigned int)taken;
        if (sent < count)
            (void)semaphore_down(&room[index][queue],
                                 time_monotonic() + NS_PER_S);
    }
    dropped += count - sent;
    while (sent < count)
        packet_free(packets[sent++]);
}

/* ---- Echo -----------------------------------------------------------------
 */

static void swap(uint8_t *a, uint8_t *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        uint8_t old = a[i];

        a[i] = b[i];
        b[i] = old;
    }
}

/* Turn a request into its answer. False: there is none. */
static bool answer(struct packet *packet, const uint8_t mac[6],
                   const uint8_t ip[4])
{
    uint8_t *b = packet->data;

    if (packet_pull_up(packet, HEADERS))
        return false;
    b = packet->data;
    if (b[12] == 8 && b[13] == 6) { /* ARP */
        if (b[21] != 1 || memcmp(b + 38, ip, 4))
            return false;
        b[21] = 2;
        swap(b + 22, b + 32, 10);
        memcpy(b + 22, mac, 6);
    } else if (b[12] == 8 && b[13] == 0 && !memcmp(b + 30, ip, 4)) {
        swap(b + 26, b + 30, 4);
        if (b[23] == 1 && b[34] == 8) { /* a ping */
            unsigned int sum = (b[36] << 8 | b[37]) + 0x0800;

            sum = (sum & 0xffff) + (sum >> 16);
            b[34] = 0;
            b[36] = (uint8_t)(sum >> 8);
            b[37] = (uint8_t)sum;
        } else if (b[23] == 17) {
            swap(b + 34, b + 36, 2);
        } else {
            return false;
        }
    } else {
        return false;
    }
    memcpy(b, b + 6, 6);
    memcpy(b + 6, mac, 6);
    return true;
}

struct server {
    unsigned int index, queue;
    uint8_t ip[4];
};

static void serve_echo(void *argument)
{
    const struct server *server = argument;
    struct packet *packets[BATCH];
    struct netdev_info info;
    struct netdev *device;

    for (;;) {
        int count;

        if (netdev_wait_up(server->index, TIME_NEVER, &device))
            return;
        netdev_listen(device, server->queue, has_changed,
                      &room[server->index][server->queue]);
        netdev_describe(device, &info);
        count =
            netdev_rx_wait(device, server->queue, packets, BATCH, TIME_NEVER);
        for (int i = 0; i < count; i++) {
            if (!answer(packets[i], info.mac, server->ip)) {
                packet_free(packets[i]);
                packets[i--] = packets[--count];
            }
        }
        if (count > 0)
            send(device, server->index, server->queue, packets,
                 (unsigned int)count);
        if (count == -K_ENODEV)
            thread_sleep(NS_PER_MS);
    }
}

/* ---- Forward --------------------------------------------------------------
 */

static void serve_forward(void *argument)
{
    const struct server *server = argument;
    struct packet *packets[BATCH];
    struct netdev *in, *out;

    for (;;) {
        int count, kept = 0;

        if (netdev_wait_up(server->index, TIME_NEVER, &in) ||
            netdev_wait_up(server->index ^ 1, TIME_NEVER, &out))
            return;
        netdev_listen(out, server->queue, has_changed,
                      &room[server->index ^ 1][server->queue]);
        count = netdev_rx_wait(in, server->queue, packets, BATCH, TIME_NEVER);
        for (int i = 0; i < count; i++) {
            if (resolving && packets[i]->flags & PACKET_CSUM_BLANK &&
                packet_resolve(packets[i]))
                packet_free(packets[i]);
            else
                packets[kept++] = packets[i];
        }
        if (kept > 0)
            send(out, server->index ^ 1, server->queue, packets,
                 (unsigned int)kept);
        if (count == -K_ENODEV)
            thread_sleep(NS_PER_MS);
    }
}

/* ---- Source ---------------------------------------------------------------
 */

static void print_free(void)
{
    printk("free %lu pages, lent %u grants, %lu dropped\n", page_count_free(),
           inspect_grants(NULL, 0) - grant_count_free(), dropped);
}

static unsigned int make_some(struct packet *packets[], unsigned int count,
                              unsigned int size, const uint8_t mac[6])
{
    unsigned int made = 0;

    for (; made < BATCH && made < count; made++) {
        uint8_t *b;

        packets[made] = packet_alloc(size);
        if (!packets[made])
            break;
        b = packets[made]->data;
        memset(b, 0, size < 60 ? size : 60);
        memset(b, 0xff, 6);
        memcpy(b + 6, mac, 6);
        b[12] = 0x88; /* a type for experiments */
        b[13] = 0xb5;
    }
    return made;
}

static int source(unsigned int count, unsigned int size)
{
    struct packet *packets[BATCH];
    unsigned int sent = 0, made;
    size_t free_then = 0;
    struct netdev_info info;
    struct netdev *device;

    if (netdev_wait_up(0, time_monotonic() + 300 * NS_PER_S, &device))
        return 1;
    netdev_listen(device, 0, has_changed, &room[0][0]);
    netdev_describe(device, &info);
    while (sent < count) {
        made = make_some(packets, count - sent, size, info.mac);
        if (made == 0)
            return 1;
        send(device, 0, 0, packets, made);
        if (sent < count / 10 && sent + made >= count / 10) {
            print_free();
            free_then = page_count_free();
        }
        sent += made;
    }
    thread_sleep(NS_PER_S);
    (void)!netdev_tx(device, 0, packets, 0, NULL); /* takes the last answers */
    print_free();
    return page_count_free() + KEPT < free_then ? 1 : 0;
}

/* ---- The console ----------------------------------------------------------
 */

static void print_counts(unsigned int index)
{
    struct netdev *device = netdev_get(index);
    struct netdev_counters c;
    struct netdev_info info;
    struct netdev_rings r;

    if (!device)
        return;
    netdev_describe(device, &info);
    netdev_count(device, &c);
    printk("count %u: rx %lu %lu %lu tx %lu %lu %lu events %lu %lu %lu\n",
           index, c.rx_packets, c.rx_bytes, c.rx_errors, c.tx_packets,
           c.tx_bytes, c.tx_errors, c.rx_notified, c.tx_notified, c.notifies);
    printk("info %u: up %d mtu %u queues %u features %u generation %u"
           " mac %02x:%02x:%02x:%02x:%02x:%02x\n",
           index, info.up, info.mtu, info.queues, info.features,
           info.generation, info.mac[0], info.mac[1], info.mac[2], info.mac[3],
           info.mac[4], info.mac[5]);
    for (unsigned int i = 0; i < info.queues; i++) {
        netdev_look(device, i, &r);
        printk("rings %u.%u: rx %u %u %u tx %u %u %u\n", index, i,
               r.rx_produced, r.rx_consumed, r.rx_answered, r.tx_produced,
               r.tx_consumed, r.tx_answered);
    }
}

static bool obey(const char *line)
{
    if (!strcmp(line, "count"))
        for (unsigned int i = 0; i < PORTS; i++)
            print_counts(i);
    if (!strcmp(line, "free"))
        print_free();
    printk("done %s\n", line);
    return strcmp(line, "end") != 0;
}

static void obey_console(void)
{
    char line[64];
    size_t length = 0;

    while (console_read(&line[length], 1) == 1) {
        if (line[length] != '\n') {
            length += length < sizeof(line) - 1;
            continue;
        }
        line[length] = '\0';
        length = 0;
        if (!obey(line))
            return;
    }
}

static void parse_ip(const char *text, uint8_t ip[4])
{
    for (int i = 0; i < 4; i++) {
        ip[i] = 0;
        while (*text >= '0' && *text <= '9')
            ip[i] = (uint8_t)(10 * ip[i] + *text++ - '0');
        text += *text == '.';
    }
}

int main(int argc, char **argv)
{
    static struct server servers[PORTS][QUEUES];
    bool echo = argc == 3 && !strcmp(argv[1], "echo");

    for (unsigned int i = 0; i < PORTS * QUEUES; i++)
        semaphore_init(&room[i / QUEUES][i % QUEUES], 0);
    if (argc == 4 && !strcmp(argv[1], "source"))
        return source(number(argv[2]), number(argv[3]));
    resolving = argc == 2 && !strcmp(argv[1], "resolve");
    for (unsigned int i = 0; i < (echo ? PORTS : 2); i++) {
        for (unsigned int q = 0; q < QUEUES; q++) {
            struct server *server = &servers[i][q];
            struct thread *thread;

            server->index = i;
            server->queue = q;
            if (echo)
                parse_ip(argv[2], server->ip);
            server->ip[3] = (uint8_t)(server->ip[3] + i);
            thread = thread_create("wire", echo ? serve_echo : serve_forward,
                                   server, 0);
            if (!thread)
                return 1;
            thread_detach(thread);
        }
    }
    printk("ready\n");
    obey_console();
    return 0;
}
