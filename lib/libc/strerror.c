/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * strerror.c: errors in words, in a third of the room of newlib's table: only
 * those that POSIX names and that something in a guest can meet.
 *
 * Concurrency: none; the words are constants.
 */
#include <errno.h>
#include <string.h>
#include "lib/libc/libc.h"

/* clang-format off */
#define ERRORS(ERROR)                                                          \
    ERROR(0, "No error")                                                       \
    ERROR(EPERM, "Operation not permitted")                                    \
    ERROR(ENOENT, "No such file or directory")                                 \
    ERROR(ESRCH, "No such process")                                            \
    ERROR(EINTR, "Interrupted")                                                \
    ERROR(EIO, "Input/output error")                                           \
    ERROR(ENXIO, "No such device or address")                                  \
    ERROR(E2BIG, "Argument list too long")                                     \
    ERROR(ENOEXEC, "Not an executable file")                                   \
    ERROR(EBADF, "Bad file descriptor")                                        \
    ERROR(ECHILD, "No child processes")                                        \
    ERROR(EAGAIN, "Resource temporarily unavailable")                          \
    ERROR(ENOMEM, "Not enough memory")                                         \
    ERROR(EACCES, "Permission denied")                                         \
    ERROR(EFAULT, "Bad address")                                               \
    ERROR(EBUSY, "Device or resource busy")                                    \
    ERROR(EEXIST, "File exists")                                               \
    ERROR(EXDEV, "Link across file systems")                                   \
    ERROR(ENODEV, "No such device")                                            \
    ERROR(ENOTDIR, "Not a directory")                                          \
    ERROR(EISDIR, "Is a directory")                                            \
    ERROR(EINVAL, "Invalid argument")                                          \
    ERROR(ENFILE, "Too many open files in the system")                         \
    ERROR(EMFILE, "Too many open files")                                       \
    ERROR(ENOTTY, "Not a terminal")                                            \
    ERROR(EFBIG, "File too large")                                             \
    ERROR(ENOSPC, "No space left on device")                                   \
    ERROR(ESPIPE, "Illegal seek")                                              \
    ERROR(EROFS, "Read-only file system")                                      \
    ERROR(EMLINK, "Too many links")                                            \
    ERROR(EPIPE, "Broken pipe")                                                \
    ERROR(EDOM, "Argument outside of the function's domain")                   \
    ERROR(ERANGE, "Result out of range")                                       \
    ERROR(EDEADLK, "Deadlock")                                                 \
    ERROR(ENOLCK, "No locks available")                                        \
    ERROR(EPROTO, "Protocol error")                                            \
    ERROR(EBADMSG, "Bad message")                                              \
    ERROR(ENOSYS, "Function not implemented")                                  \
    ERROR(ENOTEMPTY, "Directory not empty")                                    \
    ERROR(ENAMETOOLONG, "File name too long")                                  \
    ERROR(ELOOP, "Too many symbolic links")                                    \
    ERROR(EOPNOTSUPP, "Operation not supported on socket")                     \
    ERROR(EPFNOSUPPORT, "Protocol family not supported")                       \
    ERROR(ECONNRESET, "Connection reset by peer")                              \
    ERROR(ENOBUFS, "No buffer space available")                                \
    ERROR(EAFNOSUPPORT, "Address family not supported")                        \
    ERROR(EPROTOTYPE, "Wrong protocol for socket")                             \
    ERROR(ENOTSOCK, "Not a socket")                                            \
    ERROR(ENOPROTOOPT, "Protocol option not available")                        \
    ERROR(ECONNREFUSED, "Connection refused")                                  \
    ERROR(EADDRINUSE, "Address already in use")                                \
    ERROR(ECONNABORTED, "Connection aborted")                                  \
    ERROR(ENETUNREACH, "Network is unreachable")                               \
    ERROR(ENETDOWN, "Network is down")                                         \
    ERROR(ETIMEDOUT, "Timed out")                                              \
    ERROR(EHOSTDOWN, "Host is down")                                           \
    ERROR(EHOSTUNREACH, "Host is unreachable")                                 \
    ERROR(EINPROGRESS, "Operation in progress")                                \
    ERROR(EALREADY, "Already in progress")                                     \
    ERROR(EDESTADDRREQ, "Destination address required")                        \
    ERROR(EMSGSIZE, "Message too long")                                        \
    ERROR(EPROTONOSUPPORT, "Protocol not supported")                           \
    ERROR(EADDRNOTAVAIL, "Address not available")                              \
    ERROR(EISCONN, "Socket is connected")                                      \
    ERROR(ENOTCONN, "Socket is not connected")                                 \
    ERROR(ENOTSUP, "Operation not supported")                                  \
    ERROR(EILSEQ, "Illegal byte sequence")                                     \
    ERROR(EOVERFLOW, "Value too large for its type")                           \
    ERROR(ECANCELED, "Operation canceled")
/* clang-format on */

#define NUMBER(number, words) number,
static const unsigned char numbers[] = {ERRORS(NUMBER)};
#define WORDS(number, words) words "\0"
static const char texts[] = ERRORS(WORDS);

char *strerror(int number)
{
    const char *text = texts;

    for (size_t i = 0; i < sizeof(numbers); i++) {
        if (numbers[i] == number)
            return (char *)text;
        text += strlen(text) + 1;
    }
    return (char *)"Unknown error";
}

char *strerror_l(int number, locale_t locale)
{
    (void)locale;
    return strerror(number);
}

/* What newlib's perror() and strerror_r() ask. */
char *_strerror_r(struct _reent *reent, int number, int internal, int *error)
{
    (void)reent;
    (void)internal;
    (void)error;
    return strerror(number);
}
