/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_xs_message.c: any bytes as what xenstored sends. The input is cut into
 * messages as the client does it; each is checked as an answer to a request
 * that the first byte picks, and then unpacked if it passes. What passes must
 * keep the promises of xs_message.h: strings end inside the payload.
 */
#include "test.h"
#include "xen/xs_message.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_event(const char *payload, size_t size)
{
    const char *path;
    uint32_t token;

    if (xs_decode_event(payload, size, &path, &token))
        return;
    CHECK(path >= payload && path + strlen(path) < payload + size);
    CHECK(token != 0);
}

static void check_payload(uint32_t type, const char *payload, size_t size)
{
    uint32_t id = 0;
    size_t count, strings = 0;

    if (type == XS_TRANSACTION_START &&
        !xs_decode_transaction(payload, size, &id))
        CHECK(id != 0);
    if (type != XS_DIRECTORY || xs_decode_list(payload, size, &count))
        return;
    /* Walk as xenstore_list() does. */
    for (const char *at = payload; at < payload + size; strings++)
        at += strlen(at) + 1;
    CHECK_EQUAL(strings, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xsd_sockmsg header;
    uint32_t request;

    if (size == 0)
        return 0;
    request = data[0] % XS_TYPE_COUNT;
    for (data++, size--; size >= sizeof(header);) {
        char *payload;
        int result;

        memcpy(&header, data, sizeof(header));
        data += sizeof(header);
        size -= sizeof(header);
        if (xs_check_header(&header) || header.len > size)
            break;
        payload = malloc(header.len + 1);
        memcpy(payload, data, header.len);
        /* The client's NUL must not be needed: make it another byte. */
        payload = realloc(payload, header.len ? header.len : 1);
        data += header.len;
        size -= header.len;
        check_event(payload, header.len);
        result = xs_check_answer(&header, payload, request);
        CHECK(result <= 0);
        if (!result)
            check_payload(request, payload, header.len);
        free(payload);
    }
    return 0;
}
