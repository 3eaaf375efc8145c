/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lifecycle: every way to end.
 *
 *     exit N     domain_exit(N)          wait      until the owner ends us
 *     reboot N   domain_reboot(N)        handler   the same, with a handler
 *     crash      panic()                 both      end in main while the
 *                                                  handler still runs
 */
#include "coracle/lifecycle.h"
#include "coracle/print.h"
#include "coracle/thread.h"
#include "lib/string.h"

int main(int argc, char **argv);

static volatile bool handler_runs;
static bool linger;

static void on_shutdown(enum shutdown_request request)
{
    printk("handler: %s\n",
           request == SHUTDOWN_REQUEST_REBOOT ? "reboot" : "poweroff");
    handler_runs = true;
    if (linger)
        thread_sleep_until(TIME_NEVER);
    printk("handler: done\n");
}

static _Noreturn void wait_for_the_end(void)
{
    printk("waiting\n");
    thread_sleep_until(TIME_NEVER);
    panic("TIME_NEVER came");
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    uint64_t status = 0;

    if (argc > 2 && !string_to_number(argv[2], &status))
        return 2;
    if (!strcmp(what, "exit"))
        domain_exit((int)status);
    if (!strcmp(what, "reboot"))
        domain_reboot((int)status);
    if (!strcmp(what, "crash"))
        panic("on purpose");
    if (!strcmp(what, "wait"))
        wait_for_the_end();
    linger = !strcmp(what, "both");
    lifecycle_on_shutdown(on_shutdown);
    if (!linger)
        wait_for_the_end();
    printk("waiting\n");
    while (!handler_runs)
        thread_sleep(NS_PER_MS);
    return 42;
}
