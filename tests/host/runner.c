/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * runner.c: main() of every host test program.
 *
 * Without arguments all tests run; arguments name those that shall. Each runs
 * in a child process. The status is 0 if all passed.
 */
#include <sys/wait.h>
#include <unistd.h>
#include "test.h"

static struct test *tests;

void test_register(struct test *test)
{
    struct test **end = &tests;

    while (*end)
        end = &(*end)->next;
    *end = test;
}

static bool wanted(const struct test *test, int argc, char **argv)
{
    if (argc < 2)
        return true;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], test->name))
            return true;
    }
    return false;
}

static bool passes(const struct test *test)
{
    int status;
    pid_t child = fork();

    if (child < 0)
        test_fail(__FILE__, __LINE__, "cannot fork");
    if (child == 0) {
        test->run();
        if (test_locks_held() > 0)
            test_fail(test->name, 0, "ends with a spinlock held");
        exit(0);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
    int ran = 0, failed = 0;

    for (struct test *test = tests; test; test = test->next) {
        if (!wanted(test, argc, argv))
            continue;
        ran++;
        bool passed = passes(test);
        failed += !passed;
        printf("%s %s\n", passed ? "pass" : "FAIL", test->name);
        fflush(stdout);
    }
    if (ran == 0)
        fprintf(stderr, "%s: no such test\n", argv[0]);
    return failed > 0 || ran == 0;
}
