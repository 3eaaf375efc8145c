/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest.c: a router's thread in a guest.
 *
 * The thread runs its router round by round and sleeps when there is nothing to
 * do until a time known beforehand, or until an interface has something. What
 * others want of the router (a handler's value, another configuration) they
 * leave as a job, which the thread does between two rounds: so elements need no
 * locks, and a new configuration takes over between two packets.
 *
 *     dom0, handlers -> jobs -+
 *                             |-> thread: jobs, interfaces, router_run(), sleep
 *     events -> ready ends ---+
 *
 * Concurrency: `lock` guards jobs and `woken`; it is taken in event context by
 * guest_wake(). All else belongs to the thread.
 */
#include "lib/click/guest/guest.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include "coracle/entropy.h"
#include "coracle/print.h"
#include "coracle/thread.h"
#include "coracle/time.h"

struct job {
    void (*run)(struct guest *guest, struct job *job);
    const char *name, *value; /* handler and value, or file and text */
    struct text *out;
    struct guest_errors *errors;
    int result;
    bool done; /* guarded by the guest's lock */
    struct job *next;
};

struct guest {
    struct router_world world;
    unsigned int number;
    struct router *router;   /* NULL: nothing runs */
    struct device_end *ends; /* of all elements at interfaces */
    pthread_t thread;

    struct spinlock lock;
    struct waitq waiters; /* the thread */
    struct waitq callers; /* who waits for a job or for the end */
    bool woken;
    struct job *jobs, **jobs_end;
    unsigned int stops; /* how often a router stopped by itself */
};

void (*guest_stopped)(struct guest *guest);

unsigned int guest_number(const struct guest *guest)
{
    return guest->number;
}

/* ---- The world ------------------------------------------------------------
 */

static int64_t world_now(struct router_world *world)
{
    (void)world;
    return (int64_t)time_wall();
}

static int64_t world_steady(struct router_world *world)
{
    (void)world;
    return (int64_t)time_monotonic();
}

static void world_say(struct router_world *world, const char *line)
{
    (void)world;
    printk("%s\n", line);
}

static uint32_t world_random(struct router_world *world)
{
    uint32_t value;

    (void)world;
    entropy_fill(&value, sizeof(value));
    return value;
}

static int world_open(struct router_world *world,
                      const struct router_control *control,
                      struct click_errors *errors)
{
    int error =
        tcpip_open(container_of(world, struct guest, world), control, errors);

    if (!error && control->port)
        *control->port = (unsigned int)strtoul(control->where, NULL, 10);
    return error;
}

static void world_close(struct router_world *world,
                        const struct router_control *control)
{
    tcpip_close(container_of(world, struct guest, world), control);
}

struct guest *guest_of(const struct element *element)
{
    return container_of(router_world(element->router), struct guest, world);
}

static void say_error(struct click_errors *errors, const char *line)
{
    struct guest_errors *both =
        container_of(errors, struct guest_errors, errors);

    printk("%s\n", line);
    text_printf(&both->text, "%s\n", line);
}

void guest_errors_init(struct guest_errors *errors)
{
    *errors = (struct guest_errors){.errors.say = say_error};
}

/* ---- Interfaces -----------------------------------------------------------
 */

void guest_add_end(struct guest *guest, struct device_end *end)
{
    end->next = guest->ends;
    guest->ends = end;
}

void guest_remove_end(struct guest *guest, struct device_end *end)
{
    for (struct device_end **at = &guest->ends; *at; at = &(*at)->next) {
        if (*at == end) {
            *at = end->next;
            return;
        }
    }
}

static void schedule_ready(struct guest *guest)
{
    for (struct device_end *end = guest->ends; end; end = end->next) {
        if (atomic_load_explicit(&end->ready, memory_order_relaxed)) {
            /* Before the task looks: what comes then is told again. */
            atomic_store(&end->ready, false);
            task_schedule(end->task);
        }
    }
}

/* ---- The thread -----------------------------------------------------------
 */

void guest_wake(struct guest *guest)
{
    spin_lock(&guest->lock);
    guest->woken = true;
    waitq_wake_one(&guest->waiters);
    spin_unlock(&guest->lock);
}

static struct job *take_job(struct guest *guest)
{
    struct job *job;

    spin_lock(&guest->lock);
    guest->woken = false;
    job = guest->jobs;
    if (job) {
        guest->jobs = job->next;
        if (!guest->jobs)
            guest->jobs_end = &guest->jobs;
    }
    spin_unlock(&guest->lock);
    return job;
}

static void do_jobs(struct guest *guest)
{
    struct job *job;

    while ((job = take_job(guest)) != NULL) {
        job->run(guest, job);
        spin_lock(&guest->lock);
        job->done = true;
        waitq_wake_all(&guest->callers);
        spin_unlock(&guest->lock);
    }
}

static void stopped(struct guest *guest)
{
    router_destroy(guest->router);
    guest->router = NULL;
    if (guest_stopped)
        guest_stopped(guest);
    spin_lock(&guest->lock);
    guest->stops++;
    waitq_wake_all(&guest->callers);
    spin_unlock(&guest->lock);
}

static void sleep_until(struct guest *guest, int64_t wakeup)
{
    uint64_t deadline = wakeup == INT64_MAX ? TIME_NEVER : (uint64_t)wakeup;

    spin_lock(&guest->lock);
    while (!guest->woken) {
        if (waitq_wait(&guest->waiters, &guest->lock, deadline) != 0)
            break;
    }
    spin_unlock(&guest->lock);
}

static void *guest_thread(void *argument)
{
    struct guest *guest = argument;

    for (;;) {
        int64_t wakeup = INT64_MAX;

        if (READ_ONCE(guest->woken)) {
            do_jobs(guest);
            schedule_ready(guest);
        }
        if (guest->router && !router_run(guest->router, &wakeup))
            stopped(guest);
        else if (wakeup != 0)
            sleep_until(guest, wakeup);
    }
    return NULL; /* not reached */
}

struct guest *guest_create(unsigned int number)
{
    struct guest *guest = calloc(1, sizeof(*guest));

    if (!guest)
        return NULL;
    guest->number = number;
    guest->world = (struct router_world){.now = world_now,
                                         .steady = world_steady,
                                         .say = world_say,
                                         .random = world_random,
                                         .control_open = world_open,
                                         .control_close = world_close,
                                         .addresses = guest_addresses};
    waitq_init(&guest->waiters);
    waitq_init(&guest->callers);
    guest->jobs_end = &guest->jobs;
    if (pthread_create(&guest->thread, NULL, guest_thread, guest) != 0) {
        free(guest);
        return NULL;
    }
    return guest;
}

/* ---- Jobs -----------------------------------------------------------------
 */

static int do_job(struct guest *guest, struct job *job)
{
    spin_lock(&guest->lock);
    *guest->jobs_end = job;
    guest->jobs_end = &job->next;
    guest->woken = true;
    waitq_wake_one(&guest->waiters);
    while (!job->done)
        waitq_wait(&guest->callers, &guest->lock, TIME_NEVER);
    spin_unlock(&guest->lock);
    return job->result;
}

static void load(struct guest *guest, struct job *job)
{
    struct guest_parameters parameters;
    uint64_t began = time_monotonic(), took;
    struct router *fresh;

    job->result = guest_parameters(&parameters);
    if (job->result != 0)
        return;
    fresh =
        router_create(job->name, job->value, parameters.list, parameters.count,
                      guest->router, &guest->world, &job->errors->errors);
    guest_parameters_free(&parameters);
    if (!fresh) {
        job->result = -EINVAL;
        return;
    }
    took = (time_monotonic() - began) / NS_PER_US;
    printk("click: %s: %u elements %s in %llu.%03llu ms\n", job->name,
           router_elements(fresh), guest->router ? "took over" : "started",
           (unsigned long long)took / 1000, (unsigned long long)took % 1000);
    if (guest->router)
        router_destroy(guest->router);
    guest->router = fresh;
}

int guest_load(struct guest *guest, const char *file, const char *text,
               struct guest_errors *errors)
{
    struct job job = {
        .run = load, .name = file, .value = text, .errors = errors};

    return do_job(guest, &job);
}

static void halt(struct guest *guest, struct job *job)
{
    (void)job;
    if (guest->router)
        router_destroy(guest->router);
    guest->router = NULL;
}

void guest_halt(struct guest *guest)
{
    struct job job = {.run = halt};

    do_job(guest, &job);
}

static void read_handler(struct guest *guest, struct job *job)
{
    job->result = -ENODEV;
    if (guest->router)
        job->result =
            router_read(guest->router, job->name, job->value, job->out);
}

int guest_read(struct guest *guest, const char *handler, const char *param,
               struct text *out)
{
    struct job job = {
        .run = read_handler, .name = handler, .value = param, .out = out};

    return do_job(guest, &job);
}

static void write_handler(struct guest *guest, struct job *job)
{
    job->result = -ENODEV;
    if (guest->router)
        job->result = router_write(guest->router, job->name, job->value,
                                   &job->errors->errors);
}

int guest_write(struct guest *guest, const char *handler, const char *value,
                struct guest_errors *errors)
{
    struct job job = {.run = write_handler,
                      .name = handler,
                      .value = value,
                      .errors = errors};

    return do_job(guest, &job);
}

struct work {
    struct job job;
    void (*run)(struct guest *guest, void *argument);
    void *argument;
};

static void do_work(struct guest *guest, struct job *job)
{
    struct work *work = container_of(job, struct work, job);

    work->run(guest, work->argument);
}

void guest_do(struct guest *guest,
              void (*run)(struct guest *guest, void *argument), void *argument)
{
    struct work work = {.job.run = do_work, .run = run, .argument = argument};

    do_job(guest, &work.job);
}

struct router *guest_router(const struct guest *guest)
{
    return guest->router;
}

void guest_wait(struct guest *guest)
{
    spin_lock(&guest->lock);
    while (guest->stops == 0)
        waitq_wait(&guest->callers, &guest->lock, TIME_NEVER);
    spin_unlock(&guest->lock);
}
