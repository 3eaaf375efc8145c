/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * process: how a program begins and ends. Its first argument says which end;
 * the test reads the console and the status.
 */
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/guest/posix/check.h"

extern char **environ;

static const char *order = "";

static void add(const char *letter)
{
    char *longer = malloc(strlen(order) + 2);

    strcpy(longer, order);
    strcat(longer, letter);
    order = longer;
}

__attribute__((constructor(102))) static void second(void)
{
    add("b");
}

__attribute__((constructor(101))) static void first(void)
{
    add("a");
}

__attribute__((constructor)) static void third(void)
{
    add("c");
}

__attribute__((destructor)) static void at_the_end(void)
{
    printf("destructor\n");
}

static void exit_1(void)
{
    printf("atexit 1\n");
}

static void exit_2(void)
{
    printf("atexit 2\n");
}

static void show_arguments(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        printf("argv[%d]=<%s>\n", i, argv[i]);
    CHECK(argv[argc] == NULL);
    for (char **setting = environ; *setting != NULL; setting++)
        printf("environ <%s>\n", *setting);
}

/* ---- Signals ------------------------------------------------------------- */

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = caught * 100 + number;
}

static void on_info(int number, siginfo_t *info, void *context)
{
    (void)context;
    CHECK_EQUAL(info->si_signo, number);
    caught = -number;
}

static void signals(void)
{
    struct sigaction action = {0};
    sigset_t set, old;

    CHECK(signal(SIGUSR1, on_signal) == SIG_DFL);
    CHECK_EQUAL(raise(SIGUSR1), 0);
    CHECK_EQUAL(caught, SIGUSR1);

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &old);
    caught = 0;
    raise(SIGUSR1);
    CHECK_EQUAL(caught, 0);
    sigpending(&set);
    CHECK(sigismember(&set, SIGUSR1));
    sigprocmask(SIG_SETMASK, &old, NULL);
    CHECK_EQUAL(caught, SIGUSR1);

    action.sa_sigaction = on_info;
    action.sa_flags = SA_SIGINFO | SA_RESETHAND;
    CHECK_EQUAL(sigaction(SIGUSR2, &action, NULL), 0);
    kill(getpid(), SIGUSR2);
    CHECK_EQUAL(caught, -SIGUSR2);
    CHECK(signal(SIGUSR2, SIG_IGN) == SIG_DFL);
    raise(SIGUSR2);
    raise(SIGCHLD); /* ignored by default */
    CHECK_EQUAL(raise(99), -1);
    CHECK_EQUAL(kill(2, SIGUSR1), -1);
}

static void *return_later(void *argument)
{
    usleep(2000);
    printf("the last thread ends\n");
    return argument;
}

static volatile int reading;

/* Holds the lock of stdin for ever, as nobody types. */
static void *read_for_ever(void *argument)
{
    printf(", and somebody reads\n");
    reading = 1;
    getchar();
    return argument;
}

static void on_abort(int number)
{
    printf("handler of signal %d\n", number);
}

static void end(const char *how)
{
    pthread_t thread;

    if (strcmp(how, "exit") == 0)
        exit(7);
    if (strcmp(how, "_exit") == 0)
        _exit(9);
    if (strcmp(how, "quick") == 0)
        quick_exit(5);
    if (strcmp(how, "term") == 0)
        raise(SIGTERM);
    if (strcmp(how, "abort") == 0) {
        signal(SIGABRT, on_abort);
        abort();
    }
    if (strcmp(how, "assert") == 0)
        assert(how[0] == 'b');
    if (strcmp(how, "reader") == 0) {
        pthread_create(&thread, NULL, read_for_ever, NULL);
        while (!reading)
            usleep(1000);
        usleep(1000); /* for getchar() itself; either way it must end well */
    }
    if (strcmp(how, "pthread_exit") == 0) {
        pthread_create(&thread, NULL, return_later, NULL);
        pthread_exit(NULL);
    }
}

int main(int argc, char **argv)
{
    CHECK_STRING(order, "abc");
    show_arguments(argc, argv);
    atexit(exit_1);
    atexit(exit_2);
    RUN(signals);
    /* No newline: exit() must write it all the same. */
    printf("leaving");
    if (argc > 1)
        end(argv[1]);
    return check_failures ? 1 : 3;
}
