/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * start.c: from the kernel to main() for a program without a C library.
 *
 * Such a program has the kernel's own interface, include/coracle/, and nothing
 * else: no stdio, no errno, no environment. The command line becomes argv by
 * the same rules as with newlib (lib/libc/cmdline.c, compiled in here), except
 * that NAME=value words are arguments like any other.
 */
#include "coracle/lifecycle.h"
#include "coracle/print.h"
#include "lib/libc/cmdline.h"

#define TEXT_MAX 1024
#define WORD_MAX 126

int main(int argc, char **argv);

extern const char program_name[];
extern void (*const init_array_start[])(void);
extern void (*const init_array_end[])(void);

static char text[TEXT_MAX];
static char *words[1 + WORD_MAX + 1];

void program_start(const char *command_line)
{
    int count = command_line_split(command_line, text, sizeof(text), words + 1,
                                   WORD_MAX);

    if (count < 0) {
        printk("%s: %s\n", program_name, command_line_message(count));
        domain_exit(2);
    }
    words[0] = (char *)program_name;
    for (long i = 0; i < init_array_end - init_array_start; i++)
        init_array_start[i]();
    domain_exit(main(1 + count, words));
}
