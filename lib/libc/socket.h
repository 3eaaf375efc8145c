/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket.h: what makes a file a socket.
 *
 * The calls of <sys/socket.h> stand in socket.c, work on descriptors, and know
 * no protocol. A kind of socket is a kind of file whose operations name a
 * struct socket_ops besides: TCP, UDP and raw sockets are in lib/lwip,
 * socketpair() is in pipe.c.
 */
#ifndef CORACLE_LIBC_SOCKET_H
#define CORACLE_LIBC_SOCKET_H

#include <sys/socket.h>
#include "lib/libc/file.h"

/*
 * As the calls of the same names; negative errno on failure, thread context,
 * several threads at once. A missing operation means EOPNOTSUPP.
 */
struct socket_ops {
    int (*bind)(struct file *file, const struct sockaddr *address,
                socklen_t size);
    int (*connect)(struct file *file, const struct sockaddr *address,
                   socklen_t size);
    int (*listen)(struct file *file, int backlog);
    /* A new socket with one reference, blocking. */
    int (*accept)(struct file *file, struct file **connection);
    int (*shutdown)(struct file *file, int how);
    /* The address of this end, or of the other; its size in *size. */
    int (*name)(struct file *file, bool other, struct sockaddr_storage *address,
                socklen_t *size);
    int (*get_option)(struct file *file, int level, int name, void *value,
                      socklen_t *size);
    int (*set_option)(struct file *file, int level, int name, const void *value,
                      socklen_t size);
    /*
     * The message's pieces are checked: their sizes add up to a ssize_t.
     * MSG_DONTWAIT is set if the file is non-blocking. A stream whose other
     * end is gone: -EPIPE; the signal is the caller's.
     */
    ssize_t (*send)(struct file *file, const struct msghdr *message, int flags);
    ssize_t (*receive)(struct file *file, struct msghdr *message, int flags);
};

/* The file operations of any socket, in terms of those above. */
ssize_t socket_read(struct file *file, void *to, size_t size);
ssize_t socket_write(struct file *file, const void *from, size_t size);
ssize_t socket_readv(struct file *file, const struct iovec *pieces, int count);
ssize_t socket_writev(struct file *file, const struct iovec *pieces, int count);
int socket_stat(struct file *file, struct stat *stat);

/* The sum of the pieces' sizes. */
size_t socket_total(const struct msghdr *message);

#endif
