/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print.h: how the kernel speaks and how it gives up.
 *
 * printk() formats with lib/printf.c (a small printf: d i u x p s c %, with
 * l, ll, z, widths and precisions; no floats) and writes to the console.
 * Lines of the kernel begin with the part that speaks: "xenstore: ...".
 * It is quiet unless something is wrong.
 */
#ifndef CORACLE_PRINT_H
#define CORACLE_PRINT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include "coracle/compiler.h"

/*
 * printk(): any context. In a thread it may sleep until the console has room;
 * elsewhere it polls. Lines of up to 256 bytes stay whole.
 */
PRINTF_LIKE(1, 2) void printk(const char *format, ...);
void vprintk(const char *format, va_list arguments);

/*
 * A broken contract inside the kernel or of the hypervisor: print the message
 * and a backtrace, report the crash to Xen. Never for what a backend, the
 * network, a disk, xenstore or a configuration says.
 */
PRINTF_LIKE(1, 2) _Noreturn void panic(const char *format, ...);

/* Our own invariants only. Always compiled in. */
#define ASSERT(condition)                                                      \
    do {                                                                       \
        if (__builtin_expect(!(condition), 0))                                 \
            panic("%s:%d: assertion failed: %s", __FILE__, __LINE__,           \
                  #condition);                                                 \
    } while (0)

/*
 * Bytes to and from the console of this domain, which is a terminal: "\n" goes
 * out as "\r\n", and "\r" (Enter) comes in as "\n". console_write() blocks the
 * calling thread while the ring is full and loses nothing. console_read()
 * blocks until there is at least one byte and returns how many it stored (1 to
 * size), or 0 at an end of file (control-D at the start of a line) and when the
 * console can give no input. console_readable(): it would not block. Thread
 * context. The console is implemented in xen/console.c.
 */
void console_write(const char *bytes, size_t size);
size_t console_read(char *bytes, size_t size);
bool console_readable(void);

/*
 * If not NULL, called in event context whenever console_readable() may have
 * become true.
 */
extern void (*console_on_input)(void);

#endif
