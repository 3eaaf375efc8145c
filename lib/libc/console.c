/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console.c: the file behind descriptors 0, 1 and 2.
 *
 * The kernel's console (include/coracle/print.h) is a terminal already: it
 * knows about newlines, Enter and the end of file. Here it gets the calls that
 * POSIX has for terminals. Left out: other modes, echo, line editing.
 *
 * Concurrency: the kernel's console locks itself (include/coracle/print.h).
 */
#include "lib/libc/file.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "coracle/print.h"
#include "lib/libc/libc.h"

static ssize_t file_read(struct file *file, void *to, size_t size)
{
    if (file_nonblocking(file) && !console_readable())
        return -EAGAIN;
    return (ssize_t)console_read(to, size);
}

static ssize_t file_write(__attribute__((unused)) struct file *file,
                          const void *from, size_t size)
{
    console_write(from, size);
    return (ssize_t)size;
}

static int file_stat(__attribute__((unused)) struct file *file,
                     struct stat *stat)
{
    stat->st_mode = S_IFCHR | S_IRUSR | S_IWUSR;
    stat->st_rdev = 1;
    stat->st_blksize = 1024;
    return 0;
}

static int file_ioctl(__attribute__((unused)) struct file *file,
                      unsigned long request, void *argument)
{
    struct winsize *size = argument;

    switch (request) {
    case TIOCGWINSZ:
        /* The other end does not tell its size; zeros mean unknown. */
        memset(size, 0, sizeof(*size));
        return 0;
    case FIONREAD:
        *(int *)argument = console_readable();
        return 0;
    default:
        return -ENOTTY;
    }
}

static short file_poll(__attribute__((unused)) struct file *file)
{
    return (short)(POLLOUT | (console_readable() ? POLLIN : 0));
}

static const struct file_ops console_ops = {
    .read = file_read,
    .write = file_write,
    .stat = file_stat,
    .ioctl = file_ioctl,
    .poll = file_poll,
};

/* Three descriptors and one reference of its own: it never goes. */
struct file console_file = {
    .ops = &console_ops,
    .references = 4,
    .flags = O_RDWR,
    .descriptors = 3,
    .watches = LIST_INIT(console_file.watches),
};

void console_file_changed(void)
{
    file_changed(&console_file, POLLIN);
}

/* ---- Terminal modes ------------------------------------------------------ */

static const struct termios modes = {
    .c_iflag = ICRNL,
    .c_oflag = OPOST | ONLCR,
    .c_cflag = CS8 | CREAD,
    .c_lflag = ICANON,
    .c_cc = {[VEOF] = 4},
    .c_ispeed = B38400,
    .c_ospeed = B38400,
};

int tcgetattr(int descriptor, struct termios *to)
{
    if (!isatty(descriptor))
        return -1;
    *to = modes;
    return 0;
}

/* There are no other modes than the present ones. */
int tcsetattr(int descriptor, __attribute__((unused)) int when,
              const struct termios *from)
{
    if (!isatty(descriptor))
        return -1;
    if (memcmp(from, &modes, sizeof(modes)) != 0)
        return (int)libc_result(-EINVAL);
    return 0;
}

int tcdrain(int descriptor)
{
    return isatty(descriptor) ? 0 : -1;
}

int tcflush(int descriptor, __attribute__((unused)) int queue)
{
    return isatty(descriptor) ? 0 : -1;
}

speed_t cfgetispeed(const struct termios *from)
{
    return from->c_ispeed;
}

speed_t cfgetospeed(const struct termios *from)
{
    return from->c_ospeed;
}

/* There is one terminal and it has this name, though nothing to open. */
char *ttyname(int descriptor)
{
    static char name[] = "/dev/console";

    return isatty(descriptor) ? name : NULL;
}

int ttyname_r(int descriptor, char *name, size_t size)
{
    const char *own = ttyname(descriptor);

    if (own == NULL)
        return errno;
    if (strlen(own) >= size)
        return ERANGE;
    memcpy(name, own, strlen(own) + 1);
    return 0;
}
