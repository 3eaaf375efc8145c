/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpus.c: see cpus.h.
 *
 * The kernel's scheduler runs as it is. Its threads are switched as in
 * entry.S, and ThreadSanitizer is told of each switch (they are "fibers" to
 * it): what runs next on a CPU comes after what ran there before. That a
 * thread that goes on elsewhere comes after its own past is not told; it is up
 * to the scheduler's locks. Events are bits in an atomic word, set and read
 * relaxed, so that they put nothing in order either, though on real hardware
 * they do.
 *
 * An event is delivered when the last mask goes, in cpus_point(), and to a CPU
 * that sleeps. So a thread is preempted at more places than one would like to
 * count, but not at every instruction.
 *
 * READ_ONCE() and WRITE_ONCE() stand for accesses that may race; the compiler
 * marks them (-tsan-distinguish-volatile), and here they are not reported.
 * As to stand-alone fences, see fences.h; litmus tests run in guests.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sanitizer/tsan_interface.h>
#include <sched.h>
#include <semaphore.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "arch/x86/fpu.h"
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "coracle/lockcheck.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "cpus.h"
#include "mm/reclaim.h"
#include "sched/balance.h"
#include "sched/sched.h"
#include "xen/evtchn.h"

#define UNSEEN     __attribute__((noinline, no_sanitize("thread")))
#define STACK_SIZE (512UL << 10)
#define KICK       1u
#define TIMER      2u
#define TOO_LONG   60 /* seconds for one test */
#define FOUND      66 /* the status that ThreadSanitizer ends a process with */

struct percpu *cpus[CPU_MAX];
static struct percpu percpus[CPU_MAX];
static struct thread idles[CPU_MAX];
static __thread struct percpu *own = &percpus[0];

static struct {
    evtchn_handler handler;
    void *argument;
} handlers[CPU_MAX][3];

static void (*main_function)(void);
static sem_t main_ended;

const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "halt_on_error=1:history_size=4:report_signal_unsafe=0";
}

/* The scheduler, for the tests that are linked with it. */
#pragma weak cpus_init
#pragma weak switch_init
#pragma weak timer_init
#pragma weak balance_join
#pragma weak idle_loop
#pragma weak wake_kicked
#pragma weak thread_preempt
#pragma weak thread_create
#pragma weak thread_detach
void thread_preempt(void);

/* ---- Volatile accesses are not looked at --------------------------------- */

#define IGNORE(name)                                                           \
    void name(void *);                                                         \
    void name(void *address)                                                   \
    {                                                                          \
        (void)address;                                                         \
    }

IGNORE(__tsan_volatile_read1)
IGNORE(__tsan_volatile_read2)
IGNORE(__tsan_volatile_read4)
IGNORE(__tsan_volatile_read8)
IGNORE(__tsan_volatile_write1)
IGNORE(__tsan_volatile_write2)
IGNORE(__tsan_volatile_write4)
IGNORE(__tsan_volatile_write8)

void fake_fence(memory_order order)
{
    static char fences;

    if (order == memory_order_acquire)
        __tsan_acquire(&fences);
    else if (order == memory_order_release)
        __tsan_release(&fences);
}

/* ---- What a CPU is ------------------------------------------------------- */

UNSEEN struct percpu *fake_cpu(void)
{
    return own;
}

UNSEEN static void deliver(void)
{
    for (;;) {
        struct percpu *cpu = fake_cpu();
        unsigned int bits;
        bool preempt;

        if (cpu->alarm && cpu->alarm <= time_monotonic()) {
            cpu->alarm = TIME_NEVER;
            atomic_fetch_or_explicit(&cpu->pending, TIMER,
                                     memory_order_relaxed);
        }
        bits = atomic_exchange_explicit(&cpu->pending, 0, memory_order_relaxed);
        if (!bits)
            return;
        cpu->mask_depth++;
        cpu->in_events = true;
        for (unsigned int kind = KICK; kind <= TIMER; kind++)
            if (bits & kind)
                handlers[cpu->id][kind].handler(
                    2 * cpu->id + kind, handlers[cpu->id][kind].argument);
        cpu->in_events = false;
        preempt = cpu->preempt;
        cpu->preempt = false;
        if (preempt)
            thread_preempt();
        fake_cpu()->mask_depth--;
    }
}

void events_mask(void)
{
    fake_cpu()->mask_depth++;
}

void events_unmask(void)
{
    if (--fake_cpu()->mask_depth == 0)
        deliver();
}

void cpus_point(void)
{
    if (fake_cpu()->mask_depth == 0)
        deliver();
}

/* ---- Xen ----------------------------------------------------------------- */

static void block(struct percpu *cpu)
{
    uint64_t now = time_monotonic();
    uint64_t wait = cpu->alarm > now ? cpu->alarm - now : 0;
    struct timespec time = {(time_t)(wait / NS_PER_S), (long)(wait % NS_PER_S)};

    syscall(SYS_futex, &cpu->pending, FUTEX_WAIT, 0,
            cpu->alarm == TIME_NEVER ? NULL : &time);
    deliver();
}

long xen_sched_op(int command, void *argument)
{
    (void)argument;
    if (command == SCHEDOP_block)
        block(fake_cpu());
    else
        sched_yield();
    return 0;
}

long xen_set_timer_op(uint64_t deadline)
{
    fake_cpu()->alarm = deadline;
    return 0;
}

long xen_set_segment_base(unsigned int which, void *base)
{
    (void)which;
    (void)base;
    test_fail(__FILE__, __LINE__, "there are no thread-local variables");
}

uint64_t time_monotonic(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

/* ---- Threads ------------------------------------------------------------- */

/* No thread-local variables: the symbols of image.lds are all the same. */
__asm__(".data\n"
        ".globl tls_start, tls_data_end, tls_end, tls_align\n"
        "tls_start: tls_data_end: tls_end: tls_align: .quad 0\n"
        ".text\n"
        /* As in entry.S. */
        /* Stacks here do not grow: see sched/stack.h. */
        ".globl switch_stacks, context_begin, stack_reserve\n"
        ".set stack_reserve, 0\n"
        "switch_stacks:\n"
        "push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
        "sub $8, %rsp; stmxcsr (%rsp); fnstcw 4(%rsp)\n"
        "mov %rsp, (%rdi); mov %rsi, %rsp\n"
        "ldmxcsr (%rsp); fldcw 4(%rsp); add $8, %rsp\n"
        "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
        "ret\n"
        "context_begin:\n"
        "xor %ebp, %ebp; push %rbp; push %rbp; call *%rbx; ud2\n");

void switch_stacks(unsigned long *save, unsigned long load);
void context_switch(unsigned long *save, unsigned long load);

/* At the bottom of each stack. */
struct bottom {
    void *fiber;
};

UNSEEN void context_switch(unsigned long *save, unsigned long load)
{
    struct percpu *cpu = fake_cpu();
    struct bottom *bottom = (struct bottom *)cpu->current->stack.base;

    __tsan_switch_to_fiber(bottom ? bottom->fiber : cpu->fiber, 0);
    switch_stacks(save, load);
}

UNSEEN int stack_alloc(struct stack *stack, size_t max)
{
    char *base = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)max;
    CHECK(base != MAP_FAILED);
    ((struct bottom *)base)->fiber = __tsan_create_fiber(0);
    *stack = (struct stack){base, STACK_SIZE, (unsigned long)base};
    return 0;
}

UNSEEN void stack_free(const struct stack *stack)
{
    __tsan_destroy_fiber(((struct bottom *)stack->base)->fiber);
    munmap(stack->base, stack->size);
}

void stack_set_owner(struct stack *stack, const char *owner)
{
    (void)stack;
    (void)owner;
}

size_t fpu_size(void)
{
    return 64;
}

void fpu_save(void *area)
{
    memset(area, 1, 64);
}

void fpu_restore(const void *area)
{
    CHECK(*(const char *)area == 1);
}

/* ---- What else the scheduler asks for ------------------------------------ */

static int bind(unsigned int kind, evtchn_handler handler, void *argument)
{
    unsigned int id = fake_cpu()->id;

    handlers[id][kind].handler = handler;
    handlers[id][kind].argument = argument;
    return (int)(4 * id + kind);
}

__attribute__((weak)) int
evtchn_bind_virq(uint32_t virq, evtchn_handler handler, void *argument)
{
    CHECK_EQUAL(virq, VIRQ_TIMER);
    return bind(TIMER, handler, argument);
}

__attribute__((weak)) int evtchn_bind_ipi(evtchn_handler handler,
                                          void *argument)
{
    return bind(KICK, handler, argument);
}

__attribute__((weak)) void evtchn_notify(uint32_t port)
{
    struct percpu *cpu = cpus[port / 4];

    if (!atomic_fetch_or_explicit(&cpu->pending, port % 4,
                                  memory_order_relaxed))
        syscall(SYS_futex, &cpu->pending, FUTEX_WAKE, 1, NULL);
}

__attribute__((weak)) void *heap_alloc_zeroed(size_t count, size_t size)
{
    return calloc(count, size);
}

__attribute__((weak)) void heap_free(void *pointer)
{
    free(pointer);
}

void crash_stop_if_begun(void)
{
}

__attribute__((weak)) void memory_reclaim_here(void)
{
}

__attribute__((weak)) void cpus_leave(void)
{
    test_fail(__FILE__, __LINE__, "nobody has sent CPU %u away",
              fake_cpu()->id);
}

/* ---- Starting and ending ------------------------------------------------- */

static void run_main(void *argument)
{
    (void)argument;
    main_function();
    sem_post(&main_ended);
}

void cpus_enter(struct percpu *cpu)
{
    own = cpu;
    cpu->alarm = TIME_NEVER;
    cpu->fiber = __tsan_get_current_fiber();
}

static void become(unsigned int id)
{
    struct percpu *cpu = &percpus[id];

    cpu->self = cpu;
    cpu->id = id;
    cpu->mask_depth = 1;
    cpus_enter(cpu);
    cpu->idle_thread = cpu->current = &idles[id];
    idles[id].affinity = 1UL << id;
    strcpy(idles[id].name, "idle");
}

static void *one_cpu(void *argument)
{
    unsigned int id = (unsigned int)(uintptr_t)argument;

    become(id);
    CHECK(!switch_init(&idles[id]));
    CHECK(!timer_init());
    fake_cpu()->kick_port = (uint32_t)evtchn_bind_ipi(wake_kicked, NULL);
    balance_join();
    if (id == 0) {
        struct thread *thread = thread_create("main", run_main, NULL, 0);

        idles[0].affinity = ~0UL;
        thread->affinity = ~0UL;
        thread_detach(thread);
        idles[0].affinity = 1;
    }
    idle_loop();
}

void cpus_run(unsigned int count, void (*function)(void))
{
    alarm(TOO_LONG);
    main_function = function;
    sem_init(&main_ended, 0, 0);
    for (unsigned int id = 0; id < count; id++)
        cpus[id] = &percpus[id];
    for (uintptr_t id = 0; id < count; id++) {
        pthread_t thread;

        CHECK(!pthread_create(&thread, NULL, one_cpu, (void *)id));
        pthread_detach(thread);
    }
    while (sem_wait(&main_ended))
        ;
}

static void *boot_cpu(void *argument)
{
    (void)argument;
    become(0);
    CHECK(!cpus_init());
    thread_detach(thread_create("main", run_main, NULL, 0));
    idle_loop();
}

void cpus_boot(void (*function)(void))
{
    pthread_t thread;

    alarm(TOO_LONG);
    main_function = function;
    sem_init(&main_ended, 0, 0);
    cpus[0] = &percpus[0];
    CHECK(!pthread_create(&thread, NULL, boot_cpu, NULL));
    pthread_detach(thread);
    while (sem_wait(&main_ended))
        ;
}

static void (*all_function)(unsigned int number);
static atomic_uint all_missing; /* who has not begun; puts nothing in order */

static void *one_of_all(void *argument)
{
    unsigned int number = (unsigned int)(uintptr_t)argument;

    own = &percpus[number];
    own->id = number;
    own->alarm = TIME_NEVER;
    atomic_fetch_sub_explicit(&all_missing, 1, memory_order_relaxed);
    while (atomic_load_explicit(&all_missing, memory_order_relaxed))
        sched_yield();
    all_function(number);
    return NULL;
}

void cpus_all(unsigned int count, void (*function)(unsigned int number))
{
    pthread_t threads[CPU_MAX];

    alarm(TOO_LONG);
    all_function = function;
    atomic_store_explicit(&all_missing, count, memory_order_relaxed);
    for (uintptr_t i = 0; i < count; i++)
        cpus[i] = &percpus[i];
    for (uintptr_t i = 0; i < count; i++)
        CHECK(!pthread_create(&threads[i], NULL, one_of_all, (void *)i));
    for (unsigned int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

bool cpus_race_in(void (*function)(void))
{
    int status;
    pid_t child = fork();

    CHECK(child >= 0);
    if (child == 0) {
        CHECK(freopen("/dev/null", "w", stderr));
        function();
        exit(0);
    }
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == FOUND);
    return WEXITSTATUS(status) == FOUND;
}

/* ---- The frame ----------------------------------------------------------- */

unsigned int test_locks_held(void)
{
    return 0;
}

void test_fail(const char *file, int line, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "%s:%d: ", file, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

void panic(const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "panic: ");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}
