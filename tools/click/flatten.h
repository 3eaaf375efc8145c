/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flatten.h: the program `click-flatten`.
 */
#ifndef CORACLE_TOOLS_CLICK_FLATTEN_H
#define CORACLE_TOOLS_CLICK_FLATTEN_H

int flatten_main(int count, char **words);

#endif
