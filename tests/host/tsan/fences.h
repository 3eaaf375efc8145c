/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fences.h: included before each source that ThreadSanitizer watches, which
 * does not know stand-alone fences. Here what comes after an acquire fence
 * comes after all that came before a release fence until then. That is a
 * little more than C promises; a fence that is missing is missed all the same.
 * Sequentially consistent ones put nothing in order here: the code relies on
 * those for other things than handing over data.
 */
#ifndef CORACLE_TESTS_HOST_TSAN_FENCES_H
#define CORACLE_TESTS_HOST_TSAN_FENCES_H

#include <stdatomic.h>

void fake_fence(memory_order order);

#undef atomic_thread_fence
#define atomic_thread_fence(order) fake_fence(order)

#endif
