/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * element.h: for those who write elements.
 *
 * An element is a structure that begins with a struct element, and a struct
 * element_class that says how it behaves; one line in classes.h makes the class
 * known. A complete one:
 *
 *     // Counter(): counts packets ... (the manual: see elements/counter.c)
 *     struct counter { struct element element; uint64_t packets; };
 *
 *     static struct packet *counter_simple(struct element *element,
 *                                          struct packet *packet)
 *     {
 *         struct counter *counter = (struct counter *)element;
 *
 *         counter->packets++;
 *         return packet;
 *     }
 *
 *     const struct element_class click_class_Counter = {
 *         .name = "Counter", .ports = "1/1", .processing = "a/a",
 *         .size = sizeof(struct counter), .simple = counter_simple,
 *     };
 *
 * Packets pass one by one, each as far as it goes before the next one: that is
 * what Click promises (Print lines of two elements alternate), and a call per
 * element is cheap. Batches are made where they pay: a device takes and gives
 * whole bursts (elements/devices).
 *
 * A packet that an element gets is its own, bytes too: there are no shared
 * packets. Handing it on gives it away; who has nowhere to hand it calls
 * packet_free().
 *
 * One thread runs a router at a time (router.h), so elements need no locks; and
 * none may wait.
 */
#ifndef CORACLE_CLICK_ELEMENT_H
#define CORACLE_CLICK_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "coracle/compiler.h"
#include "coracle/packet.h"
#include "lib/click/args.h"
#include "lib/click/errors.h"
#include "lib/click/notes.h"
#include "lib/click/text.h"

struct router;
struct element;
struct click_notifier;
struct click_handler;
struct click_large;

/* ---- Elements -------------------------------------------------------------
 */

/* The far end of a port that packets pass by our calling: a push output, a
 * pull input. Of the other ports: element is NULL. */
struct element_port {
    struct element *element;
    unsigned int port;
    void (*push)(struct element *element, unsigned int port,
                 struct packet *packet);
    struct packet *(*pull)(struct element *element, unsigned int port);
};

struct element {
    const struct element_class *class;
    struct router *router;
    const char *name;     /* "q", "nat/rewriter", "Print@3" */
    const char *landmark; /* FILE:LINE:COLUMN of its declaration */
    const char *config;   /* as written, variables replaced */
    unsigned int index;   /* of router_element() */
    unsigned int inputs, outputs;
    struct element_port *input, *output;
    bool *input_push, *output_push;      /* what each port became */
    struct click_handler_list *handlers; /* element_add_handler()'s */
    struct click_memory *memory;         /* element_alloc()'s */
    struct click_task *task;             /* the first that was initialized */
    struct click_large *large;           /* of a class that `cuts` */
};

/* What few classes have: `.more = CLICK_MORE(.flow = "x/y")`. */
struct element_more {
    const char *flow; /* which inputs lead to which outputs; NULL: "x/x" */

    /* Instead of `reconfigurable`, for classes without a table: what a write to
     * the handler `config` does; args->words has all words. Negative, after an
     * error, leaves the element as it was. */
    int (*reconfigure)(struct element *element, struct click_args *args);

    const struct click_handler *handlers; /* besides the class's */

    /* For handlers that the element has by no list: the one for `name`, or
     * NULL. */
    const struct click_handler *(*find_handler)(struct element *element,
                                                const char *name);

    /* After a write to a handler with HANDLER_WAKES: there may be work now. 0,
     * or negative after an error. NULL: its task is scheduled, if it has one.
     */
    int (*wake)(struct element *element, struct click_errors *errors);

    /* What it is to others: "IPMapper", "ARPTable", ...; NULL: not that. */
    void *(*cast)(struct element *element, const char *interface);

    /* Says when a pull from `output` may give something; NULL: nothing to say
     * (see notifiers below). */
    struct click_notifier *(*notifier)(struct element *element, bool at_output,
                                       unsigned int port);
};
#define CLICK_MORE(...) (&(const struct element_more){__VA_ARGS__})

struct element_class {
    const char *name;

    /* As in Click's manual: "1/1", "1-2/0-", "-/=" ... and "a/ah", "h/l". */
    const char *ports, *processing;

    uint32_t size;

    /* All elements are configured, in this order (then as declared); those that
     * others look at early are smaller. 0 for most. */
    int8_t phase;
#define CLICK_PHASE_INFO       (-20) /* AddressInfo, ... */
#define CLICK_PHASE_PRIVILEGED (-10)
#define CLICK_PHASE_REWRITER   10

    /* Each packet that comes in goes out, by all outputs: a ring of such
     * elements is refused (loops.c). */
    bool passes;

    /* simple() gets packets as they are on a wire: large segments are cut
     * before (large.h). */
    bool cuts;

    /* Whether configure() may be called again while the element is at work (the
     * handler `config` is for writing then). If it fails it has changed
     * nothing. */
    bool reconfigurable;

    const struct click_param *params; /* args.h; ends with a zeroed one */

    /* Before the table is read: what parameters are if they are not given. */
    void (*defaults)(struct element *element);

    /*
     * 0, or negative when an error was said. configure() comes when `params`
     * were read; the ports are counted but not yet connected. initialize()
     * comes when all are configured and connected, and not at all if one
     * failed. cleanup() comes in any case, once configure() was called.
     */
    int (*configure)(struct element *element, struct click_args *args);
    int (*initialize)(struct element *element, struct click_errors *errors);
    void (*cleanup)(struct element *element);

    /* Hot swap, after initialize(): take over what `old`, of the same name and
     * class in the router that ends, has. */
    void (*take_state)(struct element *element, struct element *old);

    /* Either simple(), which is called for packets pushed and pulled alike,
     * returns the packet for output 0 or NULL; or push() and/or pull(). Other
     * outputs of a simple one: element_side(). */
    struct packet *(*simple)(struct element *element, struct packet *packet);
    void (*push)(struct element *element, unsigned int port,
                 struct packet *packet);
    struct packet *(*pull)(struct element *element, unsigned int port);

    const struct click_handler *handlers; /* ends with a zeroed one */
    const struct element_more *more;      /* or NULL */
};

static inline const struct element_more *
element_more(const struct element_class *class)
{
    static const struct element_more nothing;

    return class->more ? class->more : &nothing;
}

/* Hand `packet` out of push output `port`. */
void element_push(struct element *element, unsigned int port,
                  struct packet *packet);

/* The same if there is such an output, else drop the packet. */
void element_side(struct element *element, unsigned int port,
                  struct packet *packet);

/* Ask for a packet at pull input `port`; NULL: there is none now. */
struct packet *element_pull(struct element *element, unsigned int port);

/* Memory of the element's own, zeroed: it is freed when the element is, or
 * before. NULL if memory is short. */
MUST_CHECK void *element_alloc(struct element *element, size_t size);
void element_free(struct element *element, void *memory); /* NULL allowed */

/* The class of that name, or NULL; class N of all, NULL behind the last. */
const struct element_class *element_class_find(const char *name);
/* A program's own, behind the others; NULL at the end. */
extern __attribute__((weak))
const struct element_class *const element_classes_here[];
const struct element_class *element_class_at(unsigned int index);

/* The element that `name` means to `near` (its compound first), or NULL. */
struct element *element_find(const struct element *near, const char *name);

/* In initialize(): what take_state() will have as `old`, or NULL. */
struct element *element_before(const struct element *element);

/* What `element` is as `interface`, or NULL. */
void *element_cast(struct element *element, const char *interface);

/* A line for people, where Click's go (standard error, the console). */
void click_say(const struct element *element, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* Errors for what an element does while it runs: each line is said where
 * Click's go, after the element's name. */
struct element_errors {
    struct click_errors errors;
    struct element *element;
    bool plain; /* without the name */
};
void element_errors(struct element_errors *errors, struct element *element);

/* ---- Time and chance ------------------------------------------------------
 *
 * Nanoseconds. Reading a clock is dear in a guest, so the driver does it once a
 * round: what is done in one round happens at one time. With --simtime, time
 * goes on only from one timer to the next.
 */
int64_t click_now(const struct element *element);    /* since 1970 */
int64_t click_steady(const struct element *element); /* never set back */
uint32_t click_random(struct element *element);

/* ---- Tasks ----------------------------------------------------------------
 *
 * Work that is done when nothing else waits: tasks run in turn, as often as
 * their tickets say. A task that ran does not run again unless it was scheduled
 * again, by itself or by others.
 */
struct click_task {
    struct element *element;
    bool (*run)(struct click_task *task); /* did it do something? */
    unsigned int tickets;
    /* The driver's: */
    uint64_t pass;
    struct click_task *next, *previous;
    bool scheduled;
};

/* In initialize(); `scheduled`: from the beginning. ScheduleInfo's tickets. */
void task_init(struct click_task *task, struct element *element,
               bool (*run)(struct click_task *task), bool scheduled);
void task_schedule(struct click_task *task);
void task_unschedule(struct click_task *task); /* also in cleanup() */
void task_set_tickets(struct click_task *task, unsigned int tickets);
/* Before tasks are initialized: what ScheduleInfo says. 0 or -ENOMEM. */
MUST_CHECK int router_give_tickets(struct router *router, unsigned int element,
                                   unsigned int tickets);

/* ---- Timers ---------------------------------------------------------------
 *
 * On the steady clock; expired() is called once, and may schedule it again.
 */
struct click_timer {
    struct element *element;
    void (*expired)(struct click_timer *timer);
    int64_t when;
    unsigned int place; /* in the driver's heap, 0: not scheduled */
    uint32_t turn;      /* of two at one time, this decides */
};

void timer_init(struct click_timer *timer, struct element *element,
                void (*expired)(struct click_timer *timer));
/* -ENOMEM: not scheduled. */
MUST_CHECK int timer_schedule_at(struct click_timer *timer, int64_t when);
MUST_CHECK int timer_schedule_after(struct click_timer *timer, int64_t ns);
void timer_unschedule(struct click_timer *timer); /* also in cleanup() */

/* ---- Notifiers: not to ask in vain ----------------------------------------
 *
 * A Queue that is empty says so; a ToDevice that pulls from it sleeps until it
 * says otherwise. Between them may lie elements that pass packets on, and
 * schedulers with many inputs: the search goes through them all, and a path
 * that ends without a notifier is always worth asking. The same downstream: a
 * source sleeps while the Queue it fills is full.
 */
struct click_notifier {
    bool active;
    struct click_task **listeners;
    unsigned int count;
};

/* What a task found to listen to. */
struct click_signal {
    struct click_notifier **notifiers;
    unsigned int count;
    bool always; /* some path has none: ask whenever you like */
};

/* Sets `active`, and schedules the listeners if it is now and was not. */
void notifier_set(struct click_notifier *notifier, bool active);
void notifier_free(struct click_notifier *notifier);

/* In initialize(): let `task` be scheduled when the notifiers above input
 * `port` (or below output `port`) become active. `task` may be NULL: only to
 * look at. 0 or -ENOMEM. */
MUST_CHECK int signal_upstream(struct click_signal *signal,
                               struct element *element, unsigned int port,
                               struct click_task *task);
MUST_CHECK int signal_downstream(struct click_signal *signal,
                                 struct element *element, unsigned int port,
                                 struct click_task *task);
bool signal_active(const struct click_signal *signal);
void signal_free(struct click_signal *signal);

/* ---- Handlers -------------------------------------------------------------
 *
 * Named values of an element that people and Scripts read and write, ELEMENT.
 * NAME. All elements have name, class, config, ports, handlers, and tickets and
 * scheduled where there is a task.
 */
#define HANDLER_BUTTON   1u /* writing needs no value */
#define HANDLER_CHECKBOX 2u
#define HANDLER_CALM     4u  /* changes seldom */
#define HANDLER_RAW      8u  /* bytes, not lines */
#define HANDLER_HIDDEN   16u /* not listed, and only for other elements */
#define HANDLER_PARAM    32u /* reading takes a parameter */
#define HANDLER_WAKES    64u /* writing calls the class's wake() */

struct click_handler {
    const char *name;
    /* Add the value to `out`; `param` is "" if there is none. 0, or negative:
     * what is in `out` says why. */
    int (*read)(struct element *element, const struct click_handler *handler,
                const char *param, struct text *out);
    /* `value` without white space around it. 0, or negative when an error was
     * said. */
    int (*write)(struct element *element, const struct click_handler *handler,
                 const char *value, struct click_errors *errors);
    uint32_t flags;
    uint32_t data; /* read's and write's: the offset of a field, a number */
};

/* One more handler; `handler` is copied, its name not. 0 or -ENOMEM. */
MUST_CHECK int element_add_handler(struct element *element,
                                   const struct click_handler *handler);

/* Ready-made ones, for a field of the element's structure at offset `data`. */
#define HANDLER_FIELD(handler_name, structure, field, type)                    \
    {                                                                          \
        .name = (handler_name), .read = handler_read_##type,                   \
        .data = offsetof(structure, field)                                     \
    }
#define HANDLER_FIELD_RW(handler_name, structure, field, type)                 \
    {                                                                          \
        .name = (handler_name), .read = handler_read_##type,                   \
        .write = handler_write_##type, .data = offsetof(structure, field)      \
    }
#define HANDLER_DECLARE(type)                                                  \
    int handler_read_##type(struct element *, const struct click_handler *,    \
                            const char *, struct text *);                      \
    int handler_write_##type(struct element *, const struct click_handler *,   \
                             const char *, struct click_errors *);
/* Whoever calls a handler's write() calls this instead, which may wake the
 * element. */
MUST_CHECK int handler_write(struct element *element,
                             const struct click_handler *handler,
                             const char *value, struct click_errors *errors);
/* A button that zeroes the fields from `first` to `last`. */
#define HANDLER_RESET(handler_name, structure, first, last, more_flags)        \
    {                                                                          \
        .name = (handler_name), .write = handler_write_reset,                  \
        .flags = HANDLER_BUTTON | (more_flags),                                \
        .data = offsetof(structure, first) |                                   \
                (offsetof(structure, last) + sizeof(((structure *)0)->last) -  \
                 offsetof(structure, first))                                   \
                    << 16                                                      \
    }
int handler_write_reset(struct element *, const struct click_handler *,
                        const char *, struct click_errors *);
/* The ACTIVE argument; the element is woken when it is written. */
#define HANDLER_ACTIVE(structure, field)                                       \
    {                                                                          \
        .name = "active", .read = handler_read_bool,                           \
        .write = handler_write_bool,                                           \
        .flags = HANDLER_CHECKBOX | HANDLER_WAKES,                             \
        .data = offsetof(structure, field)                                     \
    }
HANDLER_DECLARE(u8)
HANDLER_DECLARE(u16)
HANDLER_DECLARE(u32)
HANDLER_DECLARE(i32)
HANDLER_DECLARE(u64)
HANDLER_DECLARE(i64)
HANDLER_DECLARE(double)
HANDLER_DECLARE(bool)
HANDLER_DECLARE(time)
HANDLER_DECLARE(interval)
HANDLER_DECLARE(ip)
HANDLER_DECLARE(ether)
HANDLER_DECLARE(string)
#undef HANDLER_DECLARE

/* For an argument of a reconfigurable class, of the handler's name in capitals
 * or, if there is none, the first of all: what it has in the configuration
 * string; and the string with another one, by which the element is configured
 * again. */
#define HANDLER_ARGUMENT(handler_name)                                         \
    {                                                                          \
        .name = (handler_name), .read = handler_read_argument,                 \
        .write = handler_write_argument                                        \
    }
int handler_read_argument(struct element *, const struct click_handler *,
                          const char *, struct text *);
int handler_write_argument(struct element *, const struct click_handler *,
                           const char *, struct click_errors *);

#endif
