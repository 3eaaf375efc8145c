/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server.h: waiting for clients.
 */
#ifndef HTTPD_SERVER_H
#define HTTPD_SERVER_H

#include <stdint.h>
#include "answer.h"

/*
 * Serve `site` on TCP port `port`, of IPv6 and IPv4, to at most
 * `connections_max` clients at a time, for ever; a line on stdout says when it
 * begins. Returns only if it cannot, a negative errno.
 */
int server_run(const struct site *site, uint16_t port,
               unsigned int connections_max);

#endif
