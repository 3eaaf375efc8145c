/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crash_test: does every kind of mistake end in the right report?
 *
 * What: the first argument names a mistake; this program makes it. The report
 * must name the cause, say what lies at the address, and show who called whom;
 * then Xen must be told of a crash. test_kernel.py knows what to look for.
 *
 * Why: the report is all that a programmer has in the end, and its code runs
 * only when something else is broken already.
 *
 * How: each mistake stands in a function of its own, which the compiler must
 * not take apart, so that its name must appear in the report.
 */
#include "arch/x86/hypercall.h"
#include "arch/x86/percpu.h"
#include "coracle/memory.h"
#include "coracle/sync.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "tests/guest/guest.h"
#include "xen/evtchn.h"

#define NOINLINE      __attribute__((noinline, noclone))
#define LOW_ADDRESS   0x123456789000UL
#define NON_CANONICAL 0xdead000000000000UL
#define NOWHERE       0xffffb00000000000UL
#define RET           0xc3

extern const char image_start[], text_end[], rodata_end[], image_end[];

static const unsigned long constants[4] = {1, 2, 3, 4};
static unsigned char code_in_data[16] = {RET};

/* The compiler must not know what it points to. */
static void *hide(unsigned long address)
{
    __asm__ volatile("" : "+r"(address));
    return (void *)address;
}

static NOINLINE void poke(unsigned long address)
{
    *(volatile unsigned long *)hide(address) = 1;
}

static NOINLINE void peek(unsigned long address)
{
    (void)*(volatile unsigned long *)hide(address);
}

static NOINLINE void jump(unsigned long address)
{
    void (*function)(void) = (void (*)(void))hide(address);

    function();
}

/* ---- Bad addresses ------------------------------------------------------- */

static NOINLINE void mistake_null_read(void)
{
    peek(8);
}

static NOINLINE void mistake_null_write(void)
{
    poke(0);
}

static NOINLINE void mistake_null_call(void)
{
    jump(0);
}

static NOINLINE void mistake_low(void)
{
    peek(LOW_ADDRESS);
}

static NOINLINE void mistake_wild(void)
{
    peek(NON_CANONICAL);
}

static NOINLINE void mistake_nowhere(void)
{
    peek(NOWHERE);
}

static NOINLINE void mistake_guard(void)
{
    poke((unsigned long)thread_self()->stack.base - sizeof(long));
}

static NOINLINE void mistake_cpu_guard(void)
{
    unsigned long top = (unsigned long)cpu_read(event_stack);

    poke((top & -PAGE_SIZE) == top ? top : top & -PAGE_SIZE);
}

static NOINLINE void mistake_text(void)
{
    poke((unsigned long)mistake_null_read);
}

static NOINLINE void mistake_constant(void)
{
    poke((unsigned long)constants);
}

static NOINLINE void mistake_execute_data(void)
{
    jump((unsigned long)code_in_data);
}

static NOINLINE void mistake_execute_stack(void)
{
    unsigned char code[16];

    code[0] = RET;
    __asm__ volatile("" : : "r"(code) : "memory");
    jump((unsigned long)code);
}

static NOINLINE void mistake_execute_heap(void)
{
    unsigned char *code = heap_alloc(16);

    CHECK(code);
    code[0] = RET;
    jump((unsigned long)code);
}

/* ---- Bad instructions ---------------------------------------------------- */

static NOINLINE void mistake_divide(void)
{
    unsigned long zero = (unsigned long)hide(0);

    __asm__ volatile("div %0" : "+r"(zero) : "a"(1UL), "d"(0UL));
}

static NOINLINE void mistake_instruction(void)
{
    __asm__ volatile("ud2");
}

static NOINLINE void mistake_breakpoint(void)
{
    __asm__ volatile("int3");
}

/* ---- What programs notice themselves ------------------------------------- */

static NOINLINE void mistake_panic(void)
{
    panic("crash_test gives up: %d", 42);
}

static NOINLINE void mistake_assert(void)
{
    int sum = 4;

    __asm__ volatile("" : "+r"(sum));
    ASSERT(sum == 5);
}

static NOINLINE void fill(char *to, size_t size)
{
    memset(to, 'x', size);
}

static NOINLINE void mistake_smash(void)
{
    char text[16];

    fill((char *)hide((unsigned long)text), 48);
}

static NOINLINE void mistake_unlock(void)
{
    static struct mutex mutex = MUTEX_INIT(mutex);

    mutex_unlock(&mutex);
}

static NOINLINE void mistake_free(void)
{
    char *block = heap_alloc(100);

    CHECK(block);
    heap_free(block);
    heap_free(hide((unsigned long)block));
}

/* ---- At bad moments ------------------------------------------------------ */

static void broken_handler(uint32_t port, void *argument)
{
    (void)port;
    (void)argument;
    mistake_null_write();
}

static NOINLINE void mistake_event(void)
{
    struct evtchn_bind_interdomain bind = {.remote_dom = DOMID_SELF};
    int port = evtchn_bind_unbound(DOMID_SELF, broken_handler, NULL, 0);

    CHECK(port >= 0);
    bind.remote_port = (evtchn_port_t)port;
    CHECK_EQUAL(xen_event_channel_op(EVTCHNOP_bind_interdomain, &bind), 0);
    evtchn_notify(bind.local_port);
}

static void broken_thread(void *argument)
{
    (void)argument;
    mistake_null_write();
}

static NOINLINE void mistake_thread(void)
{
    struct thread *thread = thread_create("culprit", broken_thread, NULL, 0);

    CHECK(thread);
    thread_join(thread);
}

/* The report itself cannot be written. */
static NOINLINE void mistake_nested(void)
{
    events_mask();
    cpu_write(current, (struct thread *)hide(64));
    __asm__ volatile("ud2");
}

/* The chain of frames leads nowhere. */
static NOINLINE void mistake_frames(void)
{
    __asm__ volatile("mov %0, %%rbp\n\t"
                     "ud2"
                     :
                     : "r"(NON_CANONICAL));
}

/* The chain of frames runs in a circle. */
static NOINLINE void mistake_circle(void)
{
    static unsigned long frames[4];

    frames[0] = (unsigned long)&frames[2];
    frames[1] = (unsigned long)mistake_circle;
    frames[2] = (unsigned long)&frames[0];
    frames[3] = (unsigned long)main;
    __asm__ volatile("mov %0, %%rbp\n\t"
                     "ud2"
                     :
                     : "r"(frames));
}

/* ---- Which --------------------------------------------------------------- */

#define MISTAKE(name)                                                          \
    {                                                                          \
#name, mistake_##name                                                  \
    }

static const struct {
    const char *name;
    void (*make)(void);
} mistakes[] = {
    MISTAKE(null_read),    MISTAKE(null_write),   MISTAKE(null_call),
    MISTAKE(low),          MISTAKE(wild),         MISTAKE(nowhere),
    MISTAKE(guard),        MISTAKE(cpu_guard),    MISTAKE(text),
    MISTAKE(constant),     MISTAKE(execute_data), MISTAKE(execute_stack),
    MISTAKE(execute_heap), MISTAKE(divide),       MISTAKE(instruction),
    MISTAKE(breakpoint),   MISTAKE(panic),        MISTAKE(assert),
    MISTAKE(smash),        MISTAKE(unlock),       MISTAKE(free),
    MISTAKE(event),        MISTAKE(thread),       MISTAKE(nested),
    MISTAKE(frames),       MISTAKE(circle),
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(mistakes); i++)
        if (!strcmp(argv[1], mistakes[i].name))
            mistakes[i].make();
    printk("crash_test: nothing happened\n");
    return 1;
}
