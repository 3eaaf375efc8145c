# SPDX-License-Identifier: BSD-2-Clause
#
# Lua 5.4: the language as a library; its programs, src/lua.c and src/luac.c,
# are for PORT_SOURCES. Debian's source includes a header that Debian's package
# generates: an empty one lies here.

PACKAGE := lua5.4=5.4.4-3+deb12u1
SOURCES := $(filter-out %/lua.c %/luac.c,$(wildcard $(S)/src/*.c))
CFLAGS := -DLUA_USE_POSIX
EXPORTS := $(S)/src
