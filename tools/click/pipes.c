/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pipes.c: programs that unpack what is read and pack what is written. No shell
 * is between: a file's name may be anything.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/click/file.h"
#include "tools/click/host.h"

static struct piped {
    struct piped *next;
    struct click_file *file;
    pid_t program;
    bool write;
} * all;

/* In the new process: `program`, words with blanks between, from or to the file
 * and the pipe. */
static void become(const char *program, int in, int out)
{
    char words[32], *list[4];
    unsigned int count = 0;

    strncpy(words, program, sizeof(words) - 1);
    words[sizeof(words) - 1] = '\0';
    for (char *word = strtok(words, " "); word && count < 3;
         word = strtok(NULL, " "))
        list[count++] = word;
    list[count] = NULL;
    if (dup2(in, 0) == 0 && dup2(out, 1) == 1)
        execvp(list[0], list);
    _exit(127);
}

struct click_file *pipe_open(struct router_world *world, const char *program,
                             const char *name, bool write)
{
    struct piped *piped = calloc(1, sizeof(*piped));
    int file, ends[2] = {-1, -1};

    (void)world;
    file = open(name,
                (write ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY) | O_CLOEXEC,
                0666);
    if (piped && file >= 0 && pipe2(ends, O_CLOEXEC) == 0) {
        piped->file = click_file_of(ends[write],
                                    write ? CLICK_FILE_WRITE : CLICK_FILE_READ);
        piped->write = write;
        piped->program = piped->file ? fork() : -1;
        if (!piped->file)
            close(ends[write]);
        if (piped->program == 0)
            become(program, write ? ends[0] : file, write ? file : ends[1]);
        close(ends[!write]);
    }
    if (file >= 0)
        close(file);
    if (piped && piped->file && piped->program > 0) {
        piped->next = all;
        all = piped;
        return piped->file;
    }
    if (piped && piped->file)
        click_file_close(piped->file);
    free(piped);
    return NULL;
}

int pipe_close(struct router_world *world, struct click_file *file)
{
    struct piped **at = &all, *piped;
    int status = 0, result;

    (void)world;
    while (*at && (*at)->file != file)
        at = &(*at)->next;
    piped = *at;
    if (!piped)
        return -ENOENT;
    *at = piped->next;
    result = click_file_close(file) ? -EIO : 0;
    while (waitpid(piped->program, &status, 0) < 0 && errno == EINTR)
        ;
    if (piped->write && status != 0)
        result = -EIO;
    free(piped);
    return result;
}
