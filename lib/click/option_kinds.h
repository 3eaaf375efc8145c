/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * option_kinds.h: the kinds of IP's (RFC 791) and TCP's options (RFCs 793,
 * 1323, 2018) that IP summary dumps have words for. END and NOP are both's.
 */
#ifndef CORACLE_CLICK_OPTION_KINDS_H
#define CORACLE_CLICK_OPTION_KINDS_H

enum { END, NOP, RR = 7, TS = 68, LSRR = 131, SSRR = 137 };
enum { MSS = 2, WSCALE = 3, SACK_OK = 4, SACK = 5, TIMES = 8 };

#endif
