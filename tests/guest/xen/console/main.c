/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console: the console under real load.
 *
 *     flood BYTES    print BYTES bytes of numbered lines, as fast as it goes,
 *                    while a second thread counts how often it gets to run
 *     threads        eight threads, 200 lines each, of one letter a thread
 *     echo           answer each line of input until one says "quit"
 *     crash          fill the ring, then panic
 *
 * The checks are in tests/lab/test_xen_services.py, outside: whether bytes
 * arrive can only be seen there.
 */
#include "coracle/print.h"
#include "coracle/thread.h"
#include "lib/printf.h"
#include "lib/string.h"

int main(int argc, char **argv);

static volatile bool flooding;
static volatile unsigned long turns;

/* Sleeps a little, again and again: a stalled guest would count nothing. */
static void count_turns(void *argument)
{
    (void)argument;
    while (flooding) {
        thread_sleep(NS_PER_MS);
        turns++;
    }
}

static void flood(uint64_t size)
{
    struct thread *counter;
    uint64_t printed = 0;
    char line[65];

    flooding = true;
    counter = thread_create("counter", count_turns, NULL, 0);
    ASSERT(counter);
    for (unsigned int number = 0; printed < size; number++) {
        string_format(line, sizeof(line), "%08u%055u\n", number, number * 7);
        console_write(line, 64);
        printed += 64;
    }
    flooding = false;
    thread_join(counter);
    printk("the other thread ran%s\n", turns > 0 ? "" : " never");
}

static void print_letters(void *argument)
{
    char letter = *(const char *)argument;
    char line[100];

    memset(line, letter, sizeof(line));
    for (int i = 0; i < 200; i++)
        printk("%.*s\n", 1 + i % 100, line);
}

static void print_from_threads(void)
{
    static char letters[] = "abcdefgh";
    struct thread *threads[8];

    for (int i = 0; i < 8; i++) {
        threads[i] = thread_create("letters", print_letters, &letters[i], 0);
        ASSERT(threads[i]);
    }
    for (int i = 0; i < 8; i++)
        thread_join(threads[i]);
}

static void echo(void)
{
    char line[128];
    size_t size = 0;

    printk("ready\n");
    for (;;) {
        size_t count = console_read(line + size, sizeof(line) - 1 - size);
        char *end;

        ASSERT(count > 0);
        size += count;
        line[size] = '\0';
        while ((end = strchr(line, '\n'))) {
            *end = '\0';
            if (!strcmp(line, "quit"))
                return;
            printk("<%s>\n", line);
            size -= (size_t)(end + 1 - line);
            memmove(line, end + 1, size + 1);
        }
        ASSERT(size < sizeof(line) - 1);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    uint64_t size = 1 << 20;

    if (!strcmp(what, "flood")) {
        if (argc > 2 && !string_to_number(argv[2], &size))
            return 2;
        flood(size);
    } else if (!strcmp(what, "threads")) {
        print_from_threads();
    } else if (!strcmp(what, "echo")) {
        echo();
    } else if (!strcmp(what, "crash")) {
        for (int i = 0; i < 100; i++)
            printk("line %d before the crash\n", i);
        panic("on purpose");
    } else {
        return 2;
    }
    return 0;
}
