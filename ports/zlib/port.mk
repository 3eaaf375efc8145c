# SPDX-License-Identifier: BSD-2-Clause
#
# zlib: compression.

PACKAGE := zlib=1:1.2.13.dfsg-1
SOURCES := $(wildcard $(S)/*.c)
CFLAGS := -DZ_HAVE_UNISTD_H -D_LARGEFILE64_SOURCE
EXPORTS := $(S)
