/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names.h: names that a configuration gives to values: AddressInfo's,
 * PortInfo's and others'. A name holds in the compound element where it was
 * given and in those inside of it; the innermost one wins.
 */
#ifndef CORACLE_CLICK_NAMES_H
#define CORACLE_CLICK_NAMES_H

#include "coracle/compiler.h"

struct element;

enum name_kind {
    NAME_IP,       /* uint32_t, network byte order */
    NAME_PREFIX,   /* struct click_prefix */
    NAME_ETHER,    /* uint8_t [6] */
    NAME_PORT,     /* uint16_t, host byte order */
    NAME_PROTOCOL, /* uint8_t */
    NAME_ANNO,     /* struct click_anno */
    NAME_KINDS
};

/* Give `name` to a value (copied), in the compound in which `info` is. 0 or
 * -ENOMEM. */
MUST_CHECK int names_give(struct element *info, enum name_kind kind,
                          const char *name, const void *value);

/* What `name` is to `near` (NULL: nothing has a name), into `to`. 0 or -EINVAL.
 * "NAME:ip" is NAME as an address, "NAME:eth" as an Ethernet address. */
MUST_CHECK int names_find(const struct element *near, enum name_kind kind,
                          const char *name, void *to);

#endif
