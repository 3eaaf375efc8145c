/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pipe.c: pipe() and socketpair(): bytes from one descriptor to another.
 *
 * A stream is a ring of bytes with a writer and a reader. A pipe is one stream,
 * whose ends are two files; a pair of sockets is two streams, one each way.
 * Programs use them to talk to themselves: a signal handler or another thread
 * wakes a loop that sits in poll().
 *
 * All of a pipe or pair is one structure, freed when both ends are closed. The
 * ring is made with it.
 *
 * Concurrency: each stream has a lock, under which threads sleep.
 * file_changed() is called without it (lib/libc/file.h).
 *
 * Left out: names (FIFOs, AF_UNIX addresses), passing descriptors, datagrams
 * with boundaries.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "coracle/memory.h"
#include "lib/libc/libc.h"
#include "lib/libc/socket.h"

#define STREAM_SIZE 16384 /* a power of two, a multiple of PIPE_BUF */

/* POSIX: so many bytes are written all at once. */
#define ATOMIC_SIZE 4096

struct end;

struct stream {
    struct spinlock lock; /* guards all below */
    bool reader_gone;     /* nobody will read: EPIPE */
    bool writer_gone;     /* nobody will write: end of file */
    unsigned int first;   /* counters that run freely */
    unsigned int last;
    struct waitq readers;
    struct waitq writers;
    struct end *reading; /* the two ends; they live as long as the stream */
    struct end *writing;
    char bytes[STREAM_SIZE];
};

/* One of two files. `in` or `out` is NULL in a pipe. */
struct end {
    struct file file;
    struct stream *in;
    struct stream *out;
    struct pair *pair;
};

struct pair {
    atomic_uint open; /* ends */
    struct end ends[2];
    struct stream streams[]; /* one or two */
};

/* ---- Streams --------------------------------------------------------------
 */

/* Copy into or out of the ring at `position`. */
static void ring_copy(struct stream *stream, unsigned int position, char *bytes,
                      size_t size, bool in)
{
    size_t at = position & (STREAM_SIZE - 1);
    size_t part = STREAM_SIZE - at < size ? STREAM_SIZE - at : size;

    if (in) {
        memcpy(stream->bytes + at, bytes, part);
        memcpy(stream->bytes, bytes + part, size - part);
    } else {
        memcpy(bytes, stream->bytes + at, part);
        memcpy(bytes + part, stream->bytes, size - part);
    }
}

static ssize_t stream_read(struct stream *stream, char *to, size_t size,
                           bool wait, bool peek)
{
    size_t count;

    spin_lock(&stream->lock);
    while (wait && stream->first == stream->last && !stream->writer_gone &&
           !stream->reader_gone)
        waitq_wait(&stream->readers, &stream->lock, TIME_NEVER);
    count = stream->last - stream->first;
    if (count == 0 && !stream->writer_gone && !stream->reader_gone) {
        spin_unlock(&stream->lock);
        return -EAGAIN;
    }
    if (count > size)
        count = size;
    ring_copy(stream, stream->first, to, count, false);
    if (!peek)
        stream->first += (unsigned int)count;
    waitq_wake_all(&stream->writers);
    spin_unlock(&stream->lock);
    if (count > 0 && !peek)
        file_changed(&stream->writing->file, POLLOUT);
    return (ssize_t)count;
}

/*
 * Put what there is room for: at least one byte, and all of a small piece. 0:
 * there is not enough room, and the caller does not want to wait.
 */
static ssize_t stream_put(struct stream *stream, const char *from, size_t size,
                          bool wait)
{
    size_t least = size <= ATOMIC_SIZE ? size : 1;
    size_t room;

    spin_lock(&stream->lock);
    for (;;) {
        room = STREAM_SIZE - (stream->last - stream->first);
        if (stream->reader_gone || stream->writer_gone || room >= least ||
            !wait)
            break;
        waitq_wait(&stream->writers, &stream->lock, TIME_NEVER);
    }
    if (stream->reader_gone || stream->writer_gone) {
        spin_unlock(&stream->lock);
        return -EPIPE;
    }
    if (room < least)
        room = 0;
    if (room > size)
        room = size;
    ring_copy(stream, stream->last, (char *)from, room, true);
    stream->last += (unsigned int)room;
    waitq_wake_all(&stream->readers);
    spin_unlock(&stream->lock);
    if (room > 0)
        file_changed(&stream->reading->file, POLLIN);
    return (ssize_t)room;
}

static ssize_t stream_write(struct stream *stream, const char *from,
                            size_t size, bool wait)
{
    size_t done = 0;

    while (done < size) {
        ssize_t put = stream_put(stream, from + done, size - done, wait);

        if (put < 0 && done == 0)
            return put;
        if (put <= 0)
            break;
        done += (size_t)put;
    }
    return done == 0 && size > 0 ? -EAGAIN : (ssize_t)done;
}

/* One side gives up; the other is told. */
static void stream_end(struct stream *stream, bool by_reader, bool by_writer)
{
    spin_lock(&stream->lock);
    stream->reader_gone |= by_reader;
    stream->writer_gone |= by_writer;
    waitq_wake_all(&stream->readers);
    waitq_wake_all(&stream->writers);
    spin_unlock(&stream->lock);
    if (by_reader)
        file_changed(&stream->writing->file, POLLOUT | POLLERR);
    if (by_writer)
        file_changed(&stream->reading->file, POLLIN | POLLRDHUP | POLLHUP);
}

/* ---- Files ----------------------------------------------------------------
 */

static struct end *end_of(struct file *file)
{
    return container_of(file, struct end, file);
}

static ssize_t end_read(struct file *file, void *to, size_t size)
{
    return stream_read(end_of(file)->in, to, size, !file_nonblocking(file),
                       false);
}

static ssize_t end_write(struct file *file, const void *from, size_t size)
{
    return stream_write(end_of(file)->out, from, size, !file_nonblocking(file));
}

static int end_stat(__attribute__((unused)) struct file *file,
                    struct stat *stat)
{
    stat->st_mode = S_IFIFO | S_IRUSR | S_IWUSR;
    stat->st_blksize = ATOMIC_SIZE;
    return 0;
}

static int end_ioctl(struct file *file, unsigned long request, void *argument)
{
    struct stream *in = end_of(file)->in;

    if (request != FIONREAD || in == NULL)
        return -ENOTTY;
    spin_lock(&in->lock);
    *(int *)argument = (int)(in->last - in->first);
    spin_unlock(&in->lock);
    return 0;
}

static short end_poll(struct file *file)
{
    struct stream *in = end_of(file)->in, *out = end_of(file)->out;
    bool closed_in = true, closed_out = true;
    short ready = 0;

    if (in != NULL) {
        spin_lock(&in->lock);
        closed_in = in->writer_gone;
        if (in->last != in->first || in->writer_gone)
            ready |= POLLIN;
        if (in->writer_gone)
            ready |= POLLRDHUP;
        spin_unlock(&in->lock);
    }
    if (out != NULL) {
        spin_lock(&out->lock);
        closed_out = out->reader_gone || out->writer_gone;
        if (STREAM_SIZE - (out->last - out->first) >= ATOMIC_SIZE || closed_out)
            ready |= POLLOUT;
        if (out->reader_gone)
            ready |= POLLERR;
        spin_unlock(&out->lock);
    }
    if (in != NULL && closed_in && closed_out)
        ready |= POLLHUP;
    return ready;
}

static void end_hangup(struct file *file)
{
    struct end *end = end_of(file);

    if (end->in != NULL)
        stream_end(end->in, true, false);
    if (end->out != NULL)
        stream_end(end->out, false, true);
}

static void end_close(struct file *file)
{
    struct pair *pair = end_of(file)->pair;

    end_hangup(file); /* for an end that never had a descriptor */
    if (atomic_fetch_sub(&pair->open, 1) == 1)
        heap_free(pair);
}

static const struct file_ops pipe_ops = {
    .read = end_read,
    .write = end_write,
    .stat = end_stat,
    .ioctl = end_ioctl,
    .poll = end_poll,
    .hangup = end_hangup,
    .close = end_close,
};

/* ---- Sockets --------------------------------------------------------------
 */

static ssize_t pair_send(struct file *file, const struct msghdr *message,
                         int flags)
{
    ssize_t total = 0;

    if (message->msg_name != NULL)
        return -EISCONN;
    for (size_t i = 0; i < message->msg_iovlen; i++) {
        const struct iovec *piece = &message->msg_iov[i];
        ssize_t sent = stream_write(end_of(file)->out, piece->iov_base,
                                    piece->iov_len, !(flags & MSG_DONTWAIT));

        if (sent < 0)
            return total > 0 ? total : sent;
        total += sent;
        if ((size_t)sent < piece->iov_len)
            break;
    }
    return total;
}

static ssize_t pair_receive(struct file *file, struct msghdr *message,
                            int flags)
{
    bool peek = flags & MSG_PEEK, wait = !(flags & MSG_DONTWAIT);
    ssize_t total = 0;

    message->msg_namelen = 0;
    message->msg_controllen = 0;
    for (size_t i = 0; i < message->msg_iovlen; i++) {
        char *to = message->msg_iov[i].iov_base;
        size_t left = message->msg_iov[i].iov_len;

        while (left > 0) {
            ssize_t got = stream_read(end_of(file)->in, to, left, wait, peek);

            if (got <= 0)
                return total > 0 ? total : got;
            total += got;
            if (peek)
                return total;
            to += got;
            left -= (size_t)got;
            wait = wait && (flags & MSG_WAITALL);
        }
    }
    return total;
}

static int pair_shutdown(struct file *file, int how)
{
    if (how != SHUT_WR)
        stream_end(end_of(file)->in, true, true);
    if (how != SHUT_RD)
        stream_end(end_of(file)->out, false, true);
    return 0;
}

static int pair_name(__attribute__((unused)) struct file *file,
                     __attribute__((unused)) bool other,
                     struct sockaddr_storage *address, socklen_t *size)
{
    address->ss_family = AF_UNIX;
    *size = sizeof(address->ss_family);
    return 0;
}

static int pair_get_option(__attribute__((unused)) struct file *file, int level,
                           int name, void *value, socklen_t *size)
{
    int is;

    if (level != SOL_SOCKET || *size < sizeof(int))
        return level == SOL_SOCKET ? -EINVAL : -ENOPROTOOPT;
    switch (name) {
    case SO_TYPE:
        is = SOCK_STREAM;
        break;
    case SO_DOMAIN:
        is = AF_UNIX;
        break;
    case SO_ERROR:
        is = 0;
        break;
    case SO_SNDBUF:
    case SO_RCVBUF:
        is = STREAM_SIZE;
        break;
    default:
        return -ENOPROTOOPT;
    }
    memcpy(value, &is, sizeof(is));
    *size = sizeof(is);
    return 0;
}

static int pair_set_option(__attribute__((unused)) struct file *file, int level,
                           int name, __attribute__((unused)) const void *value,
                           __attribute__((unused)) socklen_t size)
{
    bool known =
        level == SOL_SOCKET && (name == SO_SNDBUF || name == SO_RCVBUF);

    return known ? 0 : -ENOPROTOOPT;
}

static const struct socket_ops pair_socket_ops = {
    .shutdown = pair_shutdown,
    .name = pair_name,
    .get_option = pair_get_option,
    .set_option = pair_set_option,
    .send = pair_send,
    .receive = pair_receive,
};

static const struct file_ops pair_ops = {
    .read = socket_read,
    .write = socket_write,
    .readv = socket_readv,
    .writev = socket_writev,
    .stat = socket_stat,
    .ioctl = end_ioctl,
    .poll = end_poll,
    .hangup = end_hangup,
    .close = end_close,
    .socket = &pair_socket_ops,
};

/* ---- Making them ----------------------------------------------------------
 */

static void stream_init(struct stream *stream, struct end *from, struct end *to)
{
    memset(stream, 0, offsetof(struct stream, bytes));
    waitq_init(&stream->readers);
    waitq_init(&stream->writers);
    stream->writing = from;
    stream->reading = to;
    from->out = stream;
    to->in = stream;
}

static struct pair *pair_new(unsigned int streams, const struct file_ops *ops,
                             int flags_0, int flags_1)
{
    struct pair *pair =
        heap_alloc(sizeof(*pair) + streams * sizeof(struct stream));

    if (pair == NULL)
        return NULL;
    memset(pair, 0, sizeof(*pair));
    atomic_init(&pair->open, 2);
    file_init(&pair->ends[0].file, ops, flags_0);
    file_init(&pair->ends[1].file, ops, flags_1);
    pair->ends[0].pair = pair->ends[1].pair = pair;
    stream_init(&pair->streams[0], &pair->ends[1], &pair->ends[0]);
    if (streams == 2)
        stream_init(&pair->streams[1], &pair->ends[0], &pair->ends[1]);
    return pair;
}

/* Descriptors for both ends, or for none: then the pair is gone. */
static int install(struct pair *pair, int descriptors[2])
{
    int first, second;

    if (pair == NULL)
        return -ENOMEM;
    first = file_install(&pair->ends[0].file, 0);
    second = first < 0 ? first : file_install(&pair->ends[1].file, 0);
    if (second < 0) {
        if (first >= 0)
            file_remove(first, &pair->ends[0].file);
        file_put(&pair->ends[0].file);
        file_put(&pair->ends[1].file);
        return second;
    }
    descriptors[0] = first;
    descriptors[1] = second;
    return 0;
}

int pipe2(int descriptors[2], int flags)
{
    int more = flags & O_NONBLOCK;

    if ((flags & ~(O_NONBLOCK | O_CLOEXEC)) != 0)
        return (int)libc_result(-EINVAL);
    return (int)libc_result(install(
        pair_new(1, &pipe_ops, O_RDONLY | more, O_WRONLY | more), descriptors));
}

int pipe(int descriptors[2])
{
    return pipe2(descriptors, 0);
}

int socketpair(int family, int type, int protocol, int descriptors[2])
{
    int flags = O_RDWR | (type & SOCK_NONBLOCK);

    if (family != AF_UNIX)
        return (int)libc_result(-EAFNOSUPPORT);
    if ((type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != SOCK_STREAM)
        return (int)libc_result(-EPROTOTYPE);
    if (protocol != 0)
        return (int)libc_result(-EPROTONOSUPPORT);
    return (int)libc_result(
        install(pair_new(2, &pair_ops, flags, flags), descriptors));
}
