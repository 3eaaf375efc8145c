# SPDX-License-Identifier: BSD-2-Clause
#
# Redis, the server: it is a program, not a library, but main() is in the middle
# of a file of the rest. The files are those of the lists in its makefiles:
# without the clients, without TLS, with the C library's malloc.

PACKAGE := redis=5:7.0.15-1~deb12u7
REDIS_OTHERS := redis-cli cli_common redis-benchmark redisassert \
    ae_epoll ae_evport ae_kqueue ae_select
SOURCES := $(filter-out $(REDIS_OTHERS:%=$(S)/src/%.c),$(wildcard $(S)/src/*.c)) \
    $(filter-out %/lua.c %/luac.c %/print.c,$(wildcard $(S)/deps/lua/src/*.c)) \
    $(addprefix $(S)/deps/hiredis/,alloc.c async.c hiredis.c net.c read.c sds.c) \
    $(S)/deps/hdr_histogram/hdr_histogram.c
CFLAGS := $(addprefix -I$(S)/deps/,hiredis lua/src hdr_histogram) \
    -D_GNU_SOURCE -DHAVE_EPOLL -DLUA_ANSI -DENABLE_CJSON_GLOBAL -DREDIS_STATIC= \
    -DHDR_MALLOC_INCLUDE='"hdr_redis_malloc.h"'
