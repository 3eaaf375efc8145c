/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * no_sockets.c: what the linker says when a program wants the network but has
 * not chosen the component. This file is linked only into images without it.
 *
 * The functions stay undefined, so there is no image; a section of this name
 * makes the GNU linker print its text where the function is called.
 */
#define MISSING(function)                                                      \
    __attribute__((used,                                                       \
                   section(".gnu.warning." #function))) static const char      \
        missing_##function[] =                                                 \
            #function "() needs COMPONENTS = netfront lwip in the program's "  \
                      "config.mk"

MISSING(socket);
MISSING(getaddrinfo);
MISSING(freeaddrinfo);
MISSING(getnameinfo);
MISSING(gethostbyname);
MISSING(gethostbyname2);
MISSING(gethostbyaddr);
MISSING(getifaddrs);
MISSING(freeifaddrs);
MISSING(if_nametoindex);
MISSING(if_indextoname);
MISSING(if_nameindex);
MISSING(if_freenameindex);
