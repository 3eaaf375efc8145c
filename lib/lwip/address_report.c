/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address_report.c: who is told of addresses: the console, the toolstack, and
 * the main thread, which waits for them.
 *
 * A thread of its own does the telling, because printing and xenstore may take
 * their time and lwIP's core lock is not to be held meanwhile. It sleeps until
 * something may have changed, takes a look at each interface under the lock,
 * and compares that with what it told last. So it misses steps that were undone
 * at once, and never tells an old state last.
 *
 * The toolstack finds addresses in the domain's part of xenstore, as
 * attr/vif/N/ ipv4/0 and ipv6/0, ipv6/1... : xl network-list does not show
 * them, but XAPI and monitoring do.
 *
 * Concurrency: `lock` guards what address_changed() and the waiting main thread
 * share with the thread; what was told is the thread's own.
 */
#include <string.h>
#include "coracle/memory.h"
#include "coracle/print.h"
#include "coracle/thread.h"
#include "lib/lwip/address.h"
#include "lib/lwip/address_state.h"
#include "lib/printf.h"
#include "lwip/tcpip.h"
#include "xen/xenstore.h"

#define INTERFACE "net: interface %u"

/* How far an interface has come. */
enum progress { WITHOUT_LINK, WITHOUT_ADDRESS, WITH_IPV6_ONLY, READY };

static struct spinlock lock; /* guards the next four */
static bool look_again;
static uint8_t progress[NETDEV_MAX];
static struct waitq reporter = WAITQ_INIT(reporter);
static struct waitq waiting = WAITQ_INIT(waiting);

/* ---- The console --------------------------------------------------------- */

static unsigned int prefix_of(ip4_addr_t mask)
{
    u32_t bits = ~lwip_ntohl(ip4_addr_get_u32(&mask));

    return bits ? (unsigned int)__builtin_clz(bits) : 32;
}

/* Room for "fd00::1234 " and the like. */
#define TEXT 48

static const char *ip6_text(const ip6_addr_t *address, char text[TEXT])
{
    ip6_addr_t plain = *address;

    ip6_addr_clear_zone(&plain);
    ip6addr_ntoa_r(&plain, text, TEXT);
    for (char *c = text; *c; c++)
        if (*c >= 'A' && *c <= 'F')
            *c |= 0x20; /* RFC 5952 */
    return text;
}

static void print_ip4(unsigned int index, const struct address_view *now)
{
    char address[TEXT], gateway[TEXT], dns[TEXT];
    bool has_gateway = !ip4_addr_isany_val(now->gateway);
    bool has_dns = !ip_addr_isany_val(now->dns);

    ip4addr_ntoa_r(&now->address, address, sizeof(address));
    ip4addr_ntoa_r(&now->gateway, gateway, sizeof(gateway));
    ipaddr_ntoa_r(&now->dns, dns, sizeof(dns));
    printk(INTERFACE ": %s/%u%s%s%s%s%s\n", index, address,
           prefix_of(now->mask), has_gateway ? ", gateway " : "",
           has_gateway ? gateway : "", has_dns ? ", DNS " : "",
           has_dns ? dns : "", address_plan_of(index)->dhcp ? ", by DHCP" : "");
}

static void print_taken(unsigned int index, const struct address_view *now)
{
    const uint8_t *card = now->taken_by;
    char address[TEXT];

    ip4addr_ntoa_r(&now->address, address, sizeof(address));
    printk(INTERFACE ": address conflict: %s is also used by "
                     "%02x:%02x:%02x:%02x:%02x:%02x\n",
           index, address, card[0], card[1], card[2], card[3], card[4],
           card[5]);
}

static void print_ip6(unsigned int index, const ip6_addr_t *address, u8_t state)
{
    char text[TEXT];

    if (ip6_addr_isduplicated(state))
        printk(INTERFACE ": address conflict: %s is used by somebody else, "
                         "and not by us\n",
               index, ip6_text(address, text));
    else if (ip6_addr_isvalid(state) && !ip6_addr_islinklocal(address))
        printk(INTERFACE ": %s/64\n", index, ip6_text(address, text));
}

/* Tentative or preferred, deprecated or not: it is good, bad or not yet. */
static int kind(u8_t state)
{
    return ip6_addr_isduplicated(state) ? -1 : ip6_addr_isvalid(state) ? 1 : 0;
}

static bool same_ip6(const struct address_view *a, const struct address_view *b,
                     int i)
{
    return kind(a->v6[i].state) == kind(b->v6[i].state) &&
           ip6_addr_cmp(&a->v6[i].address, &b->v6[i].address);
}

static void print_changes(unsigned int index, const struct address_view *told,
                          const struct address_view *now)
{
    if (told->up && !now->up)
        printk(INTERFACE ": down\n", index);
    if (told->fallen && !told->up && now->up)
        printk(INTERFACE ": up again\n", index);
    if (!ip4_addr_cmp(&told->address, &now->address) ||
        !ip4_addr_cmp(&told->gateway, &now->gateway)) {
        if (!ip4_addr_isany_val(now->address))
            print_ip4(index, now);
        else
            printk(INTERFACE ": no IPv4 address any more\n", index);
    }
    if (now->taken && !told->taken)
        print_taken(index, now);
    for (int i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
        if (!same_ip6(told, now, i))
            print_ip6(index, &now->v6[i].address, now->v6[i].state);
}

/* ---- The toolstack ------------------------------------------------------- */

/* Address `number` of a family; NULL takes it away. A toolstack that allows
 * neither need not know. */
static void publish(unsigned int index, const char *family, int number,
                    const char *address)
{
    char path[40];
    int error;

    string_format(path, sizeof(path), "attr/vif/%u/%s/%d", index, family,
                  number);
    error = address ? xenstore_write(XENSTORE_NO_TX, path, "%s", address)
                    : xenstore_remove(XENSTORE_NO_TX, path);
    (void)error;
}

/* The valid addresses, that of the link last. Returns how many. */
static int list_ip6(const struct address_view *view,
                    const ip6_addr_t *list[LWIP_IPV6_NUM_ADDRESSES])
{
    int count = 0;

    /* lwIP keeps that of the link in place 0. */
    for (int i = 1; i < LWIP_IPV6_NUM_ADDRESSES; i++)
        if (kind(view->v6[i].state) > 0)
            list[count++] = &view->v6[i].address;
    if (kind(view->v6[0].state) > 0)
        list[count++] = &view->v6[0].address;
    return count;
}

static void publish_changes(unsigned int index, const struct address_view *told,
                            const struct address_view *now)
{
    const ip6_addr_t *before[LWIP_IPV6_NUM_ADDRESSES];
    const ip6_addr_t *after[LWIP_IPV6_NUM_ADDRESSES];
    int old_count = list_ip6(told, before), count = list_ip6(now, after);
    char text[TEXT];

    if (!ip4_addr_cmp(&told->address, &now->address)) {
        ip4addr_ntoa_r(&now->address, text, sizeof(text));
        publish(index, "ipv4", 0,
                ip4_addr_isany_val(now->address) ? NULL : text);
    }
    for (int i = 0; i < count; i++)
        if (i >= old_count || !ip6_addr_cmp(before[i], after[i]))
            publish(index, "ipv6", i, ip6_text(after[i], text));
    for (int i = count; i < old_count; i++)
        publish(index, "ipv6", i, NULL);
}

/* ---- The thread ---------------------------------------------------------- */

static bool has_global_ip6(const struct address_view *view)
{
    for (int i = 1; i < LWIP_IPV6_NUM_ADDRESSES; i++)
        if (kind(view->v6[i].state) > 0)
            return true;
    return false;
}

static enum progress progress_of(unsigned int index,
                                 const struct address_view *now)
{
    const struct address_plan *plan = address_plan_of(index);

    if (plan->none)
        return READY;
    if (!now->up)
        return WITHOUT_LINK;
    if (!ip4_addr_isany_val(now->address))
        return READY;
    if (has_global_ip6(now))
        return plan->dhcp ? WITH_IPV6_ONLY : READY;
    return WITHOUT_ADDRESS;
}

void address_changed(void)
{
    spin_lock(&lock);
    look_again = true;
    waitq_wake_one(&reporter);
    spin_unlock(&lock);
}

static void report(unsigned int index)
{
    /* What was told last; NULL: lwIP never had the interface. */
    static struct address_view *told[NETDEV_MAX];
    struct address_view now;
    bool exists;

    LOCK_TCPIP_CORE();
    exists = address_look(index, &now);
    UNLOCK_TCPIP_CORE();
    if (!exists)
        return;
    if (!told[index])
        told[index] = heap_alloc_zeroed(1, sizeof(now));
    if (told[index]) {
        now.fallen = told[index]->fallen || (told[index]->up && !now.up);
        print_changes(index, told[index], &now);
        publish_changes(index, told[index], &now);
        *told[index] = now;
    }
    /* Said first, so that it stands before the program's own output. */
    spin_lock(&lock);
    progress[index] = progress_of(index, &now);
    waitq_wake_all(&waiting);
    spin_unlock(&lock);
}

static void report_thread(void *argument)
{
    (void)argument;
    for (;;) {
        spin_lock(&lock);
        while (!look_again)
            waitq_wait(&reporter, &lock, TIME_NEVER);
        look_again = false;
        spin_unlock(&lock);
        for (unsigned int i = 0; i < NETDEV_MAX; i++)
            report(i);
    }
}

void address_report_start(void)
{
    sys_thread_new("addresses", report_thread, NULL, 0, 0);
}

/* ---- The main thread ----------------------------------------------------- */

/* Where there is IPv6 but no answer to DHCP, that is perhaps all there is. */
#define IPV6_WAIT 4

/* The least that any of the interfaces has come to; `lock` is held. */
static enum progress slowest(const unsigned int indexes[], int count)
{
    enum progress least = READY;

    for (int i = 0; i < count; i++)
        if (progress[indexes[i]] < least && !address_plan_of(indexes[i])->none)
            least = progress[indexes[i]];
    return least;
}

static void complain(unsigned int index, enum progress reached)
{
    const struct address_plan *plan = address_plan_of(index);

    if (plan->none || reached == READY)
        return;
    if (reached == WITHOUT_LINK)
        printk(INTERFACE ": its backend has not come in %d s; the program "
                         "starts without\n",
               index, ADDRESS_WAIT);
    else if (plan->dhcp)
        printk(INTERFACE ": no DHCP server has answered%s; the program starts "
                         "without%s (ip=ADDRESS/PREFIX,gw=ADDRESS sets one)\n",
               index, reached == WITH_IPV6_ONLY ? ", but there is IPv6" : "",
               reached == WITH_IPV6_ONLY ? " IPv4" : " an address");
}

void address_wait(void)
{
    uint64_t begin = time_monotonic();
    uint64_t soon = begin + IPV6_WAIT * NS_PER_S;
    uint64_t deadline = begin + ADDRESS_WAIT * NS_PER_S;
    unsigned int indexes[NETDEV_MAX];
    int count = netdev_enumerate(indexes, NETDEV_MAX);
    uint8_t reached[NETDEV_MAX];

    spin_lock(&lock);
    for (;;) {
        uint64_t now = time_monotonic();
        enum progress least = slowest(indexes, count);

        if (least == READY || now >= deadline ||
            (least == WITH_IPV6_ONLY && now >= soon))
            break;
        waitq_wait(&waiting, &lock, now < soon ? soon : deadline);
    }
    memcpy(reached, progress, sizeof(reached));
    spin_unlock(&lock);
    for (int i = 0; i < count; i++)
        complain(indexes[i], reached[indexes[i]]);
}
