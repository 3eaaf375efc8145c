# SPDX-License-Identifier: BSD-2-Clause
#
# SQLite: the library; its shell, made/shell.c, and its speed test,
# test/speedtest1.c, are for PORT_SOURCES.
#
# unix-excl: the variant of its own Unix layer for a database that no other
# process has open. There is none here. It keeps the index of a write-ahead log
# in the heap, so that WAL needs no shared mapping of a file.

PACKAGE := sqlite3=3.40.1-2+deb12u2
SOURCES := $(S)/made/sqlite3.c
CFLAGS := -DSQLITE_DEFAULT_UNIX_VFS='"unix-excl"' \
    -DSQLITE_OMIT_LOAD_EXTENSION -DHAVE_USLEEP=1 -DHAVE_FDATASYNC=1 \
    -DHAVE_GMTIME_R=1 -DHAVE_LOCALTIME_R=1 -DHAVE_STRCHRNUL=1 -DHAVE_ISNAN=1
EXPORTS := $(S)/made
