/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_console.c: the console against an xenconsoled that we play.
 */
/* The shim's printk() is for messages of tests; this is the one under test. */
#define printk  console_printk
#define vprintk console_vprintk

#include "test.h"
#include "threads.h"
#include "xen/ring.c"
#include "xen/console.c"

struct start_info start_info;

/* A block of its own, so that a step beyond it is seen. */
static struct xencons_interface *page;

/* What "xenconsoled" has taken, and how much it takes at a time (0: it is
 * dead). */
static char taken[4 << 20];
static size_t taken_size;
static uint32_t appetite = 100000;

/* What Xen's own console got. */
static char xen_got[1000];

long xen_console_io(int command, unsigned long count, char *text)
{
    if (command == CONSOLEIO_read) {
        if (!count || !xen_got[0])
            return 0;
        text[0] = xen_got[0];
        memmove(xen_got, xen_got + 1, strlen(xen_got));
        return 1;
    }
    strncat(xen_got, text, count);
    return 0;
}

static bool other_domain(void)
{
    uint32_t eaten = 0;

    while (eaten < appetite && page->out_cons != page->out_prod) {
        CHECK(page->out_prod - page->out_cons <= sizeof(page->out));
        taken[taken_size++] = page->out[page->out_cons++ % sizeof(page->out)];
        eaten++;
    }
    if (eaten)
        raise_event();
    return eaten > 0;
}

static void take_all(void)
{
    while (other_domain())
        ;
    taken[taken_size] = '\0';
}

static void type_in(const char *text)
{
    for (; *text; text++)
        page->in[page->in_prod++ % sizeof(page->in)] = *text;
    raise_event();
}

static void set_up(bool threads_work)
{
    page = calloc(1, sizeof(*page));
    console_init_early(page, 1);
    if (threads_work)
        CHECK_EQUAL(console_init(), 0);
}

TEST(without_a_ring_output_goes_to_xen)
{
    printk("early %d\n", 1);
    console_init_early(NULL, 0);
    CHECK_EQUAL(console_init(), 0);
    printk("late\n");
    console_drain();
    CHECK_STRING(xen_got, "early 1\nlate\n");
    char byte;
    CHECK_EQUAL(console_read(&byte, 1), 0);
    CHECK(!console_readable());
}

TEST(under_bare_xen_input_comes_from_xen)
{
    char text[8] = "";

    start_info.flags = SIF_INITDOMAIN;
    console_init_early(NULL, 0);
    CHECK_EQUAL(console_init(), 0);
    CHECK(!console_readable());
    strcpy(xen_got, "ab\r");
    CHECK(console_readable());
    CHECK(console_readable());
    CHECK_EQUAL(console_read(text, 2), 2);
    CHECK_EQUAL(console_read(text + 2, 6), 1);
    CHECK_STRING(text, "ab\n");
}

TEST(newlines_leave_as_cr_lf)
{
    set_up(false);
    printk("one\ntwo\n");
    console_write("\n\nraw\r", 6);
    take_all();
    CHECK_STRING(taken, "one\r\ntwo\r\n\r\n\r\nraw\r");
}

/* A megabyte, in writes of all sizes, to a reader with all appetites. */
static void flood(bool threads_work)
{
    size_t size = 1 << 20, done = 0, at = 0;
    char *text = malloc(size);

    for (size_t i = 0; i < size; i++)
        text[i] = (char)(test_below(60) ? test_below(256) : '\n');
    set_up(threads_work);
    while (done < size) {
        size_t count = test_below(3000);

        if (count > size - done)
            count = size - done;
        appetite = 1 + test_below(2500);
        console_write(text + done, count);
        done += count;
    }
    take_all();
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\n')
            CHECK_EQUAL(taken[at++], '\r');
        CHECK_EQUAL(taken[at++], text[i]);
    }
    CHECK_EQUAL(at, taken_size);
    CHECK_EQUAL(test_time, 0); /* nobody waited for a timeout */
    free(text);
}

TEST(a_megabyte_arrives_whole_from_threads)
{
    flood(true);
}

TEST(a_megabyte_arrives_whole_by_polling)
{
    flood(false);
}

static void print_lines(void *argument)
{
    char text[256];

    memset(text, *(const char *)argument, sizeof(text));
    for (int i = 0; i < 50; i++)
        printk("%.*s\n", (int)(1 + test_below(254)), text);
}

TEST(lines_of_several_threads_stay_whole)
{
    static char letters[] = "abcdefgh";
    struct thread *printers[8];
    size_t lines = 0;

    appetite = 100;
    set_up(true);
    for (int i = 0; i < 8; i++)
        printers[i] = thread_create("printer", print_lines, &letters[i], 0);
    thread_yield();
    /* An event handler's line in between. */
    fake_masked = 1;
    printk("event\n");
    fake_masked = 0;
    for (int i = 0; i < 8; i++)
        thread_join(printers[i]);
    take_all();
    for (char *line = strtok(taken, "\r\n"); line;
         line = strtok(NULL, "\r\n")) {
        lines++;
        if (!strcmp(line, "event"))
            continue;
        CHECK_EQUAL(strspn(line, (char[]){*line, '\0'}), strlen(line));
    }
    CHECK_EQUAL(lines, 8 * 50 + 1);
}

TEST(long_messages_are_cut_visibly)
{
    char text[2000];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    set_up(true);
    printk("%s", text);
    take_all();
    CHECK_EQUAL(taken_size, 512);
    CHECK_STRING(taken + 507, "...\r\n");
}

TEST(drain_waits_for_what_was_printed)
{
    char text[1500];

    memset(text, 'x', sizeof(text));
    set_up(true);
    appetite = 7;
    console_write(text, sizeof(text));
    console_drain();
    CHECK_EQUAL(taken_size, sizeof(text));
    CHECK_EQUAL(test_time, 0);
}

TEST(drain_gives_a_dead_reader_two_seconds)
{
    set_up(true);
    console_write("x", 1);
    appetite = 0;
    test_time = 1000;
    console_drain();
    CHECK_EQUAL(test_time, 1000 + 2 * NS_PER_S);
    console_drain();
    CHECK_EQUAL(test_time, 1000 + 4 * NS_PER_S);
}

TEST(crashes_speak_whoever_holds_the_lock)
{
    set_up(true);
    spin_lock(&console.lock);
    console_crash_begin();
    printk("last words\n");
    console_drain();
    CHECK_STRING(taken, "last words\r\n");
    console.crashing = false;
    spin_unlock(&console.lock);
}

/* Whatever the other end does to its counters: no byte outside, no hang. */
TEST(a_hostile_reader_breaks_only_itself)
{
    char text[600];

    memset(text, 'x', sizeof(text));
    set_up(true);
    console_write(text, sizeof(text));
    page->out_cons = page->out_prod + 1;
    console_write(text, sizeof(text));
    CHECK(console.broken);
    page->out_cons = page->out_prod; /* too late to be good */
    console_write(text, sizeof(text));
    CHECK_EQUAL(page->out_prod, sizeof(text));
    console_drain();
    CHECK_EQUAL(console_read(text, 1), 0);
    CHECK(!console_readable());
    CHECK_EQUAL(test_time, 0);
}

TEST(a_hostile_writer_ends_the_input)
{
    char text[10];

    set_up(true);
    page->in_prod = sizeof(page->in) + 1;
    CHECK(!console_readable());
    CHECK_EQUAL(console_read(text, sizeof(text)), 0);
}

static char line[100];
static size_t line_size;

static void read_line(void *argument)
{
    (void)argument;
    do {
        line_size += console_read(line + line_size, 1);
    } while (line[line_size - 1] != '\n');
}

TEST(a_reader_sleeps_until_a_line_comes)
{
    char rest[2000];

    set_up(true);
    thread_create("reader", read_line, NULL, 0);
    thread_yield();
    CHECK_EQUAL(line_size, 0);
    CHECK(!console_readable());
    type_in("hel");
    thread_yield();
    CHECK_EQUAL(line_size, 3);
    notifications = 0;
    type_in("lo\rnext\n");
    thread_yield();
    CHECK_STRING(line, "hello\n");
    CHECK(notifications > 0); /* xenconsoled learns that there is room */
    CHECK(console_readable());
    CHECK_EQUAL(console_read(rest, sizeof(rest)), 5);
    CHECK(!memcmp(rest, "next\n", 5));
}

/* Reads what there is and says it; "." is an end of file. */
static const char *read_now(size_t size)
{
    static char text[100];
    size_t count;

    if (!console_readable())
        return "nothing";
    count = console_read(text, size);
    strcpy(text + count, count ? "" : ".");
    return text;
}

TEST(control_d_at_the_start_of_a_line_is_an_end_of_file)
{
    set_up(true);
    type_in("\004");
    CHECK_STRING(read_now(9), ".");
    CHECK_STRING(read_now(9), "nothing");
    type_in("one\n\004two\r\004\004");
    CHECK_STRING(read_now(9), "one\n");
    CHECK_STRING(read_now(9), ".");
    CHECK_STRING(read_now(4), "two\n");
    CHECK_STRING(read_now(9), ".");
    CHECK_STRING(read_now(9), ".");
    CHECK_STRING(read_now(9), "nothing");
}

TEST(control_d_in_a_line_ends_the_line)
{
    set_up(true);
    type_in("half\004");
    CHECK_STRING(read_now(4), "half");
    CHECK_STRING(read_now(9), "nothing"); /* and a reader would wait */
    type_in("\004");
    CHECK_STRING(read_now(9), ".");
    type_in("a\004b\004\004c");
    CHECK_STRING(read_now(9), "ab");
    CHECK_STRING(read_now(9), ".");
    CHECK_STRING(read_now(9), "c");
}
