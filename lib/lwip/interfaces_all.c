/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interfaces_all.c: all interfaces are TCP/IP's.
 */
#include "lib/lwip/address.h"

const bool interfaces_all = true;
