/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_click_flow.c: flow tables when there is no memory for another flow.
 */
#include "net_world.h"

static unsigned int memory_left = ~0u;

static void *few_calloc(size_t count, size_t size)
{
    return memory_left-- > 0 ? calloc(count, size) : (memory_left++, NULL);
}

#include "drivers/checksum.c"

#define calloc few_calloc
#include "lib/click/elements/flow.c"
#undef calloc

/* Nothing is printed. */
void text_printf(struct text *text, const char *format, ...)
{
    (void)text;
    (void)format;
}

void text_puts(struct text *text, const char *string)
{
    (void)text;
    (void)string;
}

void text_ip(struct text *text, const void *address)
{
    (void)text;
    (void)address;
}

static char said[200];

static void say(struct router_world *world, const char *line)
{
    (void)world;
    CHECK(said[0] == '\0'); /* once */
    strcpy(said, line);
}

struct router_world *router_world(const struct router *router)
{
    static struct router_world world = {.say = say};

    (void)router;
    return &world;
}

#define SECOND 1000000000ll

static struct flow *add(struct flow_table *table, uint32_t number, int64_t now)
{
    struct flow_id id = {.from = number, .to = 1, .from_port = 2, .to_port = 3};

    return flow_add(table, &id, &id, now, 300 * SECOND, 5 * SECOND);
}

/* What memory held is the capacity from then on, and a little less; new flows
 * are refused while old ones are guaranteed, and find room afterwards. */
TEST(memory_is_a_capacity)
{
    struct element owner = {.name = "rw"};
    struct flow_budget budget = {.element = &owner, .capacity = 65536};
    char line[sizeof(said)];
    struct flow_table table;
    uint32_t number = 0;

    CHECK_EQUAL(flow_table_init(&table, &budget), 0);
    memory_left = 1000;
    while (add(&table, number, SECOND))
        number++;
    CHECK(number > 900 && number <= 1000);
    CHECK_EQUAL(budget.count, number);
    CHECK_EQUAL(budget.capacity, number - number / 8);
    sprintf(line, "rw: memory holds %u flows, not 65536: CAPACITY is now %u",
            number, number - number / 8);
    CHECK_STRING(said, line);
    memory_left = 1; /* some is found again, but flows are guaranteed */
    CHECK(!add(&table, 5000, 2 * SECOND));
    CHECK_EQUAL(budget.count, number);
    CHECK(add(&table, 5000, 7 * SECOND));
    CHECK_EQUAL(budget.count, budget.capacity);
    memory_left = 100;
    for (uint32_t i = 0; i < 100; i++)
        CHECK(add(&table, 6000 + i, 7 * SECOND));
    CHECK_EQUAL(budget.count, number - number / 8);
    flow_table_free(&table);
}

static bool is_even(struct flow *flow, void *argument)
{
    (void)argument;
    return flow->sides[0].id.from % 2 == 0;
}

static bool all(struct flow *flow, void *argument)
{
    (void)flow;
    (void)argument;
    return true;
}

/* Flows end in their order. */
static void check_order(struct flow_budget *budget)
{
    for (int64_t end = 0; budget->count > 0;) {
        struct flow *first = heap_top(budget);

        CHECK(first->key >= end);
        end = first->key;
        flow_remove(first);
    }
}

/* Flows go to another table, those that are wanted and have room; there they
 * are found. Those of a table that shares the budget stay. */
TEST(tables_hand_on_their_flows)
{
    static const struct {
        uint32_t flows, capacity, left;
        bool (*keep)(struct flow *flow, void *argument);
    } cases[] = {{1000, 1000, 1000, all},
                 {0, 10, 0, all},
                 {1000, 300, 300, all},
                 {1000, 1000, 500, is_even}};

    memory_left = ~0u;
    for (unsigned int i = 0; i < 4; i++) {
        struct element owner = {.name = "rw"};
        struct flow_budget before = {.element = &owner, .capacity = 2000};
        struct flow_budget after = {.element = &owner,
                                    .capacity = cases[i].capacity};
        struct flow_table old, other, table;
        uint32_t found = 0;

        CHECK_EQUAL(flow_table_init(&old, &before), 0);
        CHECK_EQUAL(flow_table_init(&other, &before), 0);
        CHECK_EQUAL(flow_table_init(&table, &after), 0);
        for (uint32_t number = 0; number < cases[i].flows; number++) {
            CHECK(add(&old, number, (number * 7 % 1000) * SECOND));
            if (number % 3 == 0)
                CHECK(add(&other, number, (number * 11 % 1000) * SECOND));
        }
        flow_take(&table, &old, cases[i].keep, NULL);
        CHECK_EQUAL(table.count, cases[i].left);
        CHECK_EQUAL(after.count, cases[i].left);
        CHECK_EQUAL(old.count, 0);
        CHECK_EQUAL(before.count, other.count);
        check_order(&before);
        CHECK_EQUAL(other.count, 0);
        flow_table_free(&old);
        flow_table_free(&other);
        for (uint32_t number = 0; number < cases[i].flows; number++) {
            struct flow_id id = {number, 1, 2, 3, 0};
            struct flow_side *side = flow_find(&table, &id);

            found += side != NULL;
            CHECK(!side || flow_of(side)->table == &table);
        }
        CHECK_EQUAL(found, cases[i].left);
        check_order(&after);
        CHECK_EQUAL(table.count, 0);
        flow_table_free(&table);
    }
}
