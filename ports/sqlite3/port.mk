# SPDX-License-Identifier: BSD-2-Clause
#
# SQLite: the library; its shell, made/shell.c, is for PORT_SOURCES.

PACKAGE := sqlite3=3.40.1-2+deb12u2
SOURCES := $(S)/made/sqlite3.c
CFLAGS := -DSQLITE_OMIT_LOAD_EXTENSION
EXPORTS := $(S)/made
