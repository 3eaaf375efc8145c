/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_click_sched.c: schedulers whose memory is short: cleanup() comes all the
 * same, and looks at nothing that there is not.
 */
#include "test.h"

#include "lib/click/elements/sched.c"

static unsigned int allocation, failing; /* the one of this number fails */

void *element_alloc(struct element *element, size_t size)
{
    static char memory[4][64];

    (void)element;
    CHECK(size <= sizeof(memory[0]) && allocation < 4);
    return allocation++ == failing ? NULL : memory[allocation];
}

static unsigned int errors;

int click_args_error(struct click_args *args, const char *format, ...)
{
    (void)args;
    (void)format;
    errors++;
    return -1;
}

void signal_free(struct click_signal *signal)
{
    CHECK(!signal->notifiers);
}

/* ---- Not called -----------------------------------------------------------
 */

#pragma GCC diagnostic ignored "-Wunused-parameter"
#define NEVER(type, name, ...)                                                 \
    type name(__VA_ARGS__)                                                     \
    {                                                                          \
        abort();                                                               \
    }

NEVER(struct packet *, element_pull, struct element *element, unsigned int port)
NEVER(bool, signal_active, const struct click_signal *signal)
NEVER(int, signal_upstream, struct click_signal *signal,
      struct element *element, unsigned int port, struct click_task *task)
NEVER(int, click_error, struct click_errors *to, const char *landmark,
      const char *format, ...)
NEVER(void, router_stop, struct router *router)
NEVER(void, text_puts, struct text *text, const char *string)
NEVER(int, click_parse_u32, struct click_args *args,
      const struct click_param *param, const char *word, void *to)
NEVER(int, click_parse_bool, struct click_args *args,
      const struct click_param *param, const char *word, void *to)

/* Of no packet. */
void packet_free(struct packet *packet)
{
    CHECK(!packet);
}

TEST(memory_is_short)
{
    for (failing = 0; failing < 3; failing++) {
        struct time_sched time = {.element.inputs = 1, .buffer = 1};
        struct sched drr = {.element.inputs = 1, .quantum = 1};

        errors = allocation = 0;
        CHECK_EQUAL(time_configure(&time.element, NULL), -1);
        time_cleanup(&time.element);
        allocation = 0;
        CHECK_EQUAL(drr_configure(&drr.element, NULL), failing < 2 ? -1 : 0);
        drr_cleanup(&drr.element);
        CHECK_EQUAL(errors, failing < 2 ? 2 : 1);
    }
}
