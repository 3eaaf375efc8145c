/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_address_words.c: ip=... as users write it, and as they should not. What
 * an IPv6 address means is asked of the host's inet_pton().
 */
#include <arpa/inet.h>
#include "test.h"
#include "lib/lwip/address_words.c"

static struct address_plan plan;

static void good(const char *words)
{
    const char *bad;
    size_t length;
    const char *why = address_plan_parse(words, &plan, &bad, &length);

    if (why)
        test_fail(__FILE__, __LINE__, "%s: \"%.*s\" %s", words, (int)length,
                  bad, why);
}

/* It must be refused, and `part` blamed. */
static void refused(const char *words, const char *part)
{
    const char *bad;
    size_t length;

    CHECK(address_plan_parse(words, &plan, &bad, &length) != NULL);
    CHECK(bad >= words && bad + length <= words + strlen(words));
    if (strlen(part) != length || memcmp(bad, part, length))
        test_fail(__FILE__, __LINE__, "%s: blames \"%.*s\", not \"%s\"", words,
                  (int)length, bad, part);
}

static void expect(const struct address *address, int family, const char *text)
{
    uint8_t bytes[16];

    CHECK(inet_pton(family, text, bytes) == 1);
    CHECK_EQUAL(address->version, family == AF_INET ? 4 : 6);
    CHECK(!memcmp(address->bytes, bytes, family == AF_INET ? 4 : 16));
}

TEST(address_gateway_and_servers)
{
    good("10.0.2.15/24,gw=10.0.2.1,dns=10.0.2.1,9.9.9.9");
    CHECK(!plan.dhcp && !plan.none);
    expect(&plan.v4, AF_INET, "10.0.2.15");
    CHECK_EQUAL(plan.v4.prefix, 24);
    expect(&plan.gateway4, AF_INET, "10.0.2.1");
    CHECK_EQUAL(plan.dns_count, 2);
    expect(&plan.dns[0], AF_INET, "10.0.2.1");
    expect(&plan.dns[1], AF_INET, "9.9.9.9");
    CHECK(!plan.v6.version && !plan.gateway6.version);
}

TEST(both_families_in_any_order)
{
    good("dns=fd00::53,gw=fe80::1,fd00::5/64,gw=192.168.7.1,192.168.7.9/22");
    expect(&plan.v4, AF_INET, "192.168.7.9");
    CHECK_EQUAL(plan.v4.prefix, 22);
    expect(&plan.gateway4, AF_INET, "192.168.7.1");
    expect(&plan.v6, AF_INET6, "fd00::5");
    CHECK_EQUAL(plan.v6.prefix, 64);
    expect(&plan.gateway6, AF_INET6, "fe80::1");
    expect(&plan.dns[0], AF_INET6, "fd00::53");
}

TEST(dhcp_and_none)
{
    good("dhcp");
    CHECK(plan.dhcp && !plan.none);
    good("dhcp,fd00::5/64,dns=9.9.9.9");
    CHECK(plan.dhcp && plan.v6.version == 6 && plan.dns_count == 1);
    good("dns=9.9.9.9,dhcp");
    CHECK(plan.dhcp);
    good("none");
    CHECK(plan.none && !plan.dhcp);
    address_plan_default(&plan);
    CHECK(plan.dhcp && !plan.none && !plan.v4.version);
}

TEST(ipv6_as_inet_pton_reads_it)
{
    static const char *const texts[] = {
        "2001:db8::1",     "2001:DB8:0:1:2:3:4:5",       "1::8",
        "1:2:3:4:5:6:7::", "fd00:0:0:2:216:3eff:fe00:0", "::2:3",
        "a:b:c:d:e:f:1:2"};
    char words[64];

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        snprintf(words, sizeof(words), "%s/64", texts[i]);
        good(words);
        expect(&plan.v6, AF_INET6, texts[i]);
    }
}

TEST(addresses_that_are_none)
{
    static const char *const texts[] = {
        "10.0.0.300", "10.0.1",        "10.0.0.1.2",
        "010.0.0.1",  "10.0.0.",       "10..0.1",
        "1::2::3",    "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        ":1::2",      "1::2:",         "12345::1",
        "g::1",       ":::",           "1:2:3:4:5:6:7::8",
        "",           "eth0",          "-1.0.0.0"};
    char words[64], dns[64], gateway[64];

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        snprintf(words, sizeof(words), "%s/24", texts[i]);
        refused(words, words);
        snprintf(dns, sizeof(dns), "10.0.0.1/24,dns=%s", texts[i]);
        refused(dns, strchr(dns, ',') + 1);
        snprintf(gateway, sizeof(gateway), "10.0.0.1/24,gw=%s", texts[i]);
        refused(gateway, strchr(gateway, ',') + 1);
    }
}

TEST(addresses_that_are_no_hosts)
{
    static const char *const texts[] = {
        "0.0.0.5/8",   "127.0.0.1/8",   "224.0.0.1/24", "255.255.255.255/32",
        "10.0.0.0/24", "10.0.0.255/24", "::/64",        "::1/64",
        "ff02::1/64",  "fe80::1/64"};

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        refused(texts[i], texts[i]);
    good("10.0.0.0/31");
    good("10.0.0.255/32");
}

TEST(prefixes)
{
    refused("10.0.0.1", "10.0.0.1");
    refused("10.0.0.1/", "10.0.0.1/");
    refused("10.0.0.1/0", "10.0.0.1/0");
    refused("10.0.0.1/33", "10.0.0.1/33");
    refused("10.0.0.1/255.255.255.0", "10.0.0.1/255.255.255.0");
    refused("fd00::1/48", "fd00::1/48");
    good("10.0.0.1/1");
}

TEST(words_that_do_not_fit_together)
{
    refused("", "");
    refused("none,dhcp", "none");
    refused("10.0.0.1/24,10.0.0.2/24", "10.0.0.2/24");
    refused("10.0.0.1/24,gw=10.0.0.2,gw=10.0.0.3", "gw=10.0.0.3");
    refused("10.0.0.1/24,gw=10.0.1.2", "10.0.0.1/24,gw=10.0.1.2");
    refused("10.0.0.1/24,gw=fd00::1", "10.0.0.1/24,gw=fd00::1");
    refused("dhcp,10.0.0.1/24", "dhcp,10.0.0.1/24");
    refused("dhcp,gw=10.0.0.1", "dhcp,gw=10.0.0.1");
    refused("dns=9.9.9.9", "dns=9.9.9.9");
    refused("dhcp,dns=1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4", "4.4.4.4");
    refused("10.0.0.1/24,mtu=9000", "mtu=9000");
    refused("10.0.0.1/24,", "");
    refused("DHCP", "DHCP");
}

TEST(names_of_settings)
{
    unsigned int index = 99;

    CHECK(address_plan_names("ip=dhcp", &index) && index == 0);
    CHECK(address_plan_names("ip0=dhcp", &index) && index == 0);
    CHECK(address_plan_names("ip12", &index) && index == 12);
    CHECK(!address_plan_names("ipv6=1", &index));
    CHECK(!address_plan_names("ip01=1", &index));
    CHECK(!address_plan_names("zip=1", &index));
    CHECK(!address_plan_names("i", &index));
}
