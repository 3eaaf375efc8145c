/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_ring.c: the byte ring against another end that sets the counters to
 * anything at any time. The input is a list of commands of a byte and, for
 * some, four bytes of argument. No step may leave the buffer (a heap block of
 * its own, for the sanitizer's eyes), nor move more than was asked for.
 */
#include "test.h"
#include "xen/ring.c"

#define SIZE 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_moved(int moved, size_t asked)
{
    if (moved < 0)
        CHECK(moved == -K_EPROTO);
    else
        CHECK((size_t)moved <= asked && moved <= SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *buffer = malloc(SIZE);
    char text[SIZE * 2] = {0};
    uint32_t produced = 0, consumed = 0, value;
    struct ring out, in;

    memset(buffer, 0, SIZE);
    ring_init(&out, buffer, SIZE, &produced, &consumed);
    ring_init(&in, buffer, SIZE, &consumed, &produced);
    for (; size >= 5; data += 5, size -= 5) {
        memcpy(&value, data + 1, sizeof(value));
        if (data[0] % 4 == 0)
            produced = value;
        else if (data[0] % 4 == 1)
            consumed = value;
        else if (data[0] % 4 == 2)
            check_moved(ring_put(&out, text, value % sizeof(text)),
                        value % sizeof(text));
        else
            check_moved(ring_get(&in, text, value % sizeof(text)),
                        value % sizeof(text));
    }
    free(buffer);
    return 0;
}
