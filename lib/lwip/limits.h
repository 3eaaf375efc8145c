/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * limits.h: how much memory TCP may use. The core lock is held.
 */
#ifndef CORACLE_LWIP_LIMITS_H
#define CORACLE_LWIP_LIMITS_H

#include <stdbool.h>

/* Memory is so short that who has bytes waiting, in or out, gets no more. */
bool limits_short(void);

#endif
