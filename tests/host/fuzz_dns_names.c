/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_dns_names.c: anything as the rest of an answer: no byte outside of it is
 * read, and a name that comes out is printable and ends.
 */
#include "test.h"
#include "lib/lwip/dns_names.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t address[4] = {10, 0, 2, 1};
    uint8_t question[DNS_QUESTION_MAX], *answer;
    size_t length = dns_name_question(question, 0x1234, address, 4);
    char name[64];

    if (size < 3 || size > DNS_ANSWER_MAX)
        return 0;
    answer = malloc(length + size - 3); /* exactly: ASan watches its end */
    memcpy(answer, question, length);
    put16(answer + 2, 0x8000u | data[0]);
    put16(answer + 6, get16(data + 1));
    memcpy(answer + length, data + 3, size - 3);
    if (dns_name_answer(answer, length + size - 3, question, length, name,
                        sizeof(name)) == 0) {
        CHECK(strlen(name) > 0 && strlen(name) < sizeof(name));
        for (const char *c = name; *c; c++)
            CHECK(*c > ' ' && *c < 127);
    }
    free(answer);
    return 0;
}
