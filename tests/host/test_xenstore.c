/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_xenstore.c: the whole xenstore client against an xenstored that we play,
 * well-behaved or not. Time is virtual (threads.h), so a minute costs nothing.
 */
#include "test.h"
#include "threads.h"
#include "arch/x86/frames.h"

/* The fake frames.h has pfns and mfns one constant apart. */
static inline pfn_t to_pfn(mfn_t mfn)
{
    return (pfn_t){mfn.n - FAKE_MFN_OFFSET};
}
#define mfn_to_pfn to_pfn

#include "xen/ring.c"
#include "xen/xs_message.c"
#include "xen/xenstore_link.c"
#undef LATE
#undef PATIENCE
#define deliver deliver_event
#include "xen/xenstore_watch.c"
#undef deliver
#include "xen/xenstore.c"

struct start_info start_info;

static struct xenstore_domain_interface *page;
static struct ring requests, answers;

/* ---- Our xenstored ------------------------------------------------------- */

/* The request that was read last, and all that were answered, as words. */
static struct xsd_sockmsg request_header;
static char request_payload[XENSTORE_PAYLOAD_MAX + 1];
static char history[4096];

/* Bytes on their way to the guest. */
static char queue[1 << 17];
static size_t queue_size;

/* What to do with a request; NULL: as a good one does. */
static void (*behave)(void);
static bool deaf; /* does not even read */

static void reply_raw(const struct xsd_sockmsg *header, const char *payload,
                      size_t size)
{
    CHECK(queue_size + sizeof(*header) + size <= sizeof(queue));
    memcpy(queue + queue_size, header, sizeof(*header));
    memcpy(queue + queue_size + sizeof(*header), payload, size);
    queue_size += sizeof(*header) + size;
}

static void reply(uint32_t type, uint32_t id, const char *payload, size_t size)
{
    struct xsd_sockmsg header = {type, id, request_header.tx_id,
                                 (uint32_t)size};

    reply_raw(&header, payload, size);
}

static void send_event(const char *path, const char *token)
{
    char payload[200];
    size_t size = strlen(path) + 1;

    strcpy(payload, path);
    strcpy(payload + size, token);
    size += strlen(token) + 1;
    reply(XS_WATCH_EVENT, 0, payload, size);
}

static void fail(const char *name)
{
    reply(XS_ERROR, request_header.req_id, name, strlen(name) + 1);
}

/* Reads give the path back; everything else succeeds. */
static void answer_well(void)
{
    uint32_t type = request_header.type, id = request_header.req_id;

    if (type == XS_READ)
        reply(type, id, request_payload, strlen(request_payload));
    else if (type == XS_DIRECTORY)
        reply(type, id, "a\0bc\0", 5);
    else if (type == XS_TRANSACTION_START)
        reply(type, id, "77", 3);
    else
        reply(type, id, "OK", 3);
    if (type == XS_WATCH)
        send_event(request_payload,
                   request_payload + strlen(request_payload) + 1);
}

/* Take what there is of a request; true when it is whole. */
static bool read_request(void)
{
    static char bytes[sizeof(request_header) + XENSTORE_PAYLOAD_MAX];
    static size_t size;
    size_t wanted = sizeof(request_header);
    int got = 1;

    while (got > 0) {
        if (size >= sizeof(request_header)) {
            memcpy(&request_header, bytes, sizeof(request_header));
            CHECK(request_header.len <= XENSTORE_PAYLOAD_MAX);
            wanted = sizeof(request_header) + request_header.len;
        }
        if (size == wanted && size >= sizeof(request_header))
            break;
        got = ring_get(&requests, bytes + size, wanted - size);
        CHECK(got >= 0);
        size += (size_t)got;
    }
    if (size != wanted || size < sizeof(request_header))
        return false;
    memcpy(request_payload, bytes + sizeof(request_header), request_header.len);
    request_payload[request_header.len] = '\0';
    size = 0;
    return true;
}

static bool other_domain(void)
{
    uint32_t before = requests.mine + answers.mine;
    int sent;

    while (!deaf && read_request()) {
        char word[32];

        snprintf(word, sizeof(word), "%u:%u ", request_header.type,
                 request_header.tx_id);
        if (strlen(history) + sizeof(word) < sizeof(history))
            strcat(history, word);
        (behave ? behave : answer_well)();
    }
    sent = queue_size ? ring_put(&answers, queue, queue_size) : 0;
    if (sent > 0) {
        queue_size -= (size_t)sent;
        memmove(queue, queue + sent, queue_size);
    }
    if (requests.mine + answers.mine == before)
        return false;
    raise_event();
    return true;
}

static void set_up(void)
{
    page = aligned_alloc(4096, 4096);
    memset(page, 0, 4096);
    ring_init(&requests, page->req, sizeof(page->req), &page->req_cons,
              &page->req_prod);
    ring_init(&answers, page->rsp, sizeof(page->rsp), &page->rsp_prod,
              &page->rsp_cons);
    ram_base = (char *)page;
    start_info.store_mfn = FAKE_MFN_OFFSET;
    start_info.store_evtchn = 1;
    CHECK_EQUAL(xenstore_init(), 0);
    CHECK(xenstore_present());
}

static int read_into(const char *path, char to[64])
{
    char *value;
    int error = xenstore_read(XENSTORE_NO_TX, path, &value, NULL);

    if (!error) {
        CHECK(string_copy(to, value, 64));
        free(value);
    }
    return error;
}

static void check_alive(void)
{
    char got[64];

    behave = NULL;
    CHECK_EQUAL(read_into("still/here", got), 0);
    CHECK_STRING(got, "still/here");
}

static void check_broken(void)
{
    char got[64];
    struct xenstore_watch *watch;

    behave = NULL;
    CHECK_EQUAL(read_into("a", got), -K_EPROTO);
    CHECK_EQUAL(xenstore_write(NULL, "a", "%d", 1), -K_EPROTO);
    CHECK_EQUAL(xenstore_watch("a", NULL, NULL, &watch), -K_EPROTO);
    CHECK(strstr(test_printed, "disconnected"));
    CHECK(!strstr(strstr(test_printed, "disconnected") + 1, "disconnected"));
}

/* ---- Requests and answers ------------------------------------------------ */

TEST(without_xenstore_every_call_says_so)
{
    char got[64], **names;
    size_t count;

    CHECK_EQUAL(xenstore_init(), 0);
    CHECK(!xenstore_present());
    CHECK_EQUAL(read_into("a", got), -K_ENODEV);
    CHECK_EQUAL(xenstore_list(NULL, "a", &names, &count), -K_ENODEV);
    CHECK_EQUAL(xenstore_transaction(NULL, NULL), -K_ENODEV);
}

TEST(requests_look_as_xenstored_wants_them)
{
    struct xenstore_tx tx = {5};
    char **names, got[64];
    size_t count;

    set_up();
    CHECK_EQUAL(xenstore_write(&tx, "a/b", "%s-%d", "x", 7), 0);
    CHECK_EQUAL(request_header.type, XS_WRITE);
    CHECK_EQUAL(request_header.tx_id, 5);
    CHECK_EQUAL(request_header.len, 7);
    CHECK(!memcmp(request_payload, "a/b\0x-7", 7));
    CHECK_EQUAL(read_into("name", got), 0);
    CHECK_EQUAL(request_header.len, 5);
    CHECK_STRING(got, "name");
    CHECK_EQUAL(xenstore_remove(NULL, "a"), 0);
    CHECK_EQUAL(request_header.type, XS_RM);
    CHECK_EQUAL(xenstore_set_permissions(NULL, "a",
                                         (const char *const[]){"n1", "r0"}, 2),
                0);
    CHECK_EQUAL(request_header.len, 8);
    CHECK(!memcmp(request_payload, "a\0n1\0r0", 8));
    CHECK_EQUAL(xenstore_list(NULL, "a", &names, &count), 0);
    CHECK_EQUAL(count, 2);
    CHECK_STRING(names[0], "a");
    CHECK_STRING(names[1], "bc");
    free(names);
}

static void answer_number(void)
{
    const char *text = request_payload;

    reply(XS_READ, request_header.req_id, text, strlen(text));
}

TEST(numbers_are_checked)
{
    uint64_t number = 1;

    set_up();
    behave = answer_number;
    CHECK_EQUAL(xenstore_read_number(NULL, "42", &number), 0);
    CHECK_EQUAL(number, 42);
    CHECK_EQUAL(xenstore_read_number(NULL, "x", &number), -K_EINVAL);
    CHECK_EQUAL(xenstore_read_number(NULL, "-1", &number), -K_EINVAL);
}

static void answer_noent(void)
{
    fail("ENOENT");
}

TEST(errors_come_through)
{
    char got[64];

    set_up();
    behave = answer_noent;
    CHECK_EQUAL(read_into("a", got), -K_ENOENT);
    check_alive();
}

TEST(messages_longer_than_a_ring_pass)
{
    char text[4000], *value;
    size_t size;

    set_up();
    memset(text, 'p', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    CHECK_EQUAL(xenstore_read(NULL, text, &value, &size), 0);
    CHECK_EQUAL(size, sizeof(text) - 1);
    CHECK_STRING(value, text);
    free(value);
}

TEST(too_long_is_not_even_sent)
{
    char text[4097], got[64];

    set_up();
    memset(text, 'p', sizeof(text));
    text[4096] = '\0';
    CHECK_EQUAL(read_into(text, got), -K_EMSGSIZE);
    CHECK_EQUAL(xenstore_write(NULL, "a", "%s", text), -K_EMSGSIZE);
    CHECK_EQUAL(page->req_prod, 0);
    check_alive();
}

TEST(no_memory_is_an_error_of_one_call)
{
    char got[64];

    set_up();
    allocations_left = 0;
    CHECK_EQUAL(read_into("a", got), -K_ENOMEM);
    allocations_left = -1;
    check_alive();
}

/* Several at once, answered last to first. */
static struct xsd_sockmsg kept[8];
static char kept_payload[8][64];
static int kept_count;

static void answer_in_reverse(void)
{
    kept[kept_count] = request_header;
    strcpy(kept_payload[kept_count++], request_payload);
    if (kept_count < 8)
        return;
    while (kept_count-- > 0)
        reply(XS_READ, kept[kept_count].req_id, kept_payload[kept_count],
              strlen(kept_payload[kept_count]));
}

static int right_answers;

static void ask(void *argument)
{
    char got[64];

    CHECK_EQUAL(read_into(argument, got), 0);
    right_answers += !strcmp(got, argument);
}

TEST(many_requests_are_in_flight)
{
    static char paths[8][8];
    struct thread *askers[8];

    set_up();
    behave = answer_in_reverse;
    for (int i = 0; i < 8; i++) {
        snprintf(paths[i], sizeof(paths[i]), "path%d", i);
        askers[i] = thread_create("asker", ask, paths[i], 0);
    }
    for (int i = 0; i < 8; i++)
        thread_join(askers[i]);
    CHECK_EQUAL(right_answers, 8);
}

/* ---- A bad xenstored ----------------------------------------------------- */

static void answer_of_wrong_type(void)
{
    reply(XS_WRITE, request_header.req_id, "OK", 3);
}

static void answer_to_nobody_first(void)
{
    reply(XS_READ, request_header.req_id + 1000, "stranger", 8);
    answer_well();
}

static void answer_with_endless_list(void)
{
    reply(XS_DIRECTORY, request_header.req_id, "a\0b", 3);
}

TEST(one_bad_answer_spoils_one_request)
{
    char got[64], **names;
    size_t count;

    set_up();
    behave = answer_of_wrong_type;
    CHECK_EQUAL(read_into("a", got), -K_EPROTO);
    behave = answer_with_endless_list;
    CHECK_EQUAL(xenstore_list(NULL, "a", &names, &count), -K_EPROTO);
    behave = answer_to_nobody_first;
    CHECK_EQUAL(read_into("a", got), 0);
    CHECK_STRING(got, "a");
    check_alive();
}

static void answer_too_long(void)
{
    struct xsd_sockmsg header = {XS_READ, request_header.req_id, 0, 4097};

    reply_raw(&header, "", 0);
}

static void answer_of_no_type(void)
{
    struct xsd_sockmsg header = {0xffff, request_header.req_id, 0, 0};

    reply_raw(&header, "", 0);
}

static void answer_with_wild_counter(void)
{
    page->rsp_prod = answers.mine + 5000;
    raise_event();
}

TEST(an_impossible_length_breaks_xenstore_for_good)
{
    char got[64];

    set_up();
    behave = answer_too_long;
    CHECK_EQUAL(read_into("a", got), -K_EPROTO);
    check_broken();
}

TEST(an_unknown_type_breaks_xenstore_for_good)
{
    char got[64];

    set_up();
    behave = answer_of_no_type;
    CHECK_EQUAL(read_into("a", got), -K_EPROTO);
    check_broken();
}

TEST(a_wild_counter_breaks_xenstore_for_good)
{
    char got[64];

    set_up();
    behave = answer_with_wild_counter;
    CHECK_EQUAL(read_into("a", got), -K_EPROTO);
    check_broken();
}

static void answer_nothing(void)
{
}

TEST(silence_is_reported_and_ends)
{
    char got[64];
    uint32_t late_id;

    set_up();
    behave = answer_nothing;
    CHECK_EQUAL(read_into("a", got), -K_ETIMEDOUT);
    CHECK_EQUAL(test_time, 60 * NS_PER_S);
    CHECK_STRING(test_printed,
                 "xenstore: xenstored has not answered for 5 s\n");
    /* The answer comes after all: to nobody, and no harm done. */
    late_id = request_header.req_id;
    reply(XS_READ, late_id, "late", 4);
    check_alive();
}

TEST(a_request_stuck_halfway_breaks_xenstore)
{
    char text[3000], got[64];

    set_up();
    memset(text, 'p', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    deaf = true;
    CHECK_EQUAL(read_into(text, got), -K_EPROTO);
    CHECK_EQUAL(test_time, 60 * NS_PER_S);
    check_broken();
}

/* ---- Transactions -------------------------------------------------------- */

static int conflicts, runs;

static void answer_with_conflicts(void)
{
    if (request_header.type == XS_TRANSACTION_END &&
        !strcmp(request_payload, "T") && conflicts-- > 0)
        fail("EAGAIN");
    else
        answer_well();
}

static int body(struct xenstore_tx *tx, void *argument)
{
    runs++;
    CHECK_EQUAL(tx->id, 77);
    CHECK_EQUAL(xenstore_write(tx, "a", "%d", runs), 0);
    return *(int *)argument;
}

TEST(transactions_run_again_after_a_conflict)
{
    int result = 0;

    set_up();
    behave = answer_with_conflicts;
    conflicts = 2;
    CHECK_EQUAL(xenstore_transaction(body, &result), 0);
    CHECK_EQUAL(runs, 3);
    CHECK_STRING(request_payload, "T");
    CHECK_EQUAL(request_header.tx_id, 77);
    /* begin, write in it, end; three times. */
    CHECK_STRING(history, "6:0 11:77 7:77 6:0 11:77 7:77 6:0 11:77 7:77 ");

    conflicts = 1000;
    runs = 0;
    CHECK_EQUAL(xenstore_transaction(body, &result), -K_EAGAIN);
    CHECK_EQUAL(runs, 64);

    result = -K_EBUSY;
    runs = 0;
    CHECK_EQUAL(xenstore_transaction(body, &result), -K_EBUSY);
    CHECK_EQUAL(runs, 1);
    CHECK_STRING(request_payload, "F");
}

/* ---- Watches ------------------------------------------------------------- */

static char changes[400], tag_a[] = "a:", tag_b[] = "b:", no_tag[] = "";
static struct xenstore_watch *self_watch;

/* Uses xenstore, as it may. */
static void note_change(const char *path, void *argument)
{
    char got[64];

    CHECK_EQUAL(read_into(path, got), 0);
    CHECK_STRING(got, path);
    strcat(strcat(strcat(changes, argument), path), " ");
}

static void unwatch_self(const char *path, void *argument)
{
    note_change(path, argument);
    xenstore_unwatch(self_watch);
}

/* Let the threads and the daemon come to rest. */
static void settle(void)
{
    char got[64];

    for (int i = 0; i < 20; i++)
        CHECK_EQUAL(read_into("settle", got), 0);
}

TEST(watches_deliver_in_order)
{
    struct xenstore_watch *a, *b;

    set_up();
    CHECK_EQUAL(xenstore_watch("x", note_change, tag_a, &a), 0);
    CHECK_EQUAL(xenstore_watch("y", note_change, tag_b, &b), 0);
    settle();
    CHECK_STRING(changes, "a:x b:y ");
    send_event("x/1", "1");
    send_event("y/2", "2");
    send_event("y/3", "2");
    send_event("x/4", "999"); /* nobody's */
    send_event("x/5", "a:");  /* no number */
    settle();
    CHECK_STRING(changes, "a:x b:y a:x/1 b:y/2 b:y/3 ");
    xenstore_unwatch(a);
    send_event("x/6", "1");
    send_event("y/7", "2");
    settle();
    CHECK_STRING(changes, "a:x b:y a:x/1 b:y/2 b:y/3 b:y/7 ");
    xenstore_unwatch(b);
}

TEST(equal_events_that_wait_are_one)
{
    struct xenstore_watch *a;

    set_up();
    CHECK_EQUAL(xenstore_watch("x", note_change, no_tag, &a), 0);
    settle();
    for (int i = 0; i < 20; i++)
        send_event("x/1", "1");
    send_event("x/2", "1");
    settle();
    CHECK_STRING(changes, "x x/1 x/2 ");
}

TEST(a_watch_may_end_itself)
{
    set_up();
    CHECK_EQUAL(xenstore_watch("x", unwatch_self, no_tag, &self_watch), 0);
    settle();
    send_event("x/1", "1");
    settle();
    CHECK_STRING(changes, "x ");
    CHECK(list_empty(&watches.all));
}

TEST(an_event_without_memory_is_not_forgotten)
{
    struct xenstore_watch *a;
    struct xsd_sockmsg header = {XS_WATCH_EVENT, 0, 0, 6};

    set_up();
    CHECK_EQUAL(xenstore_watch("x", note_change, no_tag, &a), 0);
    settle();
    reply_raw(&header,
              "x/1\0"
              "1",
              6);
    allocations_left = 0;
    while (other_domain())
        thread_yield();
    allocations_left = -1;
    changes[0] = '\0';
    settle();
    CHECK_STRING(changes, "x ");
}
