/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_names.h: well-known names of protocols and ICMP messages.
 */
#ifndef CORACLE_CLICK_IP_NAMES_H
#define CORACLE_CLICK_IP_NAMES_H

#include <stdbool.h>
#include <stdint.h>
#include "coracle/compiler.h"

struct click_args;
struct click_param;
struct element;

/* A protocol by name (also ProtocolInfo's, as `near` sees them; it may be NULL)
 * or number. False: there is none of that name. */
bool ip_name_proto(const struct element *near, const char *word,
                   uint8_t *proto);

/* An ICMP type, and a code of a type, by name or number. */
bool ip_name_icmp_type(const char *word, uint8_t *type);
bool ip_name_icmp_code(uint8_t type, const char *word, uint8_t *code);

/* The same for arguments: the parser of a TYPE, and what a CODE says that was
 * read as a string (NULL: not given, 0). 0, or -1 when an error was said. */
MUST_CHECK int ip_icmp_type_parse(struct click_args *args,
                                  const struct click_param *param,
                                  const char *word, void *to);
MUST_CHECK int ip_icmp_code_parse(struct click_args *args, uint8_t type,
                                  const char *word, uint8_t *code);

/* Their names, NULL if they have none. */
const char *ip_icmp_type_text(uint8_t type);
const char *ip_icmp_code_text(uint8_t type, uint8_t code);

/* A bit of the TCP flags by name: "syn". */
bool ip_name_tcp_flag(const char *word, uint8_t *bit);

#endif
