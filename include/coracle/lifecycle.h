/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lifecycle.h: how a domain ends, by its own will or by its owner's.
 */
#ifndef CORACLE_LIFECYCLE_H
#define CORACLE_LIFECYCLE_H

#include "coracle/compiler.h"

/*
 * The program is done: record `status` in xenstore (data/exit-status under the
 * domain's home) or, without xenstore, in the console's last line ("coracle:
 * exit status N"), let the console drain, power off. Thread context. If the
 * domain is ending already, the caller just never runs again.
 */
_Noreturn void domain_exit(int status);

/* As domain_exit(), but ask for a reboot. */
_Noreturn void domain_reboot(int status);

/*
 * The domain cannot go on: let the console drain and report a crash to Xen,
 * which makes xl act on on_crash=. Any context; takes no lock and needs no
 * thread. panic() ends with it.
 */
_Noreturn void domain_crash(void);

/*
 * What the owner asked for with `xl shutdown` or `xl reboot`. It has been
 * acknowledged already; the handler runs in a thread of its own, finishes the
 * program's work and returns; then the domain ends. Only one handler; NULL
 * takes it away. Without one the domain ends at once.
 */
enum shutdown_request { SHUTDOWN_REQUEST_POWEROFF, SHUTDOWN_REQUEST_REBOOT };
void lifecycle_on_shutdown(void (*handler)(enum shutdown_request request));

/*
 * Something to be done before the domain ends of its own will or its owner's
 * (not when it crashes): write what is only in memory. The functions run one
 * after the other, the one added last first, in the thread that ends the
 * domain. Thread context.
 */
struct lifecycle_end {
    void (*run)(void);
    struct lifecycle_end *next; /* of lifecycle.c */
};
void lifecycle_at_end(struct lifecycle_end *end);

/* Called by the kernel at boot, after xenstore_init(). 0 or -K_ENOMEM. */
MUST_CHECK int lifecycle_init(void);

/*
 * The program's command line and ramdisk, as the domain builder gave them.
 * The ramdisk stays mapped read-only; size 0: none.
 */
const char *boot_command_line(void);
const void *boot_ramdisk(unsigned long *size);

/* time_monotonic() when boot.S was entered. */
unsigned long long boot_entry_time(void);

/*
 * Called by the kernel in the main thread once all is up. lib/libc/start.c
 * defines it for programs with a C library, lib/bare/start.c for those
 * without; each calls main().
 */
_Noreturn void program_start(const char *command_line);

#endif
