/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * elements.h: what `click --list` prints.
 */
#ifndef CORACLE_TOOLS_CLICK_ELEMENTS_H
#define CORACLE_TOOLS_CLICK_ELEMENTS_H

void elements_list(void);

#endif
