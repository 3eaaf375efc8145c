/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lifecycle.c: how the domain ends.
 *
 * By its own will: the program returns from main() or calls exit(). The status
 * goes to data/exit-status in the domain's home in xenstore, where tools find
 * it as long as the domain is kept; under bare Xen it is the console's last
 * line. Then the console drains and SCHEDOP_shutdown (<xen/sched.h>) tells Xen
 * the reason, on which the toolstack's on_poweroff=, on_reboot=, on_crash= act.
 *
 * By its owner's: `xl shutdown` writes a word into control/shutdown and waits
 * up to a minute for the domain to write it empty again, then for it to end.
 * The watch's function does the first at once, whatever the program does; the
 * thread "lifecycle" then calls the program's handler, if any, and ends the
 * domain. That thread also registers all this, so that main() need not wait
 * for xenstored.
 *
 * A request to suspend is not acknowledged: to acknowledge means "I am about
 * to". libxl then withdraws it after a minute and `xl save` fails cleanly.
 * Requests that we do not know are left standing for the same reason.
 *
 * Whoever is first to end the domain ends it; later comers sleep for ever. The
 * spinlock guards the fields of `life`.
 */
#include "arch/x86/hypercall.h"
#include "coracle/errno.h"
#include "coracle/lifecycle.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "coracle/thread.h"
#include "lib/string.h"
#include "xen/console.h"
#include "xen/xenstore.h"

static struct {
    struct spinlock lock; /* guards all below */
    bool ending;
    bool requested;
    enum shutdown_request request;
    void (*handler)(enum shutdown_request request);
    struct lifecycle_end *ends; /* the one added last first */
    struct waitq wanted;  /* the thread "lifecycle" waits for `requested` */
    struct waitq forever; /* for those who came too late to end the domain */
} life = {
    .lock = SPINLOCK_INIT,
    .wanted = WAITQ_INIT(life.wanted),
    .forever = WAITQ_INIT(life.forever),
};

/* ---- The end ------------------------------------------------------------- */

static _Noreturn void shut_down(unsigned int reason)
{
    struct sched_shutdown shutdown = {.reason = reason};

    console_drain();
    for (;;)
        (void)xen_sched_op(SCHEDOP_shutdown, &shutdown);
}

/* Only the first caller comes back from here, when all is done that was to be
 * done before the end. */
static void begin_ending(void)
{
    spin_lock(&life.lock);
    while (life.ending)
        waitq_wait(&life.forever, &life.lock, TIME_NEVER);
    life.ending = true;
    while (life.ends) {
        struct lifecycle_end *end = life.ends;

        life.ends = end->next;
        spin_unlock(&life.lock);
        end->run();
        spin_lock(&life.lock);
    }
    spin_unlock(&life.lock);
}

void lifecycle_at_end(struct lifecycle_end *end)
{
    spin_lock(&life.lock);
    end->next = life.ends;
    life.ends = end;
    spin_unlock(&life.lock);
}

static void record(int status)
{
    int error;

    if (!xenstore_present()) {
        printk("coracle: exit status %d\n", status);
        return;
    }
    error = xenstore_write(XENSTORE_NO_TX, "data/exit-status", "%d", status);
    if (error)
        printk("lifecycle: exit status %d not recorded: error %d\n", status,
               error);
}

_Noreturn void domain_exit(int status)
{
    begin_ending();
    record(status);
    shut_down(SHUTDOWN_poweroff);
}

_Noreturn void domain_reboot(int status)
{
    begin_ending();
    record(status);
    shut_down(SHUTDOWN_reboot);
}

_Noreturn void domain_crash(void)
{
    console_crash_begin();
    shut_down(SHUTDOWN_crash);
}

/* ---- The owner's requests ------------------------------------------------ */

void lifecycle_on_shutdown(void (*handler)(enum shutdown_request request))
{
    spin_lock(&life.lock);
    life.handler = handler;
    spin_unlock(&life.lock);
}

static void request_end(enum shutdown_request request)
{
    spin_lock(&life.lock);
    if (!life.requested) {
        life.requested = true;
        life.request = request;
        waitq_wake_all(&life.wanted);
    }
    spin_unlock(&life.lock);
}

/* control/shutdown changed; in the thread "watch". */
static void on_control(const char *path, void *argument)
{
    enum shutdown_request request = SHUTDOWN_REQUEST_POWEROFF;
    char *word;

    (void)argument;
    if (xenstore_read(XENSTORE_NO_TX, path, &word, NULL))
        return; /* no such node: nobody has asked yet */
    if (!strcmp(word, "reboot")) {
        request = SHUTDOWN_REQUEST_REBOOT;
    } else if (strcmp(word, "poweroff") && strcmp(word, "halt")) {
        if (word[0]) /* empty: our own acknowledgement */
            printk("lifecycle: cannot do what control/shutdown asks\n");
        goto out;
    }
    if (xenstore_write(XENSTORE_NO_TX, path, "%s", ""))
        printk("lifecycle: could not acknowledge %s\n", word);
    request_end(request);
out:
    heap_free(word);
}

/* Tell the toolstack what we can do, and listen. */
static void announce(void)
{
    struct xenstore_watch *watch;
    int error;

    error = xenstore_watch("control/shutdown", on_control, NULL, &watch);
    if (!error)
        error = xenstore_write(XENSTORE_NO_TX, "control/feature-poweroff", "1");
    if (!error)
        error = xenstore_write(XENSTORE_NO_TX, "control/feature-reboot", "1");
    if (error)
        printk("lifecycle: xl shutdown may not work: error %d\n", error);
}

static void serve_requests(void *argument)
{
    void (*handler)(enum shutdown_request request);

    (void)argument;
    announce();
    spin_lock(&life.lock);
    while (!life.requested)
        waitq_wait(&life.wanted, &life.lock, TIME_NEVER);
    handler = life.handler;
    spin_unlock(&life.lock);
    if (handler)
        handler(life.request);
    begin_ending();
    /* No status: the program did not end, it was ended. */
    shut_down(life.request == SHUTDOWN_REQUEST_REBOOT ? SHUTDOWN_reboot
                                                      : SHUTDOWN_poweroff);
}

int lifecycle_init(void)
{
    struct thread *thread;

    if (!xenstore_present())
        return 0; /* nobody can ask */
    thread = thread_create("lifecycle", serve_requests, NULL, 0);
    if (!thread)
        return -K_ENOMEM;
    thread_detach(thread);
    return 0;
}
