# SPDX-License-Identifier: BSD-2-Clause
#
# Lua 5.4: the language as a library; its programs, src/lua.c and src/luac.c,
# are for PORT_SOURCES. The header beside this is one that Debian's package makes
# when it is built.

PACKAGE := lua5.4=5.4.4-3+deb12u1
SOURCES := $(filter-out %/lua.c %/luac.c,$(wildcard $(S)/src/*.c))
CFLAGS := -DLUA_USE_POSIX
EXPORTS := $(S)/src
