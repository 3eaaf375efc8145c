/* SPDX-License-Identifier: BSD-2-Clause */
/* sys/eventfd.h: Linux's counter behind a descriptor (lib/libc/eventfd.c). */
#ifndef _SYS_EVENTFD_H
#define _SYS_EVENTFD_H

#include <sys/cdefs.h>
#include <fcntl.h>
#include <stdint.h>

#define EFD_SEMAPHORE 1
#define EFD_NONBLOCK  O_NONBLOCK
#define EFD_CLOEXEC   O_CLOEXEC

typedef uint64_t eventfd_t;

__BEGIN_DECLS
int eventfd(unsigned int, int);
int eventfd_read(int, eventfd_t *);
int eventfd_write(int, eventfd_t);
__END_DECLS

#endif
