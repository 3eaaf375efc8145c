/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signal.c: signals, as far as one process alone needs them.
 *
 * A signal here is a function call: raise(), kill() of oneself and
 * pthread_kill() of oneself run the handler in the calling thread before they
 * return. Faults do not become signals; they end in the kernel's crash report,
 * which says more than a handler could. Two signals come from outside in a
 * manner of speaking:
 *
 *   - abort() and failed assertions raise SIGABRT, whose default is the crash
 *     report;
 *   - `xl shutdown` and `xl reboot` run the handler of SIGTERM, if the program
 *     has one, in a thread of their own. Servers take that as their hint to
 *     finish. If the program has not exited 10 s later, the domain ends anyway.
 *
 * Concurrency: `lock` guards the table of actions and the process's list. A
 * thread's mask and pending set are its own.
 *
 * Left out: signals to other threads, interrupted system calls (EINTR),
 * alternate stacks, queues.
 */
#include <signal.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "coracle/lifecycle.h"
#include "coracle/print.h"
#include "lib/libc/libc.h"

#define BIT(number) (1UL << (number))

/* Those whose default is to do nothing. */
#define IGNORED                                                                \
    (BIT(SIGCHLD) | BIT(SIGURG) | BIT(SIGCONT) | BIT(SIGWINCH) | BIT(SIGIO))

/* Those whose default is a crash report; of the others it is to exit. */
#define CRASHING                                                               \
    (BIT(SIGABRT) | BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) |   \
     BIT(SIGSYS) | BIT(SIGTRAP) | BIT(SIGQUIT) | BIT(SIGEMT) | BIT(SIGXCPU) |  \
     BIT(SIGXFSZ))

/* How long a program may take to exit after `xl shutdown`. */
#define GRACE (10 * NS_PER_S)

static struct spinlock lock = SPINLOCK_INIT;
static struct sigaction actions[NSIG]; /* guarded by lock */

static bool valid(int number)
{
    return number > 0 && number < NSIG;
}

/* ---- Delivery ------------------------------------------------------------ */

static void default_action(int number)
{
    if (IGNORED & BIT(number))
        return;
    if (CRASHING & BIT(number))
        panic("signal %d (%s) with no handler", number, strsignal(number));
    printk("libc: ended by signal %d (%s)\n", number, strsignal(number));
    _exit(128 + number);
}

static void run_handler(int number, const struct sigaction *action)
{
    struct libc_thread *self = libc_thread_self();
    sigset_t blocked = self->blocked;
    siginfo_t info = {.si_signo = number, .si_code = SI_USER, .si_pid = 1};

    self->blocked |= action->sa_mask;
    if (!(action->sa_flags & SA_NODEFER))
        self->blocked |= BIT(number);
    if (action->sa_flags & SA_SIGINFO)
        action->sa_sigaction(number, &info, NULL);
    else
        action->sa_handler(number);
    self->blocked = blocked;
}

static void deliver(int number)
{
    struct sigaction action;

    spin_lock(&lock);
    action = actions[number];
    if ((action.sa_flags & SA_RESETHAND) && action.sa_handler != SIG_IGN)
        actions[number].sa_handler = SIG_DFL;
    spin_unlock(&lock);

    if (action.sa_handler == SIG_IGN)
        return;
    if (action.sa_handler == SIG_DFL)
        default_action(number);
    else
        run_handler(number, &action);
}

int raise(int number)
{
    struct libc_thread *self = libc_thread_self();

    if (!valid(number))
        return (int)libc_result(-EINVAL);
    if (self->blocked & BIT(number) & ~BIT(SIGKILL))
        self->pending |= BIT(number);
    else
        deliver(number);
    return 0;
}

/* Deliver what was pending and is not blocked any more. */
static void deliver_pending(struct libc_thread *self)
{
    for (int number = 1; number < NSIG; number++) {
        if (self->pending & ~self->blocked & BIT(number)) {
            self->pending &= ~BIT(number);
            deliver(number);
        }
    }
}

int kill(pid_t process, int number)
{
    if (number != 0 && !valid(number))
        return (int)libc_result(-EINVAL);
    /* Our number, our group (0), everybody (-1): all of it is us. */
    if (process > 1)
        return (int)libc_result(-ESRCH);
    return number == 0 ? 0 : raise(number);
}

int killpg(pid_t group, int number)
{
    return kill(-group, number);
}

int pthread_kill(pthread_t thread, int number)
{
    if (number != 0 && !valid(number))
        return EINVAL;
    if (number == 0)
        return 0;
    if (!pthread_equal(thread, pthread_self()))
        return ENOTSUP;
    return raise(number) == 0 ? 0 : errno;
}

/* ---- The owner's wish to end --------------------------------------------- */

static void on_shutdown(enum shutdown_request request)
{
    if (request == SHUTDOWN_REQUEST_REBOOT)
        libc_reboot_on_exit();
    deliver(SIGTERM);
    thread_sleep(GRACE);
}

/* ---- Actions and masks --------------------------------------------------- */

int sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
    if (!valid(number) || (action != NULL && number == SIGKILL))
        return (int)libc_result(-EINVAL);
    spin_lock(&lock);
    if (old != NULL)
        *old = actions[number];
    if (action != NULL)
        actions[number] = *action;
    spin_unlock(&lock);
    if (action != NULL && number == SIGTERM)
        lifecycle_on_shutdown(action->sa_handler == SIG_DFL ? NULL
                                                            : on_shutdown);
    return 0;
}

_sig_func_ptr signal(int number, _sig_func_ptr handler)
{
    struct sigaction action = {.sa_flags = SA_RESTART};
    struct sigaction old;

    action.sa_handler = handler;
    if (sigaction(number, &action, &old) != 0)
        return SIG_ERR;
    return old.sa_handler;
}

int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    struct libc_thread *self = libc_thread_self();

    if (old != NULL)
        *old = self->blocked;
    if (set == NULL)
        return 0;
    switch (how) {
    case SIG_BLOCK:
        self->blocked |= *set;
        break;
    case SIG_UNBLOCK:
        self->blocked &= ~*set;
        break;
    case SIG_SETMASK:
        self->blocked = *set;
        break;
    default:
        return EINVAL;
    }
    deliver_pending(self);
    return 0;
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    return (int)libc_result(-pthread_sigmask(how, set, old));
}

int sigpending(sigset_t *set)
{
    *set = libc_thread_self()->pending;
    return 0;
}

int sigemptyset(sigset_t *set)
{
    *set = 0;
    return 0;
}

int sigfillset(sigset_t *set)
{
    *set = ~BIT(0);
    return 0;
}

int sigaddset(sigset_t *set, const int number)
{
    if (!valid(number))
        return (int)libc_result(-EINVAL);
    *set |= BIT(number);
    return 0;
}

int sigdelset(sigset_t *set, const int number)
{
    if (!valid(number))
        return (int)libc_result(-EINVAL);
    *set &= ~BIT(number);
    return 0;
}

int sigismember(const sigset_t *set, int number)
{
    if (!valid(number))
        return (int)libc_result(-EINVAL);
    return (*set & BIT(number)) != 0;
}

/* ---- Giving up ----------------------------------------------------------- */

/* Even a handler that returns does not save the program. */
void abort(void)
{
    struct sigaction action;

    spin_lock(&lock);
    action = actions[SIGABRT];
    spin_unlock(&lock);
    if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN)
        run_handler(SIGABRT, &action);
    panic("abort() called");
}

#pragma weak fflush

void __assert_func(const char *file, int line, const char *function,
                   const char *condition)
{
    if (fflush) /* the program has streams */
        fflush(stdout);
    printk("%s:%d: %s%sassertion failed: %s\n", file, line,
           function == NULL ? "" : function,
           function == NULL ? "" : "(): ", condition);
    abort();
}

void __assert(const char *file, int line, const char *condition)
{
    __assert_func(file, line, NULL, condition);
}
