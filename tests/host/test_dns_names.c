/* SPDX-License-Identifier: BSD-2-Clause */
/* test_dns_names.c: questions for names, and the answers. */
#include "test.h"
#include "lib/lwip/dns_names.c"

static const uint8_t address[4] = {10, 0, 2, 1};

/* The question for 10.0.2.1, by hand after RFC 1035. */
static const uint8_t asked[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0"
                               "\0011\0012\0010\00210\7in-addr\4arpa\0"
                               "\0\x0c\0\1";

static uint8_t question[DNS_QUESTION_MAX];
static size_t question_length;
static uint8_t answer[DNS_ANSWER_MAX];
static size_t answer_length;

/* An answer with these flags and `count` records. */
static void begin(unsigned int flags, unsigned int count, const void *records,
                  size_t size)
{
    question_length = dns_name_question(question, 0x1234, address, 4);
    memcpy(answer, question, question_length);
    put16(answer + 2, flags);
    put16(answer + 6, count);
    memcpy(answer + question_length, records, size);
    answer_length = question_length + size;
}

static int read_it(char *name, size_t room)
{
    return dns_name_answer(answer, answer_length, question, question_length,
                           name, room);
}

TEST(question_for_ipv4)
{
    begin(0, 0, "", 0);
    CHECK_EQUAL(question_length, sizeof(asked) - 1);
    CHECK(memcmp(question, asked, question_length) == 0);
}

TEST(question_for_ipv6)
{
    uint8_t loopback[16] = {[0] = 0xfd, [15] = 0x1a};

    question_length = dns_name_question(question, 1, loopback, 16);
    CHECK_EQUAL(question_length, 12 + 64 + 4 + 5 + 1 + 4);
    CHECK(question_length <= DNS_QUESTION_MAX);
    CHECK(memcmp(question + 12, "\1a\0011\0010", 6) == 0);
    CHECK(memcmp(question + 12 + 60, "\1d\1f\3ip6\4arpa", 13) == 0);
}

/* A PTR record whose owner points at the question. */
#define RECORD(size) "\xc0\x0c\0\x0c\0\1\0\0\0\x3c\0" size

TEST(a_name)
{
    char name[64];

    begin(0x8180, 1, RECORD("\x0a") "\4dom0\3lab", 22);
    CHECK_EQUAL(read_it(name, sizeof(name)), 0);
    CHECK(strcmp(name, "dom0.lab") == 0);
    CHECK_EQUAL(read_it(name, 9), 0);
    CHECK_EQUAL(read_it(name, 8), -ENAMETOOLONG);
}

/* "x" and then what stands at byte 21 of the question: "in-addr.arpa". */
TEST(a_compressed_name_behind_another_record)
{
    char name[64];

    begin(0x8180, 2,
          "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\2\xc0\x0c" RECORD("\4") "\1x\xc0\x15",
          14 + 16);
    CHECK_EQUAL(read_it(name, sizeof(name)), 0);
    CHECK(strcmp(name, "x.in-addr.arpa") == 0);
}

TEST(no_name)
{
    char name[64];

    begin(0x8183, 0, "", 0);
    CHECK_EQUAL(read_it(name, sizeof(name)), -ENOENT);
    begin(0x8180, 0, "", 0);
    CHECK_EQUAL(read_it(name, sizeof(name)), -ENOENT);
    begin(0x8182, 0, "", 0);
    CHECK_EQUAL(read_it(name, sizeof(name)), -EIO);
}

TEST(not_an_answer)
{
    char name[64];

    begin(0x0100, 0, "", 0);
    CHECK_EQUAL(read_it(name, sizeof(name)), -EAGAIN);
    begin(0x8180, 0, "", 0);
    answer[1] ^= 1;
    CHECK_EQUAL(read_it(name, sizeof(name)), -EAGAIN);
    begin(0x8180, 0, "", 0);
    answer[13] ^= 1; /* another question */
    CHECK_EQUAL(read_it(name, sizeof(name)), -EAGAIN);
    answer_length = 11;
    CHECK_EQUAL(read_it(name, sizeof(name)), -EAGAIN);
}

TEST(nonsense)
{
    char name[64];

    begin(0x8180, 1, RECORD("\2") "\xc0\x38", 14); /* points at itself */
    answer[answer_length - 1] = (uint8_t)(answer_length - 2);
    CHECK_EQUAL(read_it(name, sizeof(name)), -EPROTO);
    begin(0x8180, 1, RECORD("\x40") "\4dom0\3lab", 22); /* too long */
    CHECK_EQUAL(read_it(name, sizeof(name)), -EPROTO);
    begin(0x8180, 1, RECORD("\x05") "\4dom0", 17); /* no end */
    CHECK_EQUAL(read_it(name, sizeof(name)), -EPROTO);
    begin(0x8180, 1, RECORD("\x04") "\2\033c", 16); /* a terminal's command */
    CHECK_EQUAL(read_it(name, sizeof(name)), -EPROTO);
    begin(0x8180, 9, RECORD("\x01"), 13); /* fewer records than said */
    CHECK_EQUAL(read_it(name, sizeof(name)), -EPROTO);
}
