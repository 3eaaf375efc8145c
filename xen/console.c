/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console.c: the domain's text console.
 *
 * A domU shares one page with xenconsoled in dom0, with a byte ring in each
 * direction and one event channel (<xen/io/console.h>); xenconsoled copies the
 * output into a log and to whoever runs `xl console`. Where there is no such
 * page (Xen started us in dom0's place) text goes through the console_io
 * hypercall to Xen's own serial line, which takes it at once, and input comes
 * from there when VIRQ_CONSOLE says so.
 *
 * Lines stay whole without any lock that is held while sleeping. Output is cut
 * into pieces of up to PIECE bytes that end with a line where they can; a
 * writer waits until a whole piece has room and copies it in under the
 * spinlock. So threads, event handlers and other CPUs can only come between
 * pieces, a thread that waits for xenconsoled stops nobody else, and an event
 * handler that has something to say cannot deadlock.
 *
 * Who may sleep does; boot, event handlers and crashes poll the event channel.
 * A poll eats the event, so whoever polled wakes the sleepers itself.
 *
 * The console is a terminal to people: on the ring "\n" leaves as "\r\n" (Xen's
 * serial line does that by itself), and Enter, "\r", arrives as "\n". Control-D
 * (END_OF_FILE) at the start of a line is an end of file; elsewhere it is taken
 * out, as if it ended the line without a newline, so that a second one is an
 * end of file. Nothing is echoed and there is no line editing: bytes are given
 * to who reads as they come, not when their line is whole.
 *
 * Counters of the other end that make no sense mark the console broken: output
 * is dropped then, input ends. Nobody could be told.
 */
#include <stdint.h>
#include <xen/io/console.h>
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "arch/x86/setup.h"
#include "coracle/print.h"
#include "coracle/thread.h"
#include "coracle/time.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "xen/console.h"
#include "xen/evtchn.h"
#include "xen/ring.h"

/* Bytes that go into the ring in one step. A line of 256 bytes fits even if
 * every byte of it were a newline. */
#define PIECE 512

/* What one call of printk() can say. */
#define MESSAGE 512

/* Control-D, POSIX's VEOF. */
#define END_OF_FILE '\004'

/* How long the other end may take for a step before it is given up. */
#define PATIENCE (2 * NS_PER_S)

static struct {
    struct spinlock lock; /* guards all but port, has_... and crashing */
    struct ring out;
    struct ring in;
    uint32_t port;
    bool has_ring;
    bool has_input; /* console_init() has bound the event */
    bool broken;    /* the other end's counters made no sense */
    struct waitq room;
    struct waitq input;
    char ahead; /* a byte that was taken to see if there is input */
    bool ahead_full;
    bool in_line;  /* the last byte of input was not a line's end */
    bool ended;    /* an end of file is to be reported next */
    bool crashing; /* set once; from then on there is no lock */
} console = {
    .lock = SPINLOCK_INIT,
    .room = WAITQ_INIT(console.room),
    .input = WAITQ_INIT(console.input),
};

static void lock(void)
{
    if (!console.crashing)
        spin_lock(&console.lock);
}

static void unlock(void)
{
    if (!console.crashing)
        spin_unlock(&console.lock);
}

/* A result of the ring, with broken rings remembered. Locked. */
static int checked(int result)
{
    if (result < 0)
        console.broken = true;
    return result;
}

void (*console_on_input)(void);

/* The other end has done something: let those who wait look, and announce what
 * it has left in the ring (put_piece() counts on it). */
static void after_event(void)
{
    lock();
    if (!console.crashing) {
        waitq_wake_all(&console.room);
        waitq_wake_all(&console.input);
    }
    if (console.has_ring &&
        checked(ring_room(&console.out)) != (int)console.out.size)
        evtchn_notify(console.port);
    unlock();
}

/* Event context. */
static void on_event(uint32_t port, void *argument)
{
    (void)port;
    (void)argument;
    after_event();
    if (console_on_input != NULL)
        console_on_input();
}

/* Whether the caller, who holds the lock, is a thread without other spinlocks:
 * then events are masked once, by our own. */
static bool may_sleep_locked(void)
{
    return console.has_input && !console.crashing && cpu_read(mask_depth) == 1;
}

/* ---- Output -------------------------------------------------------------- */

/*
 * Take the next piece off *text: fill `to` with its bytes as the ring wants
 * them and return how many those are. A piece holds all that is left, or ends
 * with the last newline that fits, or is full.
 */
static size_t cut_piece(char *to, const char **text, const char *end)
{
    const char *from = *text;
    const char *after_line = NULL;
    size_t size = 0, size_of_lines = 0;

    while (from < end && size + 2 <= PIECE) {
        if (*from == '\n')
            to[size++] = '\r';
        to[size++] = *from++;
        if (from[-1] == '\n') {
            after_line = from;
            size_of_lines = size;
        }
    }
    if (from < end && after_line) {
        *text = after_line;
        return size_of_lines;
    }
    *text = from;
    return size;
}

/* Wait, awake, until the other end has gone on from `before`. Returns false if
 * it had its time and did not. Not locked. */
static bool poll_progress(uint32_t before)
{
    uint64_t deadline = time_monotonic() + PATIENCE;

    while (READ_ONCE(*console.out.theirs) == before) {
        if (time_monotonic() >= deadline)
            return false;
        evtchn_notify(console.port);
        evtchn_poll(console.port, deadline);
        after_event();
    }
    return true;
}

/* The ring was too full when the other end's counter was `before`: wait for
 * it, asleep if we may. Locked before and after. */
static bool wait_for_room(uint32_t before)
{
    bool progress;

    if (may_sleep_locked()) {
        /* The event cannot come too early: on_event() wants the lock. */
        waitq_wait(&console.room, &console.lock, TIME_NEVER);
        return true;
    }
    unlock();
    progress = poll_progress(before);
    lock();
    return progress;
}

/*
 * Tell the other end of bytes that went into a ring that was empty or not.
 *
 * xenconsoled listens to 30 events in 200 ms and then takes a rest, so an event
 * should be worth its while: one goes out only for the first bytes in an empty
 * ring. What follows is taken along or, if the other end had looked already, is
 * announced by after_event(): it notifies us each time it has taken something.
 */
static void announce(bool was_empty)
{
    if (was_empty || !console.has_input)
        evtchn_notify(console.port);
}

/* Put one piece into the ring as a whole. It is dropped if the console is
 * broken, or if we had to poll and the other end never came. */
static void put_piece(const char *piece, size_t size)
{
    lock();
    while (!console.broken) {
        /* Read before the room is, so that progress in between shows. */
        uint32_t before = READ_ONCE(*console.out.theirs);
        int room = checked(ring_room(&console.out));

        if (room >= (int)size) {
            (void)checked(ring_put(&console.out, piece, size));
            announce((uint32_t)room == console.out.size);
            break;
        }
        if (room >= 0 && !wait_for_room(before))
            break;
    }
    unlock();
}

static void write_to_xen(const char *bytes, size_t size)
{
    /* Xen reads our memory only; the call's type is older than const. */
    (void)xen_console_io(CONSOLEIO_write, size, (char *)(uintptr_t)bytes);
}

void console_write(const char *bytes, size_t size)
{
    const char *end = bytes + size;
    char piece[PIECE];

    if (!console.has_ring) {
        write_to_xen(bytes, size);
        return;
    }
    while (bytes < end) {
        size_t length = cut_piece(piece, &bytes, end);

        put_piece(piece, length);
    }
}

void vprintk(const char *format, va_list arguments)
{
    static const char cut[] = "...\n";
    char message[MESSAGE];
    size_t length =
        (size_t)string_vformat(message, sizeof(message), format, arguments);

    if (length >= sizeof(message)) {
        length = sizeof(message) - 1;
        memcpy(message + sizeof(message) - sizeof(cut), cut, sizeof(cut));
    }
    console_write(message, length);
}

void printk(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintk(format, arguments);
    va_end(arguments);
}

void console_drain(void)
{
    uint32_t before, target;

    if (!console.has_ring)
        return;
    lock();
    target = console.out.mine;
    unlock();
    /* Only what was printed before: other threads may go on for ever. */
    do {
        before = READ_ONCE(*console.out.theirs);
    } while ((int32_t)(target - before) > 0 && poll_progress(before));
}

void console_crash_begin(void)
{
    console.crashing = true;
}

/* ---- Input --------------------------------------------------------------- */

/* One byte from the other end, if there is one. Locked. */
static bool take_byte(char *byte)
{
    if (console.has_ring)
        return checked(ring_get(&console.in, byte, 1)) == 1;
    return xen_console_io(CONSOLEIO_read, 1, byte) == 1;
}

/*
 * Whether there is something to report: a byte, now in `ahead`, or an end of
 * file. To know it the byte must be taken, because it may be a control-D in
 * the middle of a line, which is nothing. Locked.
 */
static bool look_ahead(void)
{
    char byte;

    while (!console.ahead_full && !console.ended && take_byte(&byte)) {
        if (byte != END_OF_FILE) {
            console.ahead = byte == '\r' ? '\n' : byte;
            console.ahead_full = true;
        } else if (!console.in_line) {
            console.ended = true;
        }
        console.in_line = byte != END_OF_FILE && console.ahead != '\n';
    }
    return console.ahead_full || console.ended;
}

/* What is there now, at most `size` bytes; 0 for an end of file. Locked, and
 * look_ahead() has found something. */
static size_t take_input(char *bytes, size_t size)
{
    size_t count = 0;

    while (count < size && look_ahead() && console.ahead_full) {
        bytes[count++] = console.ahead;
        console.ahead_full = false;
    }
    if (count == 0)
        console.ended = false; /* reported herewith */
    return count;
}

size_t console_read(char *bytes, size_t size)
{
    size_t count = 0;

    if (!console.has_input || size == 0)
        return 0;
    lock();
    while (!look_ahead() && !console.broken)
        waitq_wait(&console.input, &console.lock, TIME_NEVER);
    count = take_input(bytes, size);
    unlock();
    /* There is room again: xenconsoled may hold more. */
    if (console.has_ring)
        evtchn_notify(console.port);
    return count;
}

bool console_readable(void)
{
    bool readable;

    if (!console.has_input)
        return false;
    lock();
    readable = look_ahead();
    unlock();
    return readable;
}

/* ---- Boot ---------------------------------------------------------------- */

void console_init_early(void *page, uint32_t port)
{
    struct xencons_interface *shared = page;

    if (!shared)
        return;
    ring_init(&console.out, shared->out, sizeof(shared->out), &shared->out_prod,
              &shared->out_cons);
    ring_init(&console.in, shared->in, sizeof(shared->in), &shared->in_cons,
              &shared->in_prod);
    console.port = port;
    console.has_ring = true;
}

int console_init(void)
{
    int port = 0;

    if (console.has_ring)
        port = evtchn_bind_existing(console.port, on_event, NULL, 0);
    else if (start_info.flags & SIF_INITDOMAIN)
        port = evtchn_bind_virq(VIRQ_CONSOLE, on_event, NULL);
    else
        return 0; /* neither: output goes to Xen, or nowhere */
    if (port < 0)
        return port;
    console.has_input = true;
    return 0;
}
