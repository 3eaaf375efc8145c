/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_inet.c: any text as an address: the same answer as this machine's own
 * C library gives, and what was understood comes back as the same text.
 */
#include <stdlib.h>
#include "test.h"
#include "own_inet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    uint8_t own[16], host[16];
    struct in_addr a, b;
    int families[] = {AF_INET, AF_INET6};

    memcpy(text, data, size);
    text[size] = '\0';
    for (int i = 0; i < 2; i++) {
        int wanted = inet_pton(families[i], text, host);

        CHECK_EQUAL(own_inet_pton(families[i], text, own), wanted);
        if (wanted == 1)
            CHECK(memcmp(own, host, families[i] == AF_INET ? 4 : 16) == 0);
    }
    CHECK_EQUAL(own_inet_aton(text, &a), inet_aton(text, &b));
    free(text);
    return 0;
}
