/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket.c: the calls of <sys/socket.h>, but for socket() itself.
 *
 * Each finds the file behind its descriptor, sees that it is a socket
 * (lib/libc/socket.h), checks what can be checked without knowing the protocol,
 * and calls the operation. All ways to send are sendmsg(), all ways to receive
 * are recvmsg(), and read() and write() are those without flags.
 *
 * A program that calls socket() without the component that has it does not
 * link: lib/libc/no_sockets.c.
 *
 * Concurrency: no state of its own.
 */
#include "lib/libc/socket.h"

#include <signal.h>
#include <string.h>
#include "lib/libc/libc.h"

/* ---- Finding the socket ---------------------------------------------------
 */

/* The file behind `descriptor`, with a reference: 0, -EBADF or -ENOTSOCK. */
static int get_socket(int descriptor, struct file **file)
{
    *file = file_get(descriptor);
    if (*file == NULL)
        return -EBADF;
    if ((*file)->ops->socket != NULL)
        return 0;
    file_put(*file);
    return -ENOTSOCK;
}

/* Call an operation with more arguments on the socket of `descriptor`. */
#define ON_SOCKET(descriptor, operation, ...)                                  \
    ({                                                                         \
        struct file *file_;                                                    \
        long result_ = get_socket(descriptor, &file_);                         \
                                                                               \
        if (result_ == 0) {                                                    \
            result_ = -EOPNOTSUPP;                                             \
            if (file_->ops->socket->operation != NULL)                         \
                result_ = file_->ops->socket->operation(file_, __VA_ARGS__);   \
            file_put(file_);                                                   \
        }                                                                      \
        libc_result(result_);                                                  \
    })

/* ---- Connections ----------------------------------------------------------
 */

int bind(int descriptor, const struct sockaddr *address, socklen_t size)
{
    return (int)ON_SOCKET(descriptor, bind, address, size);
}

int connect(int descriptor, const struct sockaddr *address, socklen_t size)
{
    return (int)ON_SOCKET(descriptor, connect, address, size);
}

int listen(int descriptor, int backlog)
{
    return (int)ON_SOCKET(descriptor, listen, backlog);
}

int shutdown(int descriptor, int how)
{
    if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
        return (int)libc_result(-EINVAL);
    return (int)ON_SOCKET(descriptor, shutdown, how);
}

/* As much of an address as the caller has room for; *size becomes its own. */
static void give_address(const struct sockaddr_storage *from, socklen_t own,
                         struct sockaddr *to, socklen_t *size)
{
    memcpy(to, from, own < *size ? own : *size);
    *size = own;
}

static int name_of(struct file *file, bool other, struct sockaddr *to,
                   socklen_t *size)
{
    struct sockaddr_storage address;
    socklen_t own;
    int result;

    if (file->ops->socket->name == NULL)
        return -EOPNOTSUPP;
    result = file->ops->socket->name(file, other, &address, &own);
    if (result == 0)
        give_address(&address, own, to, size);
    return result;
}

static int descriptor_name(int descriptor, bool other, struct sockaddr *to,
                           socklen_t *size)
{
    struct file *file;
    int result = get_socket(descriptor, &file);

    if (result < 0)
        return (int)libc_result(result);
    result = name_of(file, other, to, size);
    file_put(file);
    return (int)libc_result(result);
}

int getsockname(int descriptor, struct sockaddr *restrict to,
                socklen_t *restrict size)
{
    return descriptor_name(descriptor, false, to, size);
}

int getpeername(int descriptor, struct sockaddr *restrict to,
                socklen_t *restrict size)
{
    return descriptor_name(descriptor, true, to, size);
}

/* The new connection's descriptor. Its peer may be gone already: then the
 * address is of no known family, as on other systems. */
static int accept_on(struct file *file, struct sockaddr *to, socklen_t *size,
                     int flags)
{
    struct file *connection;
    int result;

    if (file->ops->socket->accept == NULL)
        return -EOPNOTSUPP;
    result = file->ops->socket->accept(file, &connection);
    if (result < 0)
        return result;
    if (flags & SOCK_NONBLOCK)
        atomic_fetch_or(&connection->flags, O_NONBLOCK);
    if (to != NULL && name_of(connection, true, to, size) < 0)
        *size = 0;
    result = file_install(connection, 0);
    if (result < 0)
        file_put(connection);
    return result;
}

int accept4(int descriptor, struct sockaddr *restrict to,
            socklen_t *restrict size, int flags)
{
    struct file *file;
    int result;

    if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0)
        return (int)libc_result(-EINVAL);
    result = get_socket(descriptor, &file);
    if (result < 0)
        return (int)libc_result(result);
    result = accept_on(file, to, size, flags);
    file_put(file);
    return (int)libc_result(result);
}

int accept(int descriptor, struct sockaddr *restrict to,
           socklen_t *restrict size)
{
    return accept4(descriptor, to, size, 0);
}

/* ---- Options --------------------------------------------------------------
 */

int getsockopt(int descriptor, int level, int name, void *restrict value,
               socklen_t *restrict size)
{
    return (int)ON_SOCKET(descriptor, get_option, level, name, value, size);
}

int setsockopt(int descriptor, int level, int name, const void *value,
               socklen_t size)
{
    return (int)ON_SOCKET(descriptor, set_option, level, name, value, size);
}

/* Nothing is ever sent out of band. */
int sockatmark(int descriptor)
{
    struct file *file;
    int result = get_socket(descriptor, &file);

    if (result == 0)
        file_put(file);
    return (int)libc_result(result);
}

/* ---- Sending --------------------------------------------------------------
 */

size_t socket_total(const struct msghdr *message)
{
    size_t total = 0;

    for (size_t i = 0; i < message->msg_iovlen; i++)
        total += message->msg_iov[i].iov_len;
    return total;
}

static int check_pieces(const struct msghdr *message)
{
    size_t total = 0;

    if (message->msg_iovlen > UIO_MAXIOV)
        return -EMSGSIZE;
    for (size_t i = 0; i < message->msg_iovlen; i++) {
        if (message->msg_iov[i].iov_len > SSIZE_MAX - total)
            return -EINVAL;
        total += message->msg_iov[i].iov_len;
    }
    return 0;
}

static ssize_t send_on(struct file *file, const struct msghdr *message,
                       int flags)
{
    if (file->ops->socket->send == NULL)
        return -EOPNOTSUPP;
    if (file_nonblocking(file))
        flags |= MSG_DONTWAIT;
    return file->ops->socket->send(file, message, flags);
}

static ssize_t send_message(int descriptor, const struct msghdr *message,
                            int flags)
{
    struct file *file;
    ssize_t result = check_pieces(message);

    if (result == 0)
        result = get_socket(descriptor, &file);
    if (result < 0)
        return libc_result(result);
    result = send_on(file, message, flags);
    file_put(file);
    if (result == -EPIPE && !(flags & MSG_NOSIGNAL))
        raise(SIGPIPE);
    return libc_result(result);
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags)
{
    return send_message(descriptor, message, flags);
}

ssize_t sendto(int descriptor, const void *from, size_t size, int flags,
               const struct sockaddr *to, socklen_t to_size)
{
    struct iovec piece = {(void *)from, size};
    struct msghdr message = {
        .msg_name = (void *)to,
        .msg_namelen = to == NULL ? 0 : to_size,
        .msg_iov = &piece,
        .msg_iovlen = 1,
    };

    return send_message(descriptor, &message, flags);
}

ssize_t send(int descriptor, const void *from, size_t size, int flags)
{
    return sendto(descriptor, from, size, flags, NULL, 0);
}

int sendmmsg(int descriptor, struct mmsghdr *messages, unsigned int count,
             int flags)
{
    unsigned int done = 0;

    while (done < count) {
        ssize_t sent = send_message(descriptor, &messages[done].msg_hdr, flags);

        if (sent < 0)
            break;
        messages[done++].msg_len = (unsigned int)sent;
    }
    return done == 0 && count > 0 ? -1 : (int)done;
}

/* ---- Receiving ------------------------------------------------------------
 */

static ssize_t receive_on(struct file *file, struct msghdr *message, int flags)
{
    if (file->ops->socket->receive == NULL)
        return -EOPNOTSUPP;
    if (file_nonblocking(file))
        flags |= MSG_DONTWAIT;
    message->msg_flags = 0;
    return file->ops->socket->receive(file, message, flags);
}

static ssize_t receive_message(int descriptor, struct msghdr *message,
                               int flags)
{
    struct file *file;
    ssize_t result = check_pieces(message);

    if (result == 0)
        result = get_socket(descriptor, &file);
    if (result < 0)
        return libc_result(result);
    result = receive_on(file, message, flags);
    file_put(file);
    return libc_result(result);
}

ssize_t recvmsg(int descriptor, struct msghdr *message, int flags)
{
    return receive_message(descriptor, message, flags);
}

ssize_t recvfrom(int descriptor, void *restrict to, size_t size, int flags,
                 struct sockaddr *restrict from, socklen_t *restrict from_size)
{
    struct iovec piece = {to, size};
    struct msghdr message = {
        .msg_name = from,
        .msg_namelen = from == NULL ? 0 : *from_size,
        .msg_iov = &piece,
        .msg_iovlen = 1,
    };
    ssize_t result = receive_message(descriptor, &message, flags);

    if (result >= 0 && from != NULL)
        *from_size = message.msg_namelen;
    return result;
}

ssize_t recv(int descriptor, void *to, size_t size, int flags)
{
    return recvfrom(descriptor, to, size, flags, NULL, NULL);
}

/* As far as there are messages now; only the first one is waited for. */
int recvmmsg(int descriptor, struct mmsghdr *messages, unsigned int count,
             int flags, __attribute__((unused)) struct timespec *timeout)
{
    unsigned int done = 0;

    while (done < count) {
        ssize_t got =
            receive_message(descriptor, &messages[done].msg_hdr, flags);

        if (got < 0)
            break;
        messages[done++].msg_len = (unsigned int)got;
        flags |= MSG_DONTWAIT;
    }
    return done == 0 && count > 0 ? -1 : (int)done;
}

/* ---- As files -------------------------------------------------------------
 */

ssize_t socket_readv(struct file *file, const struct iovec *pieces, int count)
{
    struct msghdr message = {
        .msg_iov = (struct iovec *)pieces,
        .msg_iovlen = (size_t)count,
    };

    return receive_on(file, &message, 0);
}

ssize_t socket_writev(struct file *file, const struct iovec *pieces, int count)
{
    struct msghdr message = {
        .msg_iov = (struct iovec *)pieces,
        .msg_iovlen = (size_t)count,
    };

    return send_on(file, &message, 0);
}

ssize_t socket_read(struct file *file, void *to, size_t size)
{
    struct iovec piece = {to, size};

    return socket_readv(file, &piece, 1);
}

ssize_t socket_write(struct file *file, const void *from, size_t size)
{
    struct iovec piece = {(void *)from, size};

    return socket_writev(file, &piece, 1);
}

int socket_stat(__attribute__((unused)) struct file *file, struct stat *stat)
{
    stat->st_mode = S_IFSOCK | S_IRUSR | S_IWUSR;
    stat->st_blksize = 4096;
    return 0;
}
