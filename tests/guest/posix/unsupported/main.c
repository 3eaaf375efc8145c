/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unsupported: does a call that nothing can serve fail with ENOSYS, and say so
 * on the console once, however often it is called? The test counts the lines.
 */
#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/guest/posix/check.h"

int main(void)
{
    for (int i = 0; i < 3; i++) {
        errno = 0;
        CHECK(fork() == -1 && errno == ENOSYS);
        errno = 0;
        CHECK(mkfifo("/x", 0777) == -1 && errno == ENOSYS);
        errno = 0;
        CHECK(popen("ls", "r") == NULL && errno == ENOSYS);
    }
    return check_failures != 0;
}
