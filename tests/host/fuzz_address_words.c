/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_address_words.c: anything behind ip=. What is blamed lies inside the
 * text; what is understood gives the same plan again when it is written out in
 * the usual order, with the host's inet_ntop().
 */
#include <arpa/inet.h>
#include "test.h"
#include "lib/lwip/address_words.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *put(char *to, const char *name, const struct address *address)
{
    if (!address->version)
        return to;
    to += sprintf(to, ",%s", name);
    CHECK(inet_ntop(address->version == 4 ? AF_INET : AF_INET6, address->bytes,
                    to, INET6_ADDRSTRLEN));
    /* inet_ntop() ends some IPv6 addresses like IPv4's; so does nobody here. */
    if (address->version == 6 && strchr(to, '.'))
        for (int i = 0; i < 16; i += 2)
            to += sprintf(to, "%s%x", i ? ":" : "",
                          address->bytes[i] << 8 | address->bytes[i + 1]);
    to += strlen(to);
    if (address->prefix)
        to += sprintf(to, "/%u", address->prefix);
    return to;
}

static void write_out(const struct address_plan *plan, char *text)
{
    char *to = text;

    *to = '\0';
    if (plan->none)
        to += sprintf(to, ",none");
    if (plan->dhcp)
        to += sprintf(to, ",dhcp");
    to = put(to, "", &plan->v4);
    to = put(to, "", &plan->v6);
    to = put(to, "gw=", &plan->gateway4);
    to = put(to, "gw=", &plan->gateway6);
    for (unsigned int i = 0; i < plan->dns_count; i++)
        to = put(to, i ? "" : "dns=", &plan->dns[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *words = malloc(size + 1), again[1024];
    struct address_plan plan, other;
    const char *bad;
    size_t length;
    unsigned int index;

    memcpy(words, data, size);
    words[size] = '\0';
    if (address_plan_parse(words, &plan, &bad, &length)) {
        CHECK(bad >= words && bad + length <= words + strlen(words));
    } else {
        write_out(&plan, again);
        CHECK(!address_plan_parse(again + 1, &other, &bad, &length));
        CHECK(!memcmp(&plan, &other, sizeof(plan)));
    }
    if (address_plan_names(words, &index))
        CHECK(index < 1000);
    free(words);
    return 0;
}
