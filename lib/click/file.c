/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.c: see file.h.
 */
#include "lib/click/file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM 4096

struct click_file {
    int descriptor; /* -1: what is in the buffer is all */
    int error;      /* the last of read()'s, or 0 */
    bool writing, unbuffered;
    /* Reading: bytes[at] to bytes[end - 1] come next. Writing: all in front of
     * `end` are not yet written. */
    size_t at, end, room;
    int64_t position; /* of bytes[end] when reading, of bytes[0] when writing */
    char bytes[];
};

static struct click_file *file_new(int descriptor, size_t room)
{
    struct click_file *file = calloc(1, sizeof(*file) + room);

    if (file) {
        file->descriptor = descriptor;
        file->room = room;
    }
    return file;
}

struct click_file *click_file_of(int descriptor, int how)
{
    struct click_file *file = file_new(descriptor, ROOM);

    if (file) {
        file->writing = how != CLICK_FILE_READ;
        file->unbuffered = descriptor == STDOUT_FILENO;
    }
    return file;
}

struct click_file *click_file_open(const char *name, int how)
{
    struct click_file *file;
    int descriptor;

    if (!strcmp(name, "-"))
        return click_file_of(
            how == CLICK_FILE_READ ? STDIN_FILENO : STDOUT_FILENO, how);
    descriptor = open(name, how, 0666);
    if (descriptor < 0)
        return NULL;
    file = click_file_of(descriptor, how);
    if (!file)
        close(descriptor);
    return file;
}

struct click_file *click_file_of_bytes(const void *bytes, size_t length)
{
    struct click_file *file = file_new(-1, length);

    if (file) {
        memcpy(file->bytes, bytes, length);
        file->end = length;
        file->position = (int64_t)length;
    }
    return file;
}

/* Read what comes next into the buffer, which is empty. False: nothing does. */
static bool fill(struct click_file *file)
{
    ssize_t count;

    if (file->descriptor < 0)
        return false;
    do
        count = read(file->descriptor, file->bytes, file->room);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        file->error = -errno;
    if (count <= 0)
        return false;
    file->at = 0;
    file->end = (size_t)count;
    file->position += count;
    return true;
}

size_t click_file_read(struct click_file *file, void *to, size_t size)
{
    size_t done = 0;

    while (done < size && (file->at < file->end || fill(file))) {
        size_t some = file->end - file->at;

        if (some > size - done)
            some = size - done;
        memcpy((char *)to + done, file->bytes + file->at, some);
        file->at += some;
        done += some;
    }
    return done;
}

int click_file_flush(struct click_file *file)
{
    size_t done = 0, count = file->end;

    if (!file->writing)
        return 0;
    file->end = 0; /* what cannot be written is not tried again */
    while (done < count) {
        ssize_t some =
            write(file->descriptor, file->bytes + done, count - done);

        if (some < 0 && errno != EINTR)
            return -errno;
        if (some > 0) {
            done += (size_t)some;
            file->position += some;
        }
    }
    return 0;
}

bool click_file_write(struct click_file *file, const void *from, size_t size)
{
    for (size_t done = 0, some; done < size; done += some) {
        some = file->room - file->end;
        if (some > size - done)
            some = size - done;
        memcpy(file->bytes + file->end, (const char *)from + done, some);
        file->end += some;
        if (file->end == file->room && click_file_flush(file))
            return false;
    }
    return !file->unbuffered || click_file_flush(file) == 0;
}

void click_file_unbuffered(struct click_file *file)
{
    file->unbuffered = true;
}

int64_t click_file_position(const struct click_file *file)
{
    return file->writing ? file->position + (int64_t)file->end
                         : file->position - (int64_t)(file->end - file->at);
}

bool click_file_seek(struct click_file *file, int64_t position)
{
    int64_t first = file->position - (int64_t)file->end;

    if (position >= first && position <= file->position) {
        file->at = (size_t)(position - first);
        return true;
    }
    if (position < 0 || lseek(file->descriptor, position, SEEK_SET) < 0)
        return false;
    file->at = file->end = 0;
    file->position = position;
    return true;
}

int64_t click_file_size(struct click_file *file)
{
    int64_t size = lseek(file->descriptor, 0, SEEK_END);

    if (size >= 0 && lseek(file->descriptor, file->position, SEEK_SET) < 0)
        size = -1;
    return size;
}

int click_file_close(struct click_file *file)
{
    int error = file->writing ? click_file_flush(file) : file->error;

    if (file->descriptor > STDERR_FILENO && close(file->descriptor) && !error)
        error = -errno;
    free(file);
    return error;
}
