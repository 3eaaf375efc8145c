/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * info.c: names for addresses and ports.
 *
 * =c
 * AddressInfo(NAME ADDRESS [ADDRESS...], ...)
 * =s information
 * names for addresses
 * =d
 * NAME stands for the ADDRESSes wherever an element's argument is one: IP
 * addresses, IP networks (ADDRESS/BITS; 10.0.0.1/8 is also an
 * address, 10.0.0.0/8 only a network) and Ethernet addresses, at most one of
 * each kind. Which one is meant, the argument says, and where both are good, it
 * is the address; NAME:ip, NAME:ipnet and NAME:eth say it, too. NAME:bcast is
 * the broadcast address of the network, NAME:gw its first address. A name holds
 * in the compound element in which it was given, and in those inside of it.
 *
 * A name that no AddressInfo gives may be an interface's: eth0 is its address,
 * network or Ethernet address, as is wanted, eth0:eth, eth0:ip and eth0:ipnet
 * say which, eth0:bcast is its network's broadcast address, eth0:gw the gateway
 * that is reached by it. In a guest it is what the xl configuration says, which
 * has neither networks nor gateways.
 * =e
 *   AddressInfo(mauer 10.0.0.1/24 00-50-BA-85-84-A9);
 *   ... -> IPEncap(6, mauer, 1.0.0.1) -> EtherEncap(0x0800, mauer, ...) -> ...
 * =a PortInfo
 *
 * =c
 * PortInfo(NAME PORT[/PROTOCOL] [NAMES], ...)
 * =s information
 * names for ports
 * =d
 * NAME, and each of NAMES, stands for the TCP or UDP port PORT wherever an
 * element's argument is a port. PROTOCOL is "tcp" or "udp", for people: a name
 * is good for both. A name holds in the compound element in which it was given,
 * and in those inside. What follows a # is a comment, as in /etc/services.
 * =e
 *   PortInfo(ssh 22, http 80/tcp www)
 * =a AddressInfo
 *
 * =c
 * ProtocolInfo(NAME PROTOCOL, ...)
 * =s information
 * names for IP protocols
 * =d
 * NAME stands for the IP protocol number PROTOCOL in patterns of IPClassifier
 * and IPFilter and where an argument is a protocol.
 * =a PortInfo
 *
 * Relies on lib/click/names.h.
 */
#include <stdlib.h>
#include <string.h>
#include "lib/click/element.h"
#include "lib/click/headers.h"
#include "lib/click/names.h"
#include "lib/click/types.h"

static int give(struct click_args *args, enum name_kind kind, const char *name,
                const char *suffix, const void *value)
{
    char path[256];
    size_t length = strlen(name);

    if (length + strlen(suffix) >= sizeof(path))
        return click_args_error(args, "'%s': too long", name);
    memcpy(path, name, length);
    strcpy(path + length, suffix);
    return names_give(args->element, kind, path, value)
               ? click_args_error(args, "out of memory")
               : 0;
}

/* A network gives two addresses their names. It is an address itself if it says
 * which one of the network: 10.0.0.1/8, not 10.0.0.0/8. */
static int give_network(struct click_args *args, const char *name,
                        const char *word)
{
    const char *slash = strchr(word, '/');
    struct click_prefix prefix;
    uint32_t address, gateway;
    char *host;
    int error;

    if (!slash || click_read_prefix(args->element, word, &prefix))
        return 1;
    host = strndup(word, (size_t)(slash - word));
    error = host ? click_read_ip(args->element, host, &address) : -1;
    free(host);
    /* "18.26/16" is a network, but no address. */
    prefix.address &= prefix.mask;
    if (!error && (address != prefix.address || ~prefix.mask == 0) &&
        give(args, NAME_IP, name, "", &address))
        return -1;
    address = prefix.address | ~prefix.mask;
    gateway = prefix.address | htonl(1);
    return give(args, NAME_PREFIX, name, "", &prefix) ||
                   give(args, NAME_IP, name, ":bcast", &address) ||
                   give(args, NAME_IP, name, ":gw", &gateway)
               ? -1
               : 0;
}

static int give_address(struct click_args *args, const char *name,
                        const char *word)
{
    uint32_t address;
    uint8_t ether[6];
    int error = give_network(args, name, word);

    if (error <= 0)
        return error;
    if (!click_read_ip(args->element, word, &address))
        return give(args, NAME_IP, name, "", &address);
    if (!click_read_ether(args->element, word, ether))
        return give(args, NAME_ETHER, name, "", ether);
    return click_args_error(args, "'%s': expected an address, not '%s'", name,
                            word);
}

static int give_port(struct click_args *args, const char *name,
                     const char *word)
{
    size_t length = strcspn(word, "/");
    char *number = strndup(word, length);
    uint16_t port;
    int error = number ? click_read_port(args->element, number, &port) : -1;

    free(number);
    if (error || (word[length] && strcmp(word + length, "/tcp") &&
                  strcmp(word + length, "/udp")))
        return click_args_error(
            args, "'%s': expected PORT[/PROTOCOL], not '%s'", name, word);
    return give(args, NAME_PORT, name, "", &port);
}

static int give_protocol(struct click_args *args, const char *name,
                         const char *word)
{
    uint64_t number;
    uint8_t protocol;

    if (click_read_integer(word, 0, 255, &number))
        return click_args_error(args, "'%s': expected a number, not '%s'", name,
                                word);
    protocol = (uint8_t)number;
    return give(args, NAME_PROTOCOL, name, "", &protocol);
}

/* "NAME VALUE...", each. */
static int configure(struct click_args *args,
                     int (*give_one)(struct click_args *args, const char *name,
                                     const char *word))
{
    int error = 0;

    for (unsigned int i = 0; i < args->count; i++) {
        unsigned int count;
        char **words = click_split_words(args->words[i], &count);

        if (!words)
            return click_args_error(args, "out of memory");
        if (count == 1)
            error = click_args_error(args, "expected 'NAME VALUE'");
        for (unsigned int j = 1; j < count; j++)
            if (give_one(args, words[0], words[j]))
                error = -1;
        click_words_free(words, count);
    }
    return error ? -1 : 0;
}

static int address_configure(struct element *element, struct click_args *args)
{
    (void)element;
    return configure(args, give_address);
}

/* "NAME PORT[/PROTOCOL] NAME...", as a line of /etc/services. */
static int port_configure(struct element *element, struct click_args *args)
{
    int error = 0;

    (void)element;
    for (unsigned int i = 0; i < args->count; i++) {
        unsigned int count, last = 0;
        char **words = click_split_words(args->words[i], &count);

        if (!words)
            return click_args_error(args, "out of memory");
        while (last < count && *words[last] != '#')
            last++;
        if (last == 1)
            error = click_args_error(args, "expected 'NAME PORT'");
        for (unsigned int j = 0; last > 1 && j < last; j++)
            if (j != 1 && give_port(args, words[j], words[1]))
                error = -1;
        click_words_free(words, count);
    }
    return error ? -1 : 0;
}

static int protocol_configure(struct element *element, struct click_args *args)
{
    (void)element;
    return configure(args, give_protocol);
}

const struct element_class click_class_AddressInfo = {
    .name = "AddressInfo",
    .ports = "0/0",
    .processing = "a/a",
    .size = sizeof(struct element),
    .phase = CLICK_PHASE_INFO,
    .configure = address_configure,
};

const struct element_class click_class_PortInfo = {
    .name = "PortInfo",
    .ports = "0/0",
    .processing = "a/a",
    .size = sizeof(struct element),
    .phase = CLICK_PHASE_INFO,
    .configure = port_configure,
};

const struct element_class click_class_ProtocolInfo = {
    .name = "ProtocolInfo",
    .ports = "0/0",
    .processing = "a/a",
    .size = sizeof(struct element),
    .phase = CLICK_PHASE_INFO,
    .configure = protocol_configure,
};
