/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interfaces_named.c: only those interfaces are TCP/IP's that the command line
 * has a setting for; the packet graph has the others.
 */
#include "lib/lwip/address.h"

const bool interfaces_all = false;
