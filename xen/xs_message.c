/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xs_message.c: building and checking xenstore messages; see xs_message.h.
 */
#include "coracle/errno.h"
#include "lib/string.h"
#include "xen/xs_message.h"

/*
 * All the names that <xen/io/xs_wire.h> lists. The kernel has fewer numbers: a
 * directory where none may be, a node with children and a store that takes no
 * writes become the nearest one.
 */
static const struct {
    const char *name;
    int number;
} errors[] = {
    {"EINVAL", K_EINVAL}, {"EACCES", K_EACCES}, {"EEXIST", K_EEXIST},
    {"EISDIR", K_EINVAL}, {"ENOENT", K_ENOENT}, {"ENOMEM", K_ENOMEM},
    {"ENOSPC", K_ENOSPC}, {"EIO", K_EIO},       {"ENOTEMPTY", K_EBUSY},
    {"ENOSYS", K_ENOSYS}, {"EROFS", K_EACCES},  {"EBUSY", K_EBUSY},
    {"EAGAIN", K_EAGAIN}, {"EISCONN", K_EBUSY}, {"E2BIG", K_E2BIG},
    {"EPERM", K_EPERM},
};

int xs_encode_header(struct xsd_sockmsg *header, uint32_t type, uint32_t req_id,
                     uint32_t tx_id, const struct xs_part *parts, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++) {
        /* Compared this way round the sum cannot wrap. */
        if (parts[i].size > XENSTORE_PAYLOAD_MAX - size)
            return -K_EMSGSIZE;
        size += parts[i].size;
    }
    header->type = type;
    header->req_id = req_id;
    header->tx_id = tx_id;
    header->len = (uint32_t)size;
    return 0;
}

int xs_check_header(const struct xsd_sockmsg *header)
{
    if (header->type >= XS_TYPE_COUNT || header->len > XENSTORE_PAYLOAD_MAX)
        return -K_EPROTO;
    return 0;
}

/* Whether the payload is exactly one string. */
static bool is_string(const char *payload, size_t size)
{
    return size > 0 && strnlen(payload, size) == size - 1;
}

int xs_error_from_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
        if (!strcmp(name, errors[i].name))
            return -errors[i].number;
    return -K_EIO;
}

int xs_check_answer(const struct xsd_sockmsg *header, const char *payload,
                    uint32_t type)
{
    if (header->type == XS_ERROR)
        return is_string(payload, header->len) ? xs_error_from_name(payload)
                                               : -K_EPROTO;
    return header->type == type ? 0 : -K_EPROTO;
}

/* One string that is a number of 32 bits, from 1. */
static int decode_number(const char *text, size_t size, uint32_t *number)
{
    uint64_t wide;

    if (!is_string(text, size) || !string_to_number(text, &wide) || wide == 0 ||
        wide > UINT32_MAX)
        return -K_EPROTO;
    *number = (uint32_t)wide;
    return 0;
}

int xs_decode_event(const char *payload, size_t size, const char **path,
                    uint32_t *token)
{
    size_t length = strnlen(payload, size);

    /* Without a NUL `length` is `size`, and nothing is left for the token. */
    if (length == size)
        return -K_EPROTO;
    *path = payload;
    return decode_number(payload + length + 1, size - length - 1, token);
}

int xs_decode_transaction(const char *payload, size_t size, uint32_t *id)
{
    return decode_number(payload, size, id);
}

int xs_decode_list(const char *payload, size_t size, size_t *count)
{
    *count = 0;
    if (size > 0 && payload[size - 1] != '\0')
        return -K_EPROTO;
    for (size_t i = 0; i < size; i++)
        if (payload[i] == '\0')
            (*count)++;
    return 0;
}
