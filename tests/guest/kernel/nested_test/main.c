/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nested_test: what if an event comes just as an event handler returns?
 *
 * What: the last instructions of event_callback (arch/x86/entry.S) run with
 * events unmasked while the frame of the interrupted thread is still on its
 * stack. An event at any of them must find its handler, must leave the thread's
 * registers alone, and must not cost stack, or a storm of events would use it
 * up. Chance hits these few instructions once in a million events; here each
 * is hit, a thousand times in a row.
 *
 * How: by hardware breakpoints, which Xen lets a guest set. The trap comes
 * before the instruction; in it we send an event to ourselves, masked, and go
 * back by Xen's iret, which unmasks, finds the event and calls event_callback
 * with that very instruction as the one interrupted. The event's handler sets
 * the breakpoint again. So the return of each event is the place of the next.
 * All addresses are tried; those within an instruction never trap. One of the
 * instructions is run only if an event is pending already: for that, another is
 * sent by a breakpoint at the first.
 */
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "coracle/thread.h"
#include "sched/timer.h"
#include "tests/guest/guest.h"
#include "xen/evtchn.h"

#define STORM 1000
#define INSTRUCTIONS                                                           \
    5 /* with events unmasked: movb, cmpb, jne, iretq; movb                    \
       */
#define VECTOR_DEBUG 1
#define MASKS_EVENTS 4 /* a flag of the trap: its handler runs so */

/* Breakpoints, as register DR7 enables them. */
#define AT_TARGET 1ul
#define AT_BEGIN  4ul

#define EVENT_CONTEXT __attribute__((no_split_stack))

/* entry.S */
extern const char unmasked_begin[], unmasked_end[];

/* debug.S */
extern const char debug_entry[];
bool spin_until(const volatile bool *done);

struct frame {
    unsigned long rip, cs, rflags, rsp, ss;
};
void debug_trapped(const struct frame *frame);

static volatile bool done;
static uint32_t port;
static unsigned long target;      /* where events are to come */
static unsigned long breakpoints; /* that lead there */
static unsigned int traps, handled;
static unsigned long depth; /* of the stack at the target, the first time */
static bool deeper;

static void set_debug_register(int number, unsigned long value)
{
    CHECK_EQUAL(hypercall(__HYPERVISOR_set_debugreg, (unsigned long)number,
                          value, 0, 0),
                0);
}

static void set_breakpoints(unsigned long which)
{
    set_debug_register(7, which);
}

/* In the trap, on the stack of whoever was interrupted; events are masked. */
EVENT_CONTEXT void debug_trapped(const struct frame *frame)
{
    evtchn_notify(port);
    if (frame->rip != target) {
        set_breakpoints(AT_TARGET); /* that is the way to it */
        return;
    }
    set_breakpoints(0);
    traps++;
    if (traps == 1)
        depth = frame->rsp;
    deeper |= depth != frame->rsp;
}

static EVENT_CONTEXT void come_again(uint32_t number, void *argument)
{
    (void)number;
    (void)argument;
    if (!traps)
        return; /* not from a trap */
    handled++;
    if (traps < STORM)
        set_breakpoints(breakpoints);
    else
        done = true;
}

static EVENT_CONTEXT void set_off(struct timer *timer)
{
    (void)timer; /* an event; what matters is its end */
}

static EVENT_CONTEXT void give_up(struct timer *timer)
{
    (void)timer;
    if (!traps)
        done = true;
}

/* Whether there is an instruction at `address`. */
static bool hit(const char *address, bool pending_before)
{
    struct timer first = {.expired = set_off}, last = {.expired = give_up};

    target = (unsigned long)address;
    breakpoints = pending_before ? AT_TARGET | AT_BEGIN : AT_TARGET;
    traps = handled = 0;
    done = deeper = false;
    set_debug_register(0, target);
    set_breakpoints(breakpoints);
    timer_start(&first, time_monotonic() + 100 * NS_PER_US);
    timer_start(&last, time_monotonic() + 5 * NS_PER_MS);
    CHECK(spin_until(&done));
    timer_cancel(&first);
    timer_cancel(&last);
    set_breakpoints(0);
    if (!traps)
        return false;
    printk("nested_test: at event_callback's end + %ld: %u events\n",
           (long)(address - unmasked_begin), handled);
    CHECK_EQUAL(traps, STORM);
    CHECK_EQUAL(handled, STORM);
    CHECK(!deeper);
    return true;
}

int main(int argc, char **argv)
{
    struct trap_info table[] = {
        {VECTOR_DEBUG, MASKS_EVENTS, FLAT_KERNEL_CS,
         (unsigned long)debug_entry},
        {0},
    };
    unsigned int instructions = 0;
    int result = evtchn_bind_ipi(come_again, NULL);

    (void)argc;
    (void)argv;
    CHECK(result > 0);
    port = (uint32_t)result;
    CHECK_EQUAL(xen_set_trap_table(table), 0);
    set_debug_register(1, (unsigned long)unmasked_begin);
    for (const char *at = unmasked_begin; at < unmasked_end; at++)
        instructions += hit(at, false) || hit(at, true);
    CHECK_EQUAL(instructions, INSTRUCTIONS);
    printk("nested_test: all ok\n");
    return 0;
}
