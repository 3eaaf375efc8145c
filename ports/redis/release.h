/* SPDX-License-Identifier: BSD-2-Clause */
/* What Redis' own makefile would write of the state of its repository. */
#define REDIS_GIT_SHA1  "00000000"
#define REDIS_GIT_DIRTY "0"
#define REDIS_BUILD_ID  "coracle"
