/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * request_backend.h: the other end of a request ring, for host tests: Xen's own
 * macros (<xen/io/ring.h>) over the same page. So a test finds out whether
 * drivers/request_ring.h and the backends of this world understand each other.
 */
#ifndef CORACLE_TESTS_HOST_REQUEST_BACKEND_H
#define CORACLE_TESTS_HOST_REQUEST_BACKEND_H

#include <xen/xen.h>
#define xen_mb()  atomic_thread_fence(memory_order_seq_cst)
#define xen_rmb() atomic_thread_fence(memory_order_acquire)
#define xen_wmb() atomic_thread_fence(memory_order_release)
#include <xen/io/ring.h>
#include "drivers/request_ring.h"

#define PAGE 4096

struct played_request {
    uint32_t id;
    uint32_t question;
    uint32_t padding;
};

struct played_response {
    uint32_t id;
    uint32_t answer;
};

DEFINE_RING_TYPES(played, struct played_request, struct played_response);

#endif
