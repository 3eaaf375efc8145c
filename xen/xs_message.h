/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xs_message.h: what xenstore messages look like, and whether to believe them.
 *
 * A message is a struct xsd_sockmsg (<xen/io/xs_wire.h>: type, req_id, tx_id,
 * len) and `len` bytes of payload, at most 4096. A request's payload is a few
 * strings; the answer repeats the request's type and req_id, or has the type
 * XS_ERROR and the name of an error as payload. Watch events come by
 * themselves.
 *
 * Pure logic without state: any context, and testable on the host. A payload
 * that was received is always passed with its length, and nothing is taken for
 * a string before a NUL was seen inside that length.
 */
#ifndef CORACLE_XEN_XS_MESSAGE_H
#define CORACLE_XEN_XS_MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include <xen/io/xs_wire.h>
#include "coracle/compiler.h"

/* A payload is put together from parts; a string's NUL is sent if its size
 * counts it. */
struct xs_part {
    const void *data;
    size_t size;
};

/*
 * Fill in the header of a request whose payload is `parts`. 0, or -K_EMSGSIZE
 * if that is over 4096 bytes.
 */
MUST_CHECK int xs_encode_header(struct xsd_sockmsg *header, uint32_t type,
                                uint32_t req_id, uint32_t tx_id,
                                const struct xs_part *parts, size_t count);

/*
 * Whether a received header can be one: 0 or -K_EPROTO. If it cannot, nobody
 * knows where the next message begins and the stream is lost.
 */
MUST_CHECK int xs_check_header(const struct xsd_sockmsg *header);

/*
 * What the answer `header` with its payload means for a request of type
 * `type`: 0 for success, the error that xenstored names, or -K_EPROTO if it is
 * no answer to such a request.
 */
MUST_CHECK int xs_check_answer(const struct xsd_sockmsg *header,
                               const char *payload, uint32_t type);

/* The negative errno for a name like "ENOENT"; -K_EIO for one we do not know.
 */
MUST_CHECK int xs_error_from_name(const char *name);

/*
 * The payload of a watch event, two strings: *path points into it, *token is
 * the number that the watch was registered with. 0 or -K_EPROTO.
 */
MUST_CHECK int xs_decode_event(const char *payload, size_t size,
                               const char **path, uint32_t *token);

/* The payload of XS_TRANSACTION_START: a number that is not 0. 0 or -K_EPROTO.
 */
MUST_CHECK int xs_decode_transaction(const char *payload, size_t size,
                                     uint32_t *id);

/* The payload of XS_DIRECTORY: how many strings it holds, all of them ended.
 * 0 or -K_EPROTO. */
MUST_CHECK int xs_decode_list(const char *payload, size_t size, size_t *count);

#endif
