/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lines: does standard input work, blocking, by poll() and without blocking?
 * Reads lines of numbers up to the line "end" or the end of file and prints
 * their sum. With the argument "file" there may be input from the beginning.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/guest/posix/check.h"

/* Nothing comes before we ask for it. */
static void check_silence(struct pollfd *input)
{
    char byte;

    CHECK_EQUAL(poll(input, 1, 30), 0);
    CHECK_EQUAL(fcntl(0, F_SETFL, O_NONBLOCK), 0);
    errno = 0;
    CHECK(read(0, &byte, 1) == -1 && errno == EAGAIN);
    CHECK_EQUAL(fcntl(0, F_SETFL, 0), 0);
}

int main(int argc, char **argv)
{
    struct pollfd input = {0, POLLIN, 0};
    char *line = NULL;
    size_t room = 0;
    long sum = 0;

    if (argc < 2 || strcmp(argv[1], "file") != 0)
        check_silence(&input);
    printf("numbers, please\n");

    CHECK_EQUAL(poll(&input, 1, -1), 1);
    CHECK_EQUAL(input.revents, POLLIN);
    while (getline(&line, &room, stdin) > 0 && strcmp(line, "end\n") != 0)
        sum += atol(line);
    free(line);
    printf("sum %ld\n", sum);
    return check_failures != 0;
}
