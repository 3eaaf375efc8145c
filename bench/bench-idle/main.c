/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench-idle: a guest that says one line and then waits for ever. `make bench`
 * creates many of them at once.
 */
#include "coracle/print.h"
#include "coracle/thread.h"

int main(void);

int main(void)
{
    printk("idle\n");
    thread_sleep_until(TIME_NEVER);
    return 0;
}
