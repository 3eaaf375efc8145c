/* SPDX-License-Identifier: BSD-2-Clause */
/* sys/un.h: addresses of AF_UNIX, which has only socketpair() here. */
#ifndef _SYS_UN_H
#define _SYS_UN_H

#include <sys/socket.h>

struct sockaddr_un {
    sa_family_t sun_family;
    char sun_path[108];
};

#define SUN_LEN(address)                                                       \
    (offsetof(struct sockaddr_un, sun_path) + strlen((address)->sun_path))

#endif
