/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * create_time.c: how long until a new guest speaks, for `make bench`.
 *
 *     create-time LOG WORD COMMAND [ARGUMENT...]
 *     create-time LOG WORD
 *
 * Runs COMMAND (`xl create -q x.cfg`) and waits for the first whole line with
 * WORD in LOG, the file into which xenconsoled writes that guest's console
 * (<log-dir>/guest-NAME.log). Without a COMMAND it unpauses the youngest domain
 * instead, which `xl create -p` left paused, and so leaves out the toolstack's
 * work. Then it prints one line, all in nanoseconds:
 *
 *     line=36012345 first=yes command=41000000 guest=812345
 *
 *     line     from just before fork() (or the unpause hypercall) until that
 *              line stood in the log
 *     first    whether it was the first line of the log
 *     command  from the same moment until COMMAND ended; 0 without one
 *     guest    what the youngest domain used of the CPU until a moment after
 *              that line: Xen's count, from libxenctrl
 *
 * Nothing is polled: inotify on the log's folder says when xenconsoled has
 * written, and a pidfd says when COMMAND has ended, so that this program takes
 * no time from what it measures. The clock is CLOCK_MONOTONIC, which Xen's
 * clock drives; under QEMU's -icount it counts instructions.
 *
 * Left out: several guests at a time (the youngest domain is meant).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xenctrl.h>

/* After so long without a word from xenconsoled the guest is silent. */
#define PATIENCE_MS 60000
#define LOG_MAX     65536
#define DOMAINS     1024

static const char *log_path;
static const char *word;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "create-time: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now(void)
{
    struct timespec time;

    if (clock_gettime(CLOCK_MONOTONIC, &time))
        die("clock");
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* ---- The log ---------------------------------------------------------- */

/* The number of the first line with `word` in it, from 1 on; 0: none yet. */
static int find_line(void)
{
    static char text[LOG_MAX + 1];
    int fd = open(log_path, O_RDONLY | O_CLOEXEC);
    char *line = text, *end;
    ssize_t got;

    if (fd < 0)
        return 0; /* not yet made */
    got = read(fd, text, LOG_MAX);
    close(fd);
    text[got < 0 ? 0 : got] = '\0';
    for (int number = 1; (end = strchr(line, '\n')); number++) {
        *end = '\0';
        if (strstr(line, word))
            return number;
        line = end + 1;
    }
    return 0;
}

static int watch_log(void)
{
    char *path = strdup(log_path);
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

    if (fd < 0 || !path ||
        inotify_add_watch(fd, dirname(path), IN_CREATE | IN_MODIFY) < 0)
        die(log_path);
    free(path);
    return fd;
}

static void forget_notices(int fd)
{
    char notices[4096];

    while (read(fd, notices, sizeof(notices)) > 0)
        ;
}

/* ---- The guest -------------------------------------------------------- */

static pid_t start(char **command)
{
    pid_t pid = fork();

    if (pid < 0)
        die("fork");
    if (pid == 0) {
        execvp(command[0], command);
        die(command[0]);
    }
    return pid;
}

/* The domain with the highest number; Xen counts up. */
static xc_dominfo_t youngest(xc_interface *xc)
{
    static xc_dominfo_t list[DOMAINS];
    int count = xc_domain_getinfo(xc, 0, DOMAINS, list);

    if (count < 1)
        die("no list of domains");
    return list[count - 1];
}

static void wait_for(int notices, int ended, uint64_t begin, int *line,
                     uint64_t *line_time, uint64_t *end_time)
{
    struct pollfd polled[] = {{notices, POLLIN, 0}, {ended, POLLIN, 0}};

    while (!*line || polled[1].fd >= 0) {
        int got = poll(polled, 2, PATIENCE_MS);

        if (got == 0)
            errno = ETIMEDOUT;
        if (got <= 0)
            die("the guest's first line");
        if (polled[0].revents) {
            forget_notices(notices);
            if (!*line && (*line = find_line()))
                *line_time = now() - begin;
        }
        if (polled[1].revents) {
            *end_time = now() - begin;
            polled[1].fd = -1;
            polled[1].revents = 0;
        }
    }
}

int main(int argc, char **argv)
{
    uint64_t begin, line_time = 0, end_time = 0;
    xc_interface *xc = xc_interface_open(NULL, NULL, 0);
    int notices, line = 0, ended = -1, status = 0;
    uint32_t domid;
    pid_t pid = 0;

    if (argc < 3) {
        fprintf(stderr, "usage: create-time LOG WORD [COMMAND...]\n");
        return 2;
    }
    if (!xc)
        die("libxenctrl");
    log_path = argv[1];
    word = argv[2];
    notices = watch_log();
    domid = youngest(xc).domid;
    begin = now();
    if (argc > 3) {
        pid = start(argv + 3);
        ended = (int)syscall(SYS_pidfd_open, pid, 0);
        if (ended < 0)
            die("pidfd");
    } else if (xc_domain_unpause(xc, domid)) {
        die("unpause");
    }
    wait_for(notices, ended, begin, &line, &line_time, &end_time);
    if (pid)
        waitpid(pid, &status, 0);
    printf("line=%llu first=%s command=%llu guest=%llu\n",
           (unsigned long long)line_time, line == 1 ? "yes" : "no",
           (unsigned long long)end_time,
           (unsigned long long)youngest(xc).cpu_time);
    return status ? 1 : 0;
}
