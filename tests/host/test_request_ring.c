/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_request_ring.c: the request ring against Xen's own macros as an honest
 * backend, and against a backend that breaks each rule in turn.
 */
#include "test.h"
#include "request_backend.h"

/* The page is a block of its own, so that a step beyond it is seen. */
static void *page;
static struct request_ring ring;
static struct played_back_ring back;

static void set_up(void)
{
    page = malloc(PAGE);
    request_ring_init(&ring, page, PAGE, sizeof(union played_sring_entry));
    BACK_RING_INIT(&back, (struct played_sring *)page, PAGE);
}

/* As if so many requests had gone through it already. */
static void begin_at(uint32_t counter)
{
    ring.produced = ring.pushed = ring.consumed = counter;
    ring.shared->req_prod = ring.shared->rsp_prod = counter;
    ring.shared->req_event = ring.shared->rsp_event = counter + 1;
    BACK_RING_ATTACH(&back, (struct played_sring *)page, counter, PAGE);
}

static void put(uint32_t id)
{
    struct played_request request = {.id = id, .question = id * 3};

    request_ring_put(&ring, &request, sizeof(request));
}

static bool push(void)
{
    return request_ring_push(&ring);
}

/* The backend reads one request and writes its response, unpublished. */
static void answer_one(void)
{
    struct played_request request;
    struct played_response *response;

    CHECK(RING_HAS_UNCONSUMED_REQUESTS(&back));
    request = *RING_GET_REQUEST(&back, back.req_cons);
    back.req_cons++;
    CHECK_EQUAL(request.question, request.id * 3);
    response = RING_GET_RESPONSE(&back, back.rsp_prod_pvt);
    back.rsp_prod_pvt++;
    response->id = request.id;
    response->answer = request.id * 5;
}

/* Publish them; whether the frontend wants an event. */
static bool publish(void)
{
    int notify;

    RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&back, notify);
    return notify;
}

static void get(uint32_t id)
{
    struct played_response response;

    request_ring_get(&ring, &response, sizeof(response));
    CHECK_EQUAL(response.id, id);
    CHECK_EQUAL(response.answer, id * 5);
}

TEST(sizes_are_those_of_xen)
{
    /* Entries of netif's two rings and of blkif's, on one page and more. */
    static const struct {
        size_t pages, slot;
        uint32_t size;
    } known[] = {
        {1, 8, 256}, {1, 12, 256}, {1, 112, 32}, {2, 112, 64}, {4, 112, 128}};

    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        void *pages = malloc(known[i].pages * PAGE);
        char *last;

        request_ring_init(&ring, pages, known[i].pages * PAGE, known[i].slot);
        CHECK_EQUAL(ring.size, known[i].size);
        CHECK_EQUAL(request_ring_room(&ring), known[i].size);
        last = request_ring_slot(&ring, ring.size - 1);
        CHECK(last + known[i].slot <= (char *)pages + known[i].pages * PAGE);
        CHECK(request_ring_slot(&ring, ring.size) ==
              request_ring_slot(&ring, 0));
        free(pages);
    }
    set_up();
    CHECK_EQUAL(ring.size, RING_SIZE(&back));
    CHECK(request_ring_slot(&ring, 77) == (void *)RING_GET_REQUEST(&back, 77));
}

TEST(a_request_comes_back_answered)
{
    set_up();
    CHECK_EQUAL(request_ring_waiting(&ring), 0);
    put(41);
    put(42);
    CHECK(!RING_HAS_UNCONSUMED_REQUESTS(&back));
    CHECK(push());
    CHECK_EQUAL(request_ring_room(&ring), RING_SIZE(&back) - 2);
    answer_one();
    CHECK_EQUAL(request_ring_waiting(&ring), 0);
    CHECK(publish());
    CHECK_EQUAL(request_ring_waiting(&ring), 1);
    get(41);
    CHECK_EQUAL(request_ring_room(&ring), RING_SIZE(&back) - 1);
    answer_one();
    publish();
    CHECK_EQUAL(request_ring_waiting(&ring), 1);
    get(42);
    CHECK_EQUAL(request_ring_waiting(&ring), 0);
    CHECK_EQUAL(request_ring_room(&ring), RING_SIZE(&back));
}

/* Any amounts in flight, any order of steps, counters that wrap. */
TEST(wrapping_loses_nothing)
{
    uint32_t sent = 0, got = 0;

    set_up();
    begin_at((uint32_t)-1000);
    while (got < 20000) {
        for (uint32_t n = test_below(request_ring_room(&ring) + 1); n; n--)
            put(sent++);
        push();
        for (uint32_t n = test_below(300); n; n--)
            if (RING_HAS_UNCONSUMED_REQUESTS(&back))
                answer_one();
        publish();
        for (uint32_t n = test_below(300); n; n--)
            if (request_ring_waiting(&ring) > 0)
                get(got++);
        CHECK(sent - got <= ring.size);
        CHECK_EQUAL(request_ring_room(&ring), ring.size - (sent - got));
    }
}

/* The wish names a counter; who passes it notifies, who does not does not. */
TEST(the_backend_is_notified_when_it_wished)
{
    int work;

    set_up();
    put(1);
    CHECK(push());
    put(2);
    CHECK(!push()); /* it is awake: its wish is behind */
    answer_one();
    answer_one();
    RING_FINAL_CHECK_FOR_REQUESTS(&back, work);
    CHECK(!work);
    CHECK(!push()); /* nothing new */
    put(3);
    CHECK(push());
}

TEST(we_are_notified_when_we_wished)
{
    set_up();
    for (uint32_t id = 0; id < 8; id++)
        put(id);
    push();
    CHECK(!request_ring_sleep(&ring, 4));
    for (int n = 0; n < 3; n++) {
        answer_one();
        CHECK(!publish());
    }
    answer_one();
    CHECK(publish());
    for (uint32_t id = 0; id < 4; id++)
        get(id);
    CHECK(!request_ring_sleep(&ring, 1));
    answer_one();
    answer_one();
    CHECK(publish()); /* one event for a batch that passes the wish */
    /* They are there already: no sleep, there will be no event for them. */
    CHECK(request_ring_sleep(&ring, 1));
    CHECK(request_ring_sleep(&ring, 2));
    CHECK(!request_ring_sleep(&ring, 3));
}

TEST(an_answer_to_nothing_is_an_error)
{
    set_up();
    ring.shared->rsp_prod = 1;
    CHECK_EQUAL(request_ring_waiting(&ring), -K_EPROTO);
    CHECK(request_ring_sleep(&ring, 1)); /* and nobody sleeps over it */
    put(1);
    /* Written, but not shown to the backend yet. */
    CHECK_EQUAL(request_ring_waiting(&ring), -K_EPROTO);
    push();
    CHECK_EQUAL(request_ring_waiting(&ring), 1);
    ring.shared->rsp_prod = 2;
    CHECK_EQUAL(request_ring_waiting(&ring), -K_EPROTO);
    ring.shared->rsp_prod = ring.size + 1;
    CHECK_EQUAL(request_ring_waiting(&ring), -K_EPROTO);
}

TEST(a_counter_that_goes_back_is_an_error)
{
    set_up();
    put(1);
    put(2);
    push();
    answer_one();
    publish();
    CHECK_EQUAL(request_ring_waiting(&ring), 1);
    get(1);
    ring.shared->rsp_prod = 0;
    CHECK_EQUAL(request_ring_waiting(&ring), -K_EPROTO);
    CHECK(request_ring_sleep(&ring, 1));
    ring.shared->rsp_prod = (uint32_t)-1;
    CHECK_EQUAL(request_ring_waiting(&ring), -K_EPROTO);
}

/* Our own counter in the shared page may be overwritten: it is never read. */
TEST(what_we_wrote_is_not_believed_either)
{
    set_up();
    ring.shared->req_prod = 1000;
    CHECK_EQUAL(request_ring_waiting(&ring), 0);
    put(1);
    CHECK(push());
    CHECK_EQUAL(ring.shared->req_prod, 1);
    CHECK_EQUAL(request_ring_room(&ring), ring.size - 1);
}

/* A copy stays what it was, though the backend writes on. */
TEST(a_response_is_copied_out)
{
    struct played_response response;

    set_up();
    put(7);
    push();
    answer_one();
    publish();
    CHECK_EQUAL(request_ring_waiting(&ring), 1);
    request_ring_get(&ring, &response, sizeof(response));
    memset(ring.shared + 1, 0xff, PAGE - sizeof(*ring.shared));
    CHECK_EQUAL(response.id, 7);
}
