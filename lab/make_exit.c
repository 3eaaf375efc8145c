/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * make_exit.c: lets make end with a status of our choice.
 *
 * GNU make ends with status 2 whenever a recipe fails, whatever the recipe's
 * own status was, and says so in a line of its own. `make run` is to end as the
 * program that it ran. So its last recipe calls $(exit-with FILE): make loads
 * this shared object (see "Loading Dynamic Objects" in make's manual), which
 * reads the status out of FILE, removes FILE and exits on the spot. By then
 * make has nothing left to do: everything that `run` needs is made.
 *
 * A file without a number in it means that the lab died: status 125, as in
 * lab/coraclelab/report.py.
 */
#include <gnumake.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LAB_FAILED 125

int plugin_is_GPL_compatible;
int make_exit_gmk_setup(void);

static char *exit_with(const char *name, unsigned int count, char **arguments)
{
    FILE *file = fopen(arguments[0], "r");
    int status;

    (void)name;
    (void)count;
    if (!file || fscanf(file, "%d", &status) != 1)
        status = LAB_FAILED;
    unlink(arguments[0]);
    fflush(NULL);
    _exit(status);
}

int make_exit_gmk_setup(void)
{
    gmk_add_function("exit-with", exit_with, 1, 1, GMK_FUNC_DEFAULT);
    return 1;
}
