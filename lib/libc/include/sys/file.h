/* SPDX-License-Identifier: BSD-2-Clause */
/* sys/file.h: flock() and its operations, which newlib has in <fcntl.h>. */
#ifndef CORACLE_SYS_FILE_H
#define CORACLE_SYS_FILE_H

#include <fcntl.h>

#endif
