/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sys_arch.h: lwIP's threads, semaphores, mutexes and mailboxes are ours
 * (include/coracle/sync.h); lib/lwip/sys_arch.c makes them so.
 */
#ifndef CORACLE_LWIP_ARCH_SYS_ARCH_H
#define CORACLE_LWIP_ARCH_SYS_ARCH_H

#include <stdbool.h>
#include <stdint.h>
#include "coracle/sync.h"

/* Nothing waits for another thread: there are no semaphores. */
typedef struct lwip_semaphore *sys_sem_t;
typedef struct mutex *sys_mutex_t;
typedef struct lwip_mailbox *sys_mbox_t;
typedef struct thread *sys_thread_t;
typedef unsigned int sys_prot_t;

#define sys_sem_valid(sem)           (*(sem) != NULL)
#define sys_sem_set_invalid(sem)     (*(sem) = NULL)
#define sys_mutex_valid(mutex)       (*(mutex) != NULL)
#define sys_mutex_set_invalid(mutex) (*(mutex) = NULL)
#define sys_mbox_valid(mbox)         (*(mbox) != NULL)
#define sys_mbox_set_invalid(mbox)   (*(mbox) = NULL)

/* lwIP's core lock. Whoever gives it up first sends what was collected. */
void lwip_port_lock(void);
void lwip_port_unlock(void);

#endif
