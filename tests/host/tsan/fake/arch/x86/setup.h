/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * setup.h, as tests under ThreadSanitizer see it: the page shared with a Xen
 * that the test plays.
 */
#ifndef CORACLE_ARCH_SETUP_H
#define CORACLE_ARCH_SETUP_H

#include <xen/xen.h>

extern union shared_info_page {
    struct shared_info info;
} shared_info_page;

#endif
