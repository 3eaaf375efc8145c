/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * talk: a guest that does what the lab's own tests need a guest to do.
 *
 *     exit N       print its arguments, end with status N
 *     print N      N numbered lines of 50 bytes
 *     crash        write through a null pointer
 *     spin         say so, then never end
 *     echo         say back every line of input until one is "end"
 *     bytes        every byte value there is, and line ends of all kinds
 */
#include "coracle/print.h"
#include "lib/string.h"

int main(int argc, char **argv);

static int number(const char *text)
{
    int value = 0;

    while (*text >= '0' && *text <= '9')
        value = 10 * value + *text++ - '0';
    return value;
}

static int print_arguments(int argc, char **argv)
{
    int i;

    for (i = 1; i < argc; i++)
        printk("argument %d: <%s>\n", i, argv[i]);
    return number(argv[2]);
}

static int print_lines(int count)
{
    int i;

    for (i = 0; i < count; i++)
        printk("%08d 0123456789012345678901234567890123456789\n", i);
    return 0;
}

static int print_bytes(void)
{
    char bytes[256];
    int i;

    for (i = 0; i < 256; i++)
        bytes[i] = (char)i;
    console_write(bytes, sizeof(bytes));
    console_write("\r\n\n\r\r\n\r", 7);
    return 0;
}

static int echo(void)
{
    char line[256];
    size_t length = 0;

    printk("ready\n");
    for (;;) {
        if (length == sizeof(line) - 1)
            length = 0;
        length += console_read(line + length, 1);
        if (length == 0)
            return 1;
        if (line[length - 1] != '\n')
            continue;
        line[length - 1] = '\0';
        printk("got <%s>\n", line);
        if (!strcmp(line, "end"))
            return 0;
        length = 0;
    }
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    int *volatile nowhere = NULL;

    if (!strcmp(verb, "exit") && argc > 2)
        return print_arguments(argc, argv);
    if (!strcmp(verb, "print") && argc > 2)
        return print_lines(number(argv[2]));
    if (!strcmp(verb, "bytes"))
        return print_bytes();
    if (!strcmp(verb, "echo"))
        return echo();
    if (!strcmp(verb, "crash")) {
        printk("about to crash\n");
        *nowhere = 1;
    }
    if (!strcmp(verb, "spin")) {
        printk("spinning\n");
        for (;;)
            asm volatile("pause");
    }
    printk("talk: what?\n");
    return 64;
}
