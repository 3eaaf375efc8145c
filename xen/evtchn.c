/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * evtchn.c: event channels, with the 2-level table of shared_info.
 *
 * Each port has a bit in shared_info.evtchn_pending and one in evtchn_mask.
 * When Xen sets a pending bit that is not masked, it also sets the bit of its
 * word in the vCPU's selector and the vCPU's upcall flag, and calls
 * event_callback (entry.S). evtchn_dispatch() goes the way back: flag,
 * selector, words, bits. The flag is cleared first, so that whatever comes
 * later raises it again and is not lost.
 *
 * Each port is handled by one CPU, to which Xen has bound it: CPU 0, until
 * evtchn_steer() says otherwise, or the one that an IPI or a timer belongs to.
 * The bits are in words that all CPUs share, so a CPU leaves alone what is not
 * its own.
 *
 * The handlers stand in a table of 64 parts of 64 ports, allocated as needed:
 * most guests use a dozen ports. Bits are changed atomically, for Xen and
 * other CPUs change their neighbours. `lock` guards the table against other
 * binds; the dispatcher reads it without, which is safe because a slot's
 * handler is stored last and cleared first.
 *
 * Sources: <xen/event_channel.h>, struct shared_info in <xen/xen.h>. Left out:
 * the FIFO ABI (4096 ports are enough for one program).
 */
#include "xen/evtchn.h"
#include <stdatomic.h>
#include <stdbool.h>
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "arch/x86/setup.h"
#include "coracle/errno.h"
#include "coracle/inspect.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "coracle/spinlock.h"
#include "coracle/time.h"
#include "lib/string.h"
#include "lib/symbols.h"

/* Among a slot's flags: one CPU's own, a VIRQ or an IPI. */
#define FIXED 0x8000u

#define WORD_BITS 64u
#define WORDS     (EVTCHN_PORTS / WORD_BITS)

struct slot {
    _Atomic evtchn_handler handler; /* NULL: unbound */
    void *argument;
    uint64_t events; /* how often it was called; of the CPU that runs it */
    uint16_t flags;
    _Atomic uint16_t cpu; /* which one handles it */
    atomic_bool running;  /* set by the CPU that is in the handler */
};

static struct spinlock lock;
static struct slot *slots[WORDS]; /* each WORD_BITS long, or NULL */
static unsigned long takers;      /* a bit for each CPU that takes part */

bool evtchn_dispatch(void);

typedef _Atomic unsigned long atomic_word;

static atomic_word *pending_word(unsigned int word)
{
    return (atomic_word *)&shared_info_page.info.evtchn_pending[word];
}

static atomic_word *mask_word(unsigned int word)
{
    return (atomic_word *)&shared_info_page.info.evtchn_mask[word];
}

static unsigned long bit_of(uint32_t port)
{
    return 1UL << port % WORD_BITS;
}

/* ---- Dispatch: events masked, on the event stack ------------------------ */

static void handle_port(uint32_t port)
{
    struct slot *page = slots[port / WORD_BITS];
    struct slot *slot = page ? &page[port % WORD_BITS] : NULL;
    evtchn_handler handler;

    if (!slot || atomic_load(&slot->cpu) != cpu_read(id))
        return; /* it shares a word with ours; Xen has told its CPU */
    /* Only after evtchn_steer() can another CPU be at it still. */
    while (atomic_exchange(&slot->running, true))
        xen_sched_op(SCHEDOP_yield, NULL);
    /*
     * Looked up after `running` is set: pairs with evtchn_close(), and with
     * evtchn_steer(), which has told the other CPU. If nobody is bound, the
     * event stays pending: Xen does not show it again, but does when somebody
     * binds and unmasks the port, perhaps just now.
     */
    handler = atomic_load(&slot->handler);
    if (handler && atomic_load(&slot->cpu) == cpu_read(id)) {
        if (slot->flags & EVTCHN_LATE)
            evtchn_mask(port);
        atomic_fetch_and(pending_word(port / WORD_BITS), ~bit_of(port));
        slot->events++;
        handler(port, slot->argument);
    }
    atomic_store(&slot->running, false);
}

/*
 * Called by entry.S. Returns whether to switch threads afterwards.
 */
bool evtchn_dispatch(void)
{
    struct percpu *cpu = cpu_this();
    bool preempt;

    cpu->in_events = true;
    while (READ_ONCE(cpu->vcpu_info.evtchn_upcall_pending)) {
        unsigned long selector;

        /* The exchange is a full barrier: flag before selector before bits. */
        WRITE_ONCE(cpu->vcpu_info.evtchn_upcall_pending, 0);
        selector = atomic_exchange(
            (atomic_word *)&cpu->vcpu_info.evtchn_pending_sel, 0);
        for (; selector; selector &= selector - 1) {
            unsigned int word = (unsigned int)__builtin_ctzl(selector);
            unsigned long ready =
                atomic_load(pending_word(word)) & ~atomic_load(mask_word(word));

            for (; ready; ready &= ready - 1)
                handle_port(word * WORD_BITS +
                            (unsigned int)__builtin_ctzl(ready));
        }
    }
    lockcheck_events_end();
    cpu->in_events = false;
    preempt = cpu->preempt;
    cpu->preempt = false;
    return preempt;
}

void events_deliver_pending(void)
{
    /* Any hypercall delivers pending events on its way back; this is the
     * cheapest. */
    (void)xen_version(XENVER_version, NULL);
}

/* ---- Binding: thread context -------------------------------------------- */

/* Remember who handles `port`, on CPU `cpu`; unmask it. */
static int install(uint32_t port, evtchn_handler handler, void *argument,
                   unsigned int flags, unsigned int cpu)
{
    struct slot *fresh = heap_alloc_zeroed(WORD_BITS, sizeof(*fresh));
    struct slot *slot;

    spin_lock(&lock);
    if (!slots[port / WORD_BITS]) {
        slots[port / WORD_BITS] = fresh;
        fresh = NULL;
    }
    slot = slots[port / WORD_BITS];
    if (slot) {
        slot += port % WORD_BITS;
        slot->argument = argument;
        slot->events = 0;
        slot->flags = (uint16_t)flags;
        atomic_store(&slot->cpu, (uint16_t)cpu);
        atomic_store(&slot->handler, handler);
    }
    spin_unlock(&lock);
    heap_free(fresh);
    if (!slot)
        return -K_ENOMEM;
    evtchn_unmask(port);
    return (int)port;
}

static void close_port(uint32_t port)
{
    struct evtchn_close close = {.port = port};

    if (xen_event_channel_op(EVTCHNOP_close, &close))
        panic("Xen refuses to close event channel %u", port);
}

/* As install(), but give the port back if that fails. */
static int install_new(uint32_t port, evtchn_handler handler, void *argument,
                       unsigned int flags, unsigned int cpu)
{
    int result = install(port, handler, argument, flags, cpu);

    if (result < 0)
        close_port(port);
    return result;
}

int evtchn_bind_unbound(uint16_t remote, evtchn_handler handler, void *argument,
                        unsigned int flags)
{
    struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF,
                                         .remote_dom = remote};
    long result = xen_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);

    if (result)
        return xen_errno(result);
    return install_new(alloc.port, handler, argument, flags, 0);
}

int evtchn_bind_existing(uint32_t port, evtchn_handler handler, void *argument,
                         unsigned int flags)
{
    if (port >= EVTCHN_PORTS)
        return -K_EINVAL;
    return install(port, handler, argument, flags, 0);
}

int evtchn_bind_virq(uint32_t virq, evtchn_handler handler, void *argument)
{
    struct evtchn_bind_virq bind = {.virq = virq, .vcpu = cpu_read(id)};
    long result = xen_event_channel_op(EVTCHNOP_bind_virq, &bind);

    if (result)
        return xen_errno(result);
    return install_new(bind.port, handler, argument, FIXED, bind.vcpu);
}

int evtchn_bind_ipi(evtchn_handler handler, void *argument)
{
    struct evtchn_bind_ipi bind = {.vcpu = cpu_read(id)};
    long result = xen_event_channel_op(EVTCHNOP_bind_ipi, &bind);

    if (result)
        return xen_errno(result);
    return install_new(bind.port, handler, argument, FIXED, bind.vcpu);
}

/* Lock held: so a CPU that leaves has no port steered to it behind its back. */
static int steer(uint32_t port, unsigned int cpu)
{
    struct evtchn_bind_vcpu bind = {.port = port, .vcpu = cpu};
    long result;

    if (cpu >= CPU_MAX || !(takers >> cpu & 1))
        return -K_EINVAL;
    /* Masked, so that what comes meanwhile is not shown to a CPU that does not
     * feel responsible; unmasking shows it to the right one. */
    evtchn_mask(port);
    result = xen_event_channel_op(EVTCHNOP_bind_vcpu, &bind);
    if (!result)
        atomic_store(&slots[port / WORD_BITS][port % WORD_BITS].cpu,
                     (uint16_t)cpu);
    evtchn_unmask(port);
    return xen_errno(result);
}

int evtchn_steer(uint32_t port, unsigned int cpu)
{
    int error;

    spin_lock(&lock);
    error = steer(port, cpu);
    spin_unlock(&lock);
    return error;
}

void evtchn_join(unsigned int cpu)
{
    spin_lock(&lock);
    takers |= 1UL << cpu;
    spin_unlock(&lock);
}

void evtchn_leave(unsigned int cpu)
{
    spin_lock(&lock);
    takers &= ~(1UL << cpu);
    for (uint32_t port = 0; port < EVTCHN_PORTS; port++) {
        struct slot *page = slots[port / WORD_BITS];
        struct slot *slot = page ? &page[port % WORD_BITS] : NULL;

        if (slot && atomic_load(&slot->handler) && !(slot->flags & FIXED) &&
            atomic_load(&slot->cpu) == cpu && steer(port, 0))
            panic("Xen refuses to steer event channel %u", port);
    }
    spin_unlock(&lock);
}

void evtchn_close(uint32_t port)
{
    struct slot *slot = &slots[port / WORD_BITS][port % WORD_BITS];

    evtchn_mask(port);
    atomic_store(&slot->handler, NULL);
    /* Sequentially consistent with handle_port(): either it sees NULL, or we
     * see that it runs (on another CPU; on this one it has finished). */
    while (atomic_load(&slot->running))
        xen_sched_op(SCHEDOP_yield, NULL);
    close_port(port);
}

/* ---- One port: any context ---------------------------------------------- */

void evtchn_notify(uint32_t port)
{
    struct evtchn_send send = {.port = port};

    /* Fails only when the other end is gone, which xenstore tells us. */
    (void)xen_event_channel_op(EVTCHNOP_send, &send);
}

void evtchn_mask(uint32_t port)
{
    atomic_fetch_or(mask_word(port / WORD_BITS), bit_of(port));
}

void evtchn_unmask(uint32_t port)
{
    atomic_word *pending = pending_word(port / WORD_BITS);
    atomic_word *mask = mask_word(port / WORD_BITS);
    struct evtchn_unmask unmask = {.port = port};

    /*
     * Xen raises the selector only for ports that are not masked at that
     * moment. If the bit was set while masked, Xen must look again, which is
     * what the hypercall is for; usually it was not and we save the call.
     */
    if (!(atomic_load(pending) & bit_of(port))) {
        atomic_fetch_and(mask, ~bit_of(port));
        if (!(atomic_load(pending) & bit_of(port)))
            return;
        /* It came just then, perhaps before the mask was off. */
        atomic_fetch_or(mask, bit_of(port));
    }
    (void)xen_event_channel_op(EVTCHNOP_unmask, &unmask);
}

void evtchn_poll(uint32_t port, uint64_t deadline)
{
    evtchn_port_t ports[1] = {port};
    struct sched_poll poll = {
        .nr_ports = 1,
        .timeout = deadline == TIME_NEVER ? 0 : deadline,
    };

    set_xen_guest_handle(poll.ports, ports);
    events_mask();
    (void)xen_sched_op(SCHEDOP_poll, &poll);
    atomic_fetch_and(pending_word(port / WORD_BITS), ~bit_of(port));
    events_unmask();
}

/* ---- For people --------------------------------------------------------- */

static void look_at(uint32_t port, const struct slot *slot,
                    evtchn_handler handler, struct inspect_port *to)
{
    unsigned int word = port / WORD_BITS;
    struct symbol symbol;
    bool found = symbol_find((void *)handler, &symbol);

    to->port = port;
    to->cpu = atomic_load(&slot->cpu);
    (void)string_copy(to->handler, found ? symbol.name : "?",
                      sizeof(to->handler));
    to->events = READ_ONCE(slot->events);
    to->pending = atomic_load(pending_word(word)) & bit_of(port);
    to->masked = atomic_load(mask_word(word)) & bit_of(port);
}

/* Slots stay for ever, so no lock: a port that changes meanwhile is seen as it
 * was or as it will be. */
unsigned int inspect_ports(struct inspect_port to[], unsigned int room)
{
    unsigned int count = 0;

    for (uint32_t port = 0; port < EVTCHN_PORTS; port++) {
        const struct slot *page = READ_ONCE(slots[port / WORD_BITS]);
        const struct slot *slot = page ? &page[port % WORD_BITS] : NULL;
        evtchn_handler handler = slot ? atomic_load(&slot->handler) : NULL;

        if (!handler)
            continue;
        if (count < room)
            look_at(port, slot, handler, &to[count]);
        count++;
    }
    return count;
}
