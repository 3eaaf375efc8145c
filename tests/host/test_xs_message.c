/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_xs_message.c: building and checking xenstore messages. Payloads that
 * were received are in heap blocks of exactly their size, so that looking for
 * a NUL beyond the end is seen.
 */
#include "test.h"
#include "coracle/errno.h"
#include "xen/xs_message.c"

/* A received payload, from a literal that may contain NULs. */
#define PAYLOAD(literal) payload("" literal, sizeof(literal) - 1)

static char *payload(const char *bytes, size_t size)
{
    static char *last;

    free(last);
    last = malloc(size);
    memcpy(last, bytes, size);
    return last;
}

static int answer(uint32_t type, const char *bytes, size_t size,
                  uint32_t expected)
{
    struct xsd_sockmsg header = {.type = type, .len = (uint32_t)size};

    return xs_check_answer(&header, payload(bytes, size), expected);
}

TEST(header_adds_up_the_parts)
{
    struct xs_part parts[] = {{"a/b", 4}, {"value", 5}};
    struct xsd_sockmsg header;

    CHECK_EQUAL(xs_encode_header(&header, XS_WRITE, 7, 9, parts, 2), 0);
    CHECK_EQUAL(header.type, XS_WRITE);
    CHECK_EQUAL(header.req_id, 7);
    CHECK_EQUAL(header.tx_id, 9);
    CHECK_EQUAL(header.len, 9);
    CHECK_EQUAL(xs_encode_header(&header, XS_WRITE, 7, 9, parts, 0), 0);
    CHECK_EQUAL(header.len, 0);
}

TEST(payloads_over_4096_bytes_are_refused)
{
    struct xs_part parts[] = {{"", 1}, {"", 4095}, {"", 0}};
    struct xsd_sockmsg header;

    CHECK_EQUAL(xs_encode_header(&header, XS_WRITE, 1, 0, parts, 3), 0);
    CHECK_EQUAL(header.len, 4096);
    parts[2].size = 1;
    CHECK_EQUAL(xs_encode_header(&header, XS_WRITE, 1, 0, parts, 3),
                -K_EMSGSIZE);
    /* A sum that wraps round is small again. */
    parts[2].size = SIZE_MAX - 4095;
    CHECK_EQUAL(xs_encode_header(&header, XS_WRITE, 1, 0, parts, 3),
                -K_EMSGSIZE);
}

TEST(impossible_headers_end_the_stream)
{
    struct xsd_sockmsg header = {.type = XS_READ, .len = 4096};

    CHECK_EQUAL(xs_check_header(&header), 0);
    header.len = 4097;
    CHECK_EQUAL(xs_check_header(&header), -K_EPROTO);
    header.len = 0xffffffff;
    CHECK_EQUAL(xs_check_header(&header), -K_EPROTO);
    header.len = 0;
    header.type = XS_DIRECTORY_PART; /* the last type of the header file */
    CHECK_EQUAL(xs_check_header(&header), 0);
    header.type = XS_DIRECTORY_PART + 1;
    CHECK_EQUAL(xs_check_header(&header), -K_EPROTO);
}

TEST(an_answer_has_the_type_of_its_request)
{
    CHECK_EQUAL(answer(XS_READ, "x", 1, XS_READ), 0);
    CHECK_EQUAL(answer(XS_READ, "", 0, XS_READ), 0);
    CHECK_EQUAL(answer(XS_WRITE, "OK", 3, XS_READ), -K_EPROTO);
    CHECK_EQUAL(answer(XS_WATCH_EVENT, "OK", 3, XS_READ), -K_EPROTO);
}

TEST(errors_have_names)
{
    CHECK_EQUAL(answer(XS_ERROR, "ENOENT", 7, XS_READ), -2);
    CHECK_EQUAL(answer(XS_ERROR, "EACCES", 7, XS_READ), -13);
    CHECK_EQUAL(answer(XS_ERROR, "EAGAIN", 7, XS_READ), -11);
    CHECK_EQUAL(answer(XS_ERROR, "EEXIST", 7, XS_MKDIR), -17);
    CHECK_EQUAL(answer(XS_ERROR, "ENOSYS", 7, XS_READ), -88);
    CHECK_EQUAL(answer(XS_ERROR, "E2BIG", 6, XS_READ), -7);
    CHECK_EQUAL(answer(XS_ERROR, "EWHAT", 6, XS_READ), -5);
    /* Not a string, or more than one. */
    CHECK_EQUAL(answer(XS_ERROR, "ENOENT", 6, XS_READ), -K_EPROTO);
    CHECK_EQUAL(answer(XS_ERROR, "ENOENT\0", 8, XS_READ), -K_EPROTO);
    CHECK_EQUAL(answer(XS_ERROR, "", 0, XS_READ), -K_EPROTO);
}

/* Every name of <xen/io/xs_wire.h> has a number of its own accord. */
TEST(every_error_of_the_header_file_is_known)
{
    static const char *const names[] = {
        "EINVAL",    "EACCES", "EEXIST", "EISDIR", "ENOENT", "ENOMEM",
        "ENOSPC",    "EIO",    "ENOSYS", "EROFS",  "EBUSY",  "EAGAIN",
        "ENOTEMPTY", "E2BIG",  "EPERM",  "EISCONN"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        int error = xs_error_from_name(names[i]);

        CHECK(error < 0);
        CHECK(error != -K_EIO || !strcmp(names[i], "EIO"));
    }
}

static int event(const char *bytes, size_t size, const char **path,
                 uint32_t *token)
{
    return xs_decode_event(payload(bytes, size), size, path, token);
}

TEST(events_are_a_path_and_a_token)
{
    const char *path;
    uint32_t token;

    CHECK_EQUAL(event("device/vif\0"
                      "17",
                      14, &path, &token),
                0);
    CHECK_STRING(path, "device/vif");
    CHECK_EQUAL(token, 17);
    CHECK_EQUAL(event("p\0"
                      "4294967295",
                      13, &path, &token),
                0);
    CHECK_EQUAL(token, 4294967295);

    CHECK_EQUAL(event("", 0, &path, &token), -K_EPROTO);
    CHECK_EQUAL(event("p", 1, &path, &token), -K_EPROTO);
    CHECK_EQUAL(event("p", 2, &path, &token), -K_EPROTO);
    CHECK_EQUAL(event("p\0"
                      "1",
                      3, &path, &token),
                -K_EPROTO);
    CHECK_EQUAL(event("p\0"
                      "0",
                      4, &path, &token),
                -K_EPROTO);
    CHECK_EQUAL(event("p\0"
                      "x",
                      4, &path, &token),
                -K_EPROTO);
    CHECK_EQUAL(event("p\0"
                      "-1",
                      5, &path, &token),
                -K_EPROTO);
    CHECK_EQUAL(event("p\0"
                      "1\0"
                      "1",
                      6, &path, &token),
                -K_EPROTO);
    CHECK_EQUAL(event("p\0"
                      "4294967296",
                      13, &path, &token),
                -K_EPROTO);
}

TEST(transactions_are_numbers)
{
    uint32_t id;

    CHECK_EQUAL(xs_decode_transaction(PAYLOAD("42\0"), 3, &id), 0);
    CHECK_EQUAL(id, 42);
    CHECK_EQUAL(xs_decode_transaction(PAYLOAD("42"), 2, &id), -K_EPROTO);
    CHECK_EQUAL(xs_decode_transaction(PAYLOAD("\0"), 1, &id), -K_EPROTO);
    CHECK_EQUAL(xs_decode_transaction(PAYLOAD(""), 0, &id), -K_EPROTO);
    CHECK_EQUAL(xs_decode_transaction(PAYLOAD("0\0"), 2, &id), -K_EPROTO);
}

TEST(lists_end_with_a_nul)
{
    size_t count = 99;

    CHECK_EQUAL(xs_decode_list(PAYLOAD(""), 0, &count), 0);
    CHECK_EQUAL(count, 0);
    CHECK_EQUAL(xs_decode_list(PAYLOAD("a\0bc\0"), 5, &count), 0);
    CHECK_EQUAL(count, 2);
    CHECK_EQUAL(xs_decode_list(PAYLOAD("\0"), 1, &count), 0);
    CHECK_EQUAL(count, 1);
    CHECK_EQUAL(xs_decode_list(PAYLOAD("a\0bc"), 4, &count), -K_EPROTO);
}
