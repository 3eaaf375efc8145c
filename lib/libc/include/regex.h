/* SPDX-License-Identifier: BSD-2-Clause */
/* regex.h: newlib's, which forgets where off_t comes from. */
#include <sys/types.h>
#include_next <regex.h>
