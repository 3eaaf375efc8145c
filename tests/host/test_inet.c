/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_inet.c: addresses as text. Expected values are those of RFC 4291 and
 * RFC 5952, and what this machine's own C library says.
 */
#include "test.h"
#include "own_inet.h"

static void check_pton(int family, const char *text)
{
    uint8_t own[16] = {0}, host[16] = {0};
    int wanted = inet_pton(family, text, host);

    if (own_inet_pton(family, text, own) != wanted ||
        (wanted == 1 && memcmp(own, host, 16) != 0))
        test_fail(__FILE__, __LINE__, "inet_pton of \"%s\"", text);
}

TEST(good_and_bad_ipv4)
{
    static const char *const texts[] = {
        "0.0.0.0",   "255.255.255.255", "1.2.3.4",    "127.0.0.1", "256.1.1.1",
        "1.2.3",     "1.2.3.4.5",       "1..2.3",     "01.2.3.4",  "1.2.3.04",
        "1.2.3.4 ",  " 1.2.3.4",        "",           "1.2.3.",    ".1.2.3",
        "0x1.2.3.4", "1.2.3.4a",        "1000.1.1.1", "00.0.0.0",
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        check_pton(AF_INET, texts[i]);
}

TEST(good_and_bad_ipv6)
{
    static const char *const texts[] = {
        "::",
        "::1",
        "1::",
        "fe80::1",
        "2001:db8::8:800:200c:417a",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4::5:6:7:8",
        "1::2::3",
        ":1",
        "1:",
        ":",
        ":::",
        "1:::2",
        "12345::",
        "g::",
        "::ffff:1.2.3.4",
        "::1.2.3.4",
        "1:2:3:4:5:6:1.2.3.4",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3",
        "::1.2.3.4:5",
        "1.2.3.4::",
        "FE80::A",
        "0000:0:00::",
        "",
        "::1%eth0",
        "1:2:3:4:5:6:7:8:",
        "64:ff9b::192.0.2.33",
        "::256.1.1.1",
        "1:2:3:4:5:6:7:8::",
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        check_pton(AF_INET6, texts[i]);
}

TEST(aton_takes_what_bsd_took)
{
    static const char *const texts[] = {
        "1.2.3.4",    "127.1",      "1.2.65535",  "1.2.65536", "4294967295",
        "4294967296", "0x7f000001", "0177.0.0.1", "08.1.1.1",  "1.16777215",
        "1.16777216", "",           ".",          "1.",        "1.2.3.4 x",
        "1.2.3.4x",   "0x",         "0",          "256.1",     "1.2.3.256",
        "0x7f.1",     "a",          "1.2.3.4.5",
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct in_addr own = {0}, host = {0};
        int wanted = inet_aton(texts[i], &host);

        if (own_inet_aton(texts[i], &own) != wanted ||
            (wanted && own.s_addr != host.s_addr))
            test_fail(__FILE__, __LINE__, "inet_aton of \"%s\"", texts[i]);
    }
    CHECK_EQUAL(own_inet_addr("nonsense"), INADDR_NONE);
    CHECK_EQUAL(own_inet_addr("1.2.3.4"), 0x04030201);
    CHECK_EQUAL(own_inet_network("192.168.1"), 0xc0a801);
    CHECK_EQUAL(own_inet_network("300"), INADDR_NONE);
}

/* RFC 5952, section 4. */
TEST(shortest_form)
{
    static const char *const pairs[][2] = {
        {"2001:0db8:0:0:0:0:0:1", "2001:db8::1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"2001:DB8::AA", "2001:db8::aa"},
        {"0:0:0:0:0:0:0:0", "::"},
        {"1:0:0:0:0:0:0:0", "1::"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
        {"::ffff:0:1", "::ffff:0.0.0.1"},
    };
    char text[INET6_ADDRSTRLEN];
    uint8_t bytes[16];

    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
        CHECK_EQUAL(own_inet_pton(AF_INET6, pairs[i][0], bytes), 1);
        CHECK(own_inet_ntop(AF_INET6, bytes, text, sizeof(text)) == text);
        if (strcmp(text, pairs[i][1]) != 0)
            test_fail(__FILE__, __LINE__, "%s is \"%s\", not \"%s\"",
                      pairs[i][0], text, pairs[i][1]);
    }
}

TEST(random_addresses_come_back)
{
    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[16], back[16];
        char text[INET6_ADDRSTRLEN], v4[INET_ADDRSTRLEN],
            other[INET_ADDRSTRLEN];

        for (int j = 0; j < 16; j++)
            bytes[j] = test_random() % 3 ? 0 : (uint8_t)test_random();
        CHECK(own_inet_ntop(AF_INET6, bytes, text, sizeof(text)) != NULL);
        CHECK_EQUAL(inet_pton(AF_INET6, text, back), 1);
        CHECK(memcmp(bytes, back, 16) == 0);
        CHECK(own_inet_ntop(AF_INET, bytes, v4, sizeof(v4)) != NULL);
        inet_ntop(AF_INET, bytes, other, sizeof(other));
        CHECK(strcmp(v4, other) == 0);
    }
}

TEST(no_room)
{
    struct in_addr address = {htonl(0x0a000001)};
    char text[16];

    CHECK(own_inet_ntop(AF_INET, &address, text, 8) == NULL);
    CHECK_EQUAL(errno, ENOSPC);
    CHECK(own_inet_ntop(AF_INET, &address, text, 9) == text);
    CHECK(own_inet_ntop(99, &address, text, 16) == NULL);
    CHECK_EQUAL(errno, EAFNOSUPPORT);
    CHECK(strcmp(own_inet_ntoa(address), "10.0.0.1") == 0);
}
