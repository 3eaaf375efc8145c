/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_click_to_device.c: a guest's ToDevice when another configuration takes
 * over and the interface has no room: what waits is the new one's, whatever its
 * BURST.
 */
#include "test.h"

#include "lib/click/guest/to_device.c"

static unsigned int room, sent; /* packets the ring takes; those it has */
static struct packet packets[8];

int netdev_tx(struct netdev *device, unsigned int queue,
              struct packet *const given[], unsigned int count, uint64_t *drops)
{
    unsigned int taken = count < room ? count : room;

    (void)device;
    (void)queue;
    (void)drops;
    for (unsigned int i = 0; i < taken; i++)
        CHECK(given[i] == &packets[sent++]); /* in order */
    room -= taken;
    return (int)taken;
}

void task_schedule(struct click_task *task)
{
    task->scheduled = true;
}

struct packet *element_pull(struct element *element, unsigned int port)
{
    (void)element;
    (void)port;
    return NULL;
}

bool signal_active(const struct click_signal *signal)
{
    (void)signal;
    return false;
}

void packet_free(struct packet *packet)
{
    (void)packet;
    CHECK(!"a packet was dropped");
}

void device_output_take_counts(struct element *element, struct element *old)
{
    (void)element;
    (void)old;
}

/* ---- Not called -----------------------------------------------------------
 */

#pragma GCC diagnostic ignored "-Wunused-parameter"
#define NEVER(type, name, ...)                                                 \
    type name(__VA_ARGS__)                                                     \
    {                                                                          \
        abort();                                                               \
    }

NEVER(void, netdev_describe, struct netdev *device, struct netdev_info *info)
NEVER(int, device_index, struct click_args *args, const char *name,
      unsigned int *index)
NEVER(int, device_join, struct device_end *end, struct element *element,
      struct click_task *task, unsigned int index, bool receives,
      struct click_errors *errors)
NEVER(void, device_leave, struct device_end *end)
NEVER(void, device_listen, struct device_end *end, unsigned int queues)
NEVER(void, device_output_defaults, struct element *element)
NEVER(int, device_output_configure, struct element *element,
      struct click_args *args)
NEVER(int, signal_upstream, struct click_signal *signal,
      struct element *element, unsigned int port, struct click_task *task)
NEVER(void, signal_free, struct click_signal *signal)
NEVER(void, task_unschedule, struct click_task *task)
NEVER(void, task_init, struct click_task *task, struct element *element,
      bool (*run)(struct click_task *task), bool scheduled)

const struct click_param device_output_params[] = {{0}};
const struct click_handler device_output_handlers[] = {{0}};

static void swap(bool push)
{
    static struct to_device old, new;

    memset(&old, 0, sizeof(old));
    memset(&new, 0, sizeof(new));
    old.out.burst = 8;
    new.out.burst = 2;
    new.out.element.input_push = &push;
    for (unsigned int i = 0; i < 6; i++)
        old.waiting[old.count++] = &packets[i];
    sent = 0;
    room = 1;
    to_device_take_state(&new.out.element, &old.out.element);
    CHECK_EQUAL(old.count, 0);
    CHECK_EQUAL(new.count, 5);
    CHECK(new.out.task.scheduled);
    room = 100;
    if (push) { /* before the task runs */
        to_device_push(&new.out.element, 0, &packets[6]);
        CHECK_EQUAL(sent, 6);
    }
    (void)to_device_run(&new.out.task);
    CHECK_EQUAL(sent, push ? 7 : 6);
    CHECK_EQUAL(new.count, 0);
    CHECK_EQUAL(new.out.drops, 0);
}

TEST(pulled_packets_wait_on)
{
    swap(false);
}

TEST(pushed_packets_wait_on)
{
    swap(true);
}
