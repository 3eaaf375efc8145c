/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_click_xenstore.c: routers looked after through xenstore: long values in
 * pieces, and whose a value is that comes back by the watch.
 *
 * Played here: a xenstored, with its limit for what a guest writes; a router
 * with the handlers "table" and "list", whose value is `table`.
 */
#include "test.h"
#include "lib/click/guest/control.c"
#include "lib/click/text.c"

#define BASE  "data/clickos/0/"
#define NODES 600

static struct node {
    char path[128], *value;
} nodes[NODES];
static unsigned int nodes_left = NODES;

static char *table;
static char written[64]; /* by write handlers */
static unsigned int reads, loads;
static bool runs;

/* ---- xenstored ------------------------------------------------------------
 */

static struct node *find(const char *path)
{
    for (unsigned int i = 0; i < NODES; i++)
        if (nodes[i].value && strcmp(nodes[i].path, path) == 0)
            return &nodes[i];
    return NULL;
}

/* Whether `path` is below `above`, with one name more. */
static bool is_child(const char *path, const char *above)
{
    size_t length = strlen(above);

    return strncmp(path, above, length) == 0 && path[length] == '/' &&
           !strchr(path + length + 1, '/');
}

/* As xenstored counts a node: a header, its permissions, its value, and the
 * names of its children. */
static size_t size_of(const struct node *node)
{
    size_t size = 24 + 2 * 8 + strlen(node->value);

    for (unsigned int i = 0; i < NODES; i++)
        if (nodes[i].value && is_child(nodes[i].path, node->path))
            size += strlen(nodes[i].path) - strlen(node->path);
    return size;
}

/* With all nodes above it that there are not. */
static int store(const char *path, const char *value)
{
    struct node *node = find(path);
    const char *slash = strrchr(path, '/');
    char above[128];

    if (slash && !node) {
        snprintf(above, sizeof(above), "%.*s", (int)(slash - path), path);
        if (!find(above) && store(above, "") != 0)
            return -K_ENOSPC;
    }
    for (unsigned int i = 0; !node && i < NODES && nodes_left > 0; i++)
        node = nodes[i].value ? NULL : &nodes[i];
    if (!node)
        return -K_ENOSPC;
    nodes_left -= !node->value;
    free(node->value);
    snprintf(node->path, sizeof(node->path), "%s", path);
    node->value = strdup(value);
    for (unsigned int i = 0; i < NODES; i++)
        CHECK(!nodes[i].value || size_of(&nodes[i]) < 2048);
    return 0;
}

int xenstore_write(struct xenstore_tx *tx, const char *path, const char *format,
                   ...)
{
    char value[4096];
    va_list arguments;

    (void)tx;
    va_start(arguments, format);
    vsnprintf(value, sizeof(value), format, arguments);
    va_end(arguments);
    return store(path, value);
}

int xenstore_read(struct xenstore_tx *tx, const char *path, char **value,
                  size_t *size)
{
    struct node *node = find(path);

    (void)tx;
    if (!node)
        return -K_ENOENT;
    *value = strdup(node->value);
    if (size)
        *size = strlen(*value);
    return 0;
}

int xenstore_remove(struct xenstore_tx *tx, const char *path)
{
    size_t length = strlen(path);
    int error = -K_ENOENT;

    (void)tx;
    for (unsigned int i = 0; i < NODES; i++) {
        const char *rest = nodes[i].path + length;

        if (nodes[i].value && strncmp(nodes[i].path, path, length) == 0 &&
            (*rest == '\0' || *rest == '/')) {
            free(nodes[i].value);
            nodes[i].value = NULL;
            nodes_left++;
            error = 0;
        }
    }
    return error;
}

int xenstore_list(struct xenstore_tx *tx, const char *path, char ***names,
                  size_t *count)
{
    static char router[] = "0";

    (void)tx;
    CHECK_STRING(path, "data/clickos");
    *names = malloc(sizeof(char *));
    **names = router;
    *count = 1;
    return 0;
}

int xenstore_watch(const char *path,
                   void (*notify)(const char *path, void *argument),
                   void *argument, struct xenstore_watch **watch)
{
    *watch = NULL;
    notify(path, argument); /* as each new watch does */
    return 0;
}

bool xenstore_present(void)
{
    return true;
}

void heap_free(void *block)
{
    free(block);
}

/* ---- The router -----------------------------------------------------------
 */

unsigned int guest_number(const struct guest *guest)
{
    (void)guest;
    return 0;
}

struct guest *guest_create(unsigned int number)
{
    (void)number;
    return NULL;
}

void guest_errors_init(struct guest_errors *errors)
{
    *errors = (struct guest_errors){0};
}

int click_error(struct click_errors *errors, const char *landmark,
                const char *format, ...)
{
    (void)errors;
    (void)landmark;
    (void)format;
    return -EINVAL;
}

int guest_load(struct guest *guest, const char *file, const char *text,
               struct guest_errors *errors)
{
    (void)guest;
    (void)file;
    (void)text;
    (void)errors;
    loads++;
    return 0;
}

void guest_halt(struct guest *guest)
{
    (void)guest;
}

int guest_read(struct guest *guest, const char *handler, const char *param,
               struct text *out)
{
    (void)guest;
    (void)param;
    if (strcmp(handler, "version") == 0)
        return runs ? 0 : -ENODEV;
    reads++;
    CHECK(strcmp(handler, "a/b.table") == 0 || strcmp(handler, "list") == 0);
    text_puts(out, table);
    return 0;
}

int guest_write(struct guest *guest, const char *handler, const char *value,
                struct guest_errors *errors)
{
    (void)guest;
    (void)errors;
    snprintf(written, sizeof(written), "%s=%s", handler, value);
    return 0;
}

/* ---- Tests ----------------------------------------------------------------
 */

static char *long_text(size_t length)
{
    char *text = malloc(length + 1);

    for (size_t i = 0; i < length; i++)
        text[i] = (char)('a' + i % 23);
    text[length] = '\0';
    return text;
}

static const char *value_at(const char *path)
{
    struct node *node = find(path);

    return node ? node->value : "";
}

/* What dom0 does, and the watch tells. */
static void dom0_writes(const char *path, const char *value)
{
    CHECK_EQUAL(store(path, value), 0);
    changed(path, NULL);
}

static void start_guest(void)
{
    static char guest;

    CHECK_EQUAL(control_start((struct guest *)&guest), 0);
}

/* The value that dom0 puts together. */
static void check_whole(const char *path)
{
    const char *at = table + strlen(value_at(path));
    unsigned int all = 0;
    char piece[128];

    CHECK_EQUAL(strncmp(value_at(path), table, strlen(value_at(path))), 0);
    snprintf(piece, sizeof(piece), "%s/more", path);
    sscanf(value_at(piece), "%u of", &all);
    for (unsigned int i = 1; i <= all; i++) {
        snprintf(piece, sizeof(piece), "%s/more/%u", path, i);
        CHECK_EQUAL(strncmp(value_at(piece), at, strlen(value_at(piece))), 0);
        CHECK(find(piece));
        at += strlen(value_at(piece));
    }
    CHECK_STRING(at, "");
    snprintf(piece, sizeof(piece), "%s/more/%u", path, all + 1);
    CHECK(!find(piece));
}

TEST(long_values_come_in_pieces)
{
    static const size_t lengths[] = {0,    1,    1900,   1901, 3800,
                                     3801, 5700, 200000, 10};

    start_guest();
    for (unsigned int i = 0; i < 9; i++) {
        table = long_text(lengths[i]);
        dom0_writes(BASE "control/read/a/b/table", "x");
        check_whole(BASE "elements/a/b/table");
        CHECK_STRING(value_at(BASE "elements/a/b/table/lock"), "0");
        free(table);
    }
    CHECK(!find(BASE "elements/a/b/table/more"));
    table = long_text(5000);
    control_report(NULL, NULL, table);
    check_whole(BASE "error");
}

TEST(what_does_not_fit_is_said)
{
    start_guest();
    table = long_text(2000000);
    dom0_writes(BASE "control/read/a/b/table", "x");
    CHECK_STRING(value_at(BASE "elements/a/b/table/more"), "400 of 1052");
    CHECK_STRING(value_at(BASE "elements/a/b/table/lock"), "0");
    /* xenstored has a limit for nodes, too: the pieces, 4 above them, lock. */
    CHECK_EQUAL(xenstore_remove(NULL, BASE "elements/a"), 0);
    nodes_left = 5 + 7;
    dom0_writes(BASE "control/read/a/b/table", "x");
    CHECK_STRING(value_at(BASE "elements/a/b/table/more"), "7 of 1052");
    CHECK_STRING(value_at(BASE "elements/a/b/table/lock"), "0");
}

/* A router that started by itself: its own status is no wish. What dom0 wishes
 * then is heard, before there is a watch and behind it. */
TEST(wishes_before_the_watch)
{
    runs = true;
    control_report(NULL, "Running", "");
    start_guest();
    CHECK_EQUAL(loads, 0);
    CHECK_EQUAL(store(BASE "config/0", "Idle -> Discard;"), 0);
    dom0_writes(BASE "status", "Running");
    CHECK_EQUAL(loads, 1);
    start_guest();
    CHECK_EQUAL(loads, 2);
}

TEST(a_handler_of_the_router_itself)
{
    start_guest();
    table = (char[]){"3\nx\ny\nz\n"};
    dom0_writes(BASE "control/read/list", "x");
    CHECK_STRING(value_at(BASE "elements/list"), table);
    CHECK_EQUAL(reads, 1);
}

/* What we wrote comes back by the watch, what dom0 writes is for the handler,
 * also when it is the same again. */
TEST(whose_a_value_is)
{
    start_guest();
    table = (char[]){"true"};
    dom0_writes(BASE "control/read/a/b/table", "x");
    changed(BASE "elements/a/b/table", NULL);
    changed(BASE "elements/a/b/table/lock", NULL);
    CHECK_STRING(written, "");
    dom0_writes(BASE "elements/a/b/table", "true");
    CHECK_STRING(written, "a/b.table=true");
    table = long_text(4000);
    dom0_writes(BASE "control/read/a/b/table", "x");
    written[0] = '\0';
    changed(BASE "elements/a/b/table/more", NULL);
    changed(BASE "elements/a/b/table/more/1", NULL);
    changed(BASE "elements/a/b/table", NULL);
    CHECK_STRING(written, "");
}

/* dom0 removes the value before we are told of our own writing. */
TEST(a_value_that_was_removed_is_forgotten)
{
    start_guest();
    table = (char[]){"true"};
    dom0_writes(BASE "control/read/a/b/table", "x");
    CHECK_EQUAL(xenstore_remove(NULL, BASE "elements/a"), 0);
    changed(BASE "elements/a/b/table", NULL);
    changed(BASE "elements/a/b/table/lock", NULL);
    dom0_writes(BASE "elements/a/b/table", "true");
    CHECK_STRING(written, "a/b.table=true");
}
