/* SPDX-License-Identifier: BSD-2-Clause */
/* stdatomic.h: clang's own asks for newlib's, which forgets <stdint.h>. */
#include <stdint.h>
#include_next <stdatomic.h>
