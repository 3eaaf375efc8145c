/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolve: names to addresses, and addresses to names.
 *
 * Nothing here is special to Coracle; it compiles on Linux too:
 * `cc examples/resolve/main.c`.
 *
 * There are two calls. getaddrinfo() gives all addresses of a name in the order
 * in which a client should try them; they may be of both kinds, so programs
 * that connect go through the list and care for nothing else. getnameinfo() is
 * the way back. A word that is an address already is looked up backwards here;
 * the flag AI_NUMERICHOST tells which words are, without asking anybody.
 */
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int family = AF_UNSPEC;

/* The addresses of `word`. An error is one of getaddrinfo(). */
static int look_up(const char *word, int flags, struct addrinfo **found)
{
    struct addrinfo hints = {
        .ai_family = family,
        .ai_socktype = SOCK_STREAM, /* else each address comes three times */
        .ai_flags = flags,
    };

    return getaddrinfo(word, NULL, &hints, found);
}

static bool complain(const char *word, int error)
{
    fprintf(stderr, "resolve: %s: %s\n", word, gai_strerror(error));
    return false;
}

static bool print_name(const char *word, const struct addrinfo *address)
{
    char name[NI_MAXHOST];
    int error = getnameinfo(address->ai_addr, address->ai_addrlen, name,
                            sizeof(name), NULL, 0, NI_NAMEREQD);

    if (error)
        return complain(word, error);
    printf("%s is %s\n", word, name);
    return true;
}

static bool print_addresses(const char *word)
{
    struct addrinfo *found;
    int error = look_up(word, 0, &found);

    if (error)
        return complain(word, error);
    for (const struct addrinfo *a = found; a; a = a->ai_next) {
        char text[INET6_ADDRSTRLEN];

        error = getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text), NULL,
                            0, NI_NUMERICHOST);
        if (error) {
            freeaddrinfo(found);
            return complain(word, error);
        }
        printf("%s has %s address %s\n", word,
               a->ai_family == AF_INET6 ? "IPv6" : "IPv4", text);
    }
    freeaddrinfo(found);
    return true;
}

static bool resolve(const char *word)
{
    struct addrinfo *address;
    bool good;

    if (look_up(word, AI_NUMERICHOST, &address))
        return print_addresses(word);
    good = print_name(word, address);
    freeaddrinfo(address);
    return good;
}

int main(int argc, char **argv)
{
    bool good = true;
    int option;

    while ((option = getopt(argc, argv, "46")) != -1) {
        if (option == '?')
            optind = argc;
        family = option == '4' ? AF_INET : AF_INET6;
    }
    if (optind >= argc) {
        fprintf(stderr, "usage: resolve [-4|-6] NAME-OR-ADDRESS...\n");
        return 2;
    }
    for (int i = optind; i < argc; i++)
        good &= resolve(argv[i]);
    return good ? 0 : 1;
}
