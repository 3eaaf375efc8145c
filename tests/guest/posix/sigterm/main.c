/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sigterm: a server as anyone writes one. It works until a handler of SIGTERM
 * has set a flag, finishes, and exits. `xl shutdown` and `xl reboot` must have
 * that handler run. With the argument "deaf" it never looks at the flag.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t asked;

static void on_term(int number)
{
    asked = number;
}

int main(int argc, char **argv)
{
    (void)argv;
    signal(SIGTERM, on_term);
    printf("serving\n");
    while (!asked || argc > 1)
        usleep(1000);
    printf("asked by signal %d, finishing\n", (int)asked);
    return 4;
}
