/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenstore: the client against the real xenstored.
 *
 * Each check prints "pass NAME" or "FAIL NAME: why". The last two need the
 * test in dom0 to act when they print what they wait for.
 */
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "coracle/sync.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "xen/xenstore.h"

int main(int argc, char **argv);

static unsigned int failures;

/* Ends the check with a line if `condition` does not hold. */
#define EXPECT(condition)                                                      \
    do {                                                                       \
        if (!(condition)) {                                                    \
            printk("FAIL %s: line %d: %s\n", __func__, __LINE__, #condition);  \
            failures++;                                                        \
            return;                                                            \
        }                                                                      \
    } while (0)

#define PASS() printk("pass %s\n", __func__)

static bool reads_as(const char *path, const char *expected)
{
    char *value;
    size_t size;
    bool same;

    if (xenstore_read(XENSTORE_NO_TX, path, &value, &size))
        return false;
    same = size == strlen(expected) && !strcmp(value, expected);
    if (!same)
        printk("%s is \"%s\", not \"%s\"\n", path, value, expected);
    heap_free(value);
    return same;
}

static void nodes(const char *own_name)
{
    char **names, *value;
    uint64_t number;
    size_t count;

    EXPECT(xenstore_present());
    EXPECT(reads_as("name", own_name));
    EXPECT(!xenstore_write(XENSTORE_NO_TX, "data/t/a", "%d apples", 12));
    EXPECT(!xenstore_write(XENSTORE_NO_TX, "data/t/b", "%s", ""));
    EXPECT(!xenstore_write(XENSTORE_NO_TX, "data/t/c/d", "%u", 4000000000u));
    EXPECT(reads_as("data/t/a", "12 apples"));
    EXPECT(reads_as("data/t/b", ""));
    EXPECT(!xenstore_read_number(XENSTORE_NO_TX, "data/t/c/d", &number));
    EXPECT(number == 4000000000u);
    EXPECT(xenstore_read_number(XENSTORE_NO_TX, "data/t/a", &number) ==
           -K_EINVAL);
    EXPECT(!xenstore_list(XENSTORE_NO_TX, "data/t", &names, &count));
    EXPECT(count == 3);
    EXPECT(strlen(names[0]) == 1 && strlen(names[1]) == 1 &&
           strlen(names[2]) == 1);
    EXPECT(names[0][0] + names[1][0] + names[2][0] == 'a' + 'b' + 'c');
    heap_free(names);
    EXPECT(!xenstore_list(XENSTORE_NO_TX, "data/t/a", &names, &count));
    EXPECT(count == 0);
    heap_free(names);
    EXPECT(!xenstore_remove(XENSTORE_NO_TX, "data/t/c"));
    EXPECT(xenstore_read(XENSTORE_NO_TX, "data/t/c/d", &value, NULL) ==
           -K_ENOENT);
    EXPECT(!xenstore_remove(XENSTORE_NO_TX, "data/t"));
    PASS();
}

static void errors(void)
{
    struct xenstore_watch *watch;
    char **names, *value;
    size_t count;

    EXPECT(xenstore_read(XENSTORE_NO_TX, "data/no", &value, NULL) == -K_ENOENT);
    EXPECT(xenstore_list(XENSTORE_NO_TX, "data/no", &names, &count) ==
           -K_ENOENT);
    EXPECT(xenstore_write(XENSTORE_NO_TX, "/local/domain/0/mine", "%d", 1) ==
           -K_EACCES);
    EXPECT(xenstore_read(XENSTORE_NO_TX, "a//b", &value, NULL) == -K_EINVAL);
    EXPECT(xenstore_watch("a//b", NULL, NULL, &watch) == -K_EINVAL);
    PASS();
}

static void permissions(void)
{
    static const char *const open_to_dom0[] = {"n%u", "b0"};
    char owner[16];
    uint64_t domid;

    EXPECT(!xenstore_read_number(XENSTORE_NO_TX, "domid", &domid));
    string_format(owner, sizeof(owner), "n%u", (unsigned int)domid);
    EXPECT(!xenstore_write(XENSTORE_NO_TX, "data/mine", "%d", 1));
    EXPECT(!xenstore_set_permissions(XENSTORE_NO_TX, "data/mine",
                                     (const char *const[]){owner, "r0"}, 2));
    EXPECT(xenstore_set_permissions(XENSTORE_NO_TX, "data/mine", open_to_dom0,
                                    2) == -K_EINVAL);
    PASS();
}

/* Both directions through rings of 1024 bytes, and the limits. */
static void sizes(void)
{
    static char text[5000];
    const size_t path = sizeof("data/big"); /* with its NUL */

    memset(text, 'x', sizeof(text) - 1);
    text[1900] = '\0';
    EXPECT(!xenstore_write(XENSTORE_NO_TX, "data/big", "%s", text));
    EXPECT(reads_as("data/big", text));
    text[1900] = 'x';
    text[4096 - path] = '\0'; /* a full payload: xenstored's own limit bites */
    EXPECT(xenstore_write(XENSTORE_NO_TX, "data/big", "%s", text) == -K_ENOSPC);
    text[4096 - path] = 'x';
    text[4096 - path + 1] = '\0';
    EXPECT(xenstore_write(XENSTORE_NO_TX, "data/big", "%s", text) ==
           -K_EMSGSIZE);
    text[4096 - path + 1] = 'x';
    EXPECT(xenstore_write(XENSTORE_NO_TX, text, "%d", 1) == -K_EMSGSIZE);
    EXPECT(!xenstore_remove(XENSTORE_NO_TX, "data/big"));
    PASS();
}

#define THREADS 16
#define ROUNDS  30

static volatile unsigned int mixed_up;

static void work(void *argument)
{
    unsigned int number = (unsigned int)(uintptr_t)argument;
    char path[32];
    uint64_t got;

    string_format(path, sizeof(path), "data/work/%u", number);
    for (unsigned int i = 0; i < ROUNDS; i++)
        if (xenstore_write(XENSTORE_NO_TX, path, "%u", number * 1000 + i) ||
            xenstore_read_number(XENSTORE_NO_TX, path, &got) ||
            got != number * 1000 + i)
            mixed_up++;
}

static void many_threads(void)
{
    struct thread *threads[THREADS];

    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = thread_create("worker", work, (void *)i, 0);
        EXPECT(threads[i]);
    }
    for (size_t i = 0; i < THREADS; i++)
        thread_join(threads[i]);
    EXPECT(mixed_up == 0);
    PASS();
}

/* Adds one to data/count. */
static int add_one(struct xenstore_tx *tx, void *argument)
{
    uint64_t count;
    int error = xenstore_read_number(tx, "data/count", &count);

    (void)argument;
    return error ? error
                 : xenstore_write(tx, "data/count", "%u",
                                  (unsigned int)count + 1);
}

static void add_ones(void *argument)
{
    for (int i = 0; i < 10; i++)
        if (xenstore_transaction(add_one, argument))
            mixed_up++;
}

static int refuse(struct xenstore_tx *tx, void *argument)
{
    (void)argument;
    if (xenstore_write(tx, "data/count", "%d", 1000))
        return -K_EIO;
    return -K_ECANCELED;
}

static void transactions(void)
{
    struct thread *threads[4];

    mixed_up = 0;
    EXPECT(!xenstore_write(XENSTORE_NO_TX, "data/count", "%d", 0));
    for (size_t i = 0; i < 4; i++) {
        threads[i] = thread_create("adder", add_ones, NULL, 0);
        EXPECT(threads[i]);
    }
    for (size_t i = 0; i < 4; i++)
        thread_join(threads[i]);
    EXPECT(mixed_up == 0);
    EXPECT(reads_as("data/count", "40"));
    EXPECT(xenstore_transaction(refuse, NULL) == -K_ECANCELED);
    EXPECT(reads_as("data/count", "40"));
    PASS();
}

static struct semaphore changed;
static struct xenstore_watch *go_watch;
static unsigned int attempts;

static void on_go(const char *path, void *argument)
{
    uint64_t value;

    (void)argument;
    if (!xenstore_read_number(XENSTORE_NO_TX, path, &value)) {
        xenstore_unwatch(go_watch); /* from within */
        semaphore_up(&changed);
    }
}

static int slow_add(struct xenstore_tx *tx, void *argument)
{
    int error = add_one(tx, argument);

    if (attempts++ == 0) {
        printk("in a transaction\n");
        (void)semaphore_down(&changed, TIME_NEVER);
    }
    return error;
}

/* dom0 writes 100 to data/count, then data/go, while we are in the middle. */
static void conflict(void)
{
    semaphore_init(&changed, 0);
    EXPECT(!xenstore_watch("data/go", on_go, NULL, &go_watch));
    EXPECT(!xenstore_transaction(slow_add, NULL));
    EXPECT(attempts == 2);
    EXPECT(reads_as("data/count", "101"));
    PASS();
}

static char seen[64];

static void on_seen(const char *path, void *argument)
{
    struct semaphore *semaphore = argument;

    (void)string_copy(seen, path, sizeof(seen));
    semaphore_up(semaphore);
}

/* dom0 writes data/watched/deep. */
static void watches(void)
{
    struct semaphore events;
    struct xenstore_watch *watch;

    semaphore_init(&events, 0);
    EXPECT(!xenstore_watch("data/watched", on_seen, &events, &watch));
    (void)semaphore_down(&events, TIME_NEVER);
    EXPECT(!strcmp(seen, "data/watched")); /* at registration */
    printk("watching\n");
    (void)semaphore_down(&events, TIME_NEVER);
    EXPECT(!strcmp(seen, "data/watched/deep"));
    xenstore_unwatch(watch);
    seen[0] = '\0';
    EXPECT(!xenstore_write(XENSTORE_NO_TX, "data/watched", "%d", 1));
    EXPECT(semaphore_down(&events, time_monotonic() + 50 * NS_PER_MS) ==
           -K_ETIMEDOUT);
    PASS();
}

int main(int argc, char **argv)
{
    nodes(argc > 1 ? argv[1] : "");
    errors();
    permissions();
    sizes();
    many_threads();
    transactions();
    conflict();
    watches();
    printk("%u failures\n", failures);
    return failures > 0;
}
