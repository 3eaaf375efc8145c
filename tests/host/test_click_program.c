/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_click_program.c: decision programs against plain evaluation of their
 * expressions, on random expressions and random packets; and the programs that
 * Click's manual and published tests show.
 */
#include "filter_world.h"

/* ---- What an expression says of a packet, word for word -------------------
 */

static bool node_true(const struct program_node *nodes, uint32_t expr,
                      const struct packet *packet)
{
    const struct program_node *node = &nodes[expr];
    uint32_t place = node->offset / 256u > 2 ? 2 : node->offset / 256u;
    int32_t position = (int32_t)(node->offset - 256 * place);
    uint32_t word = 0;

    switch (node->kind) {
    case NODE_CONST:
        return node->value;
    case NODE_NOT:
        return !node_true(nodes, node->a, packet);
    case NODE_AND:
        return node_true(nodes, node->a, packet) &&
               node_true(nodes, node->b, packet);
    case NODE_OR:
        return node_true(nodes, node->a, packet) ||
               node_true(nodes, node->b, packet);
    case NODE_IF:
        return node_true(nodes, node->a, packet)
                   ? node_true(nodes, node->b, packet)
                   : node_true(nodes, node->c, packet);
    default:
        break;
    }
    if (place == 1)
        position += click_notes_const(packet)->network;
    if (place == 2)
        position += click_notes_const(packet)->transport;
    if (place == 0)
        position += click_notes_const(packet)->mac - 2;
    for (int i = 0; i < 4; i++) {
        uint8_t byte = 0;

        if (!(node->mask << (8 * i) & 0xff000000))
            continue;
        if (!packet_read(packet, (size_t)(position + i), &byte, 1))
            return node->short_yes;
        word |= (uint32_t)byte << (24 - 8 * i);
    }
    return (word & node->mask) == node->value;
}

/* ---- Random ones ----------------------------------------------------------
 */

/* Few words, few masks, few values: so that tests have to do with each other.
 */
static program_expr_t random_expr(struct program_builder *builder, int depth)
{
    static const uint32_t masks[] = {0xffffffff, 0xff000000, 0x00ff0000,
                                     0x0000ffff, 0x00010000, 0x01000000,
                                     0x03000000, 0x00030001};
    static const uint32_t places[] = {256, 260, 276, 512, 516, 2 * 4};
    uint32_t what = test_below(depth > 0 ? 8 : 2);
    program_expr_t a, b;

    if (what == 7)
        return program_const(builder, test_below(2));
    if (what < 2)
        return program_test(builder, places[test_below(ARRAY_SIZE(places))],
                            masks[test_below(ARRAY_SIZE(masks))],
                            test_below(4) * 0x01010101, test_below(4) == 0);
    a = random_expr(builder, depth - 1);
    if (what == 2)
        return program_not(builder, a);
    b = random_expr(builder, depth - 1);
    if (what == 3)
        return program_if(builder, a, b, random_expr(builder, depth - 1));
    return what < 6 ? program_and(builder, a, b) : program_or(builder, a, b);
}

/* 0 to 3 in each byte, cut anywhere or, if not, between words. */
static struct packet *random_packet(bool anywhere)
{
    unsigned int length = test_below(3) ? 14 + 28 : test_below(14 + 28);
    struct packet *packet;

    if (!anywhere && length > 34)
        length -= (length - 34) % 4;
    else if (!anywhere)
        length -= length > 14 ? (length - 14) % 4 : length;
    packet = pieces(length);
    for (struct packet *piece = packet; piece; piece = piece->more)
        for (unsigned int i = 0; i < piece->length; i++)
            piece->data[i] = (uint8_t)test_below(4);
    click_set_mac_header(packet, 0);
    click_set_network_header(packet, 14, 20);
    return packet;
}

static void random_round(bool anywhere, unsigned int patterns, int depth)
{
    struct program_builder builder = {0}, copy;
    struct program_node *nodes;
    struct program_pattern *exprs;
    struct program program;

    for (unsigned int i = 0; i < patterns; i++)
        program_pattern(&builder, random_expr(&builder, depth),
                        PROGRAM_OUTPUT | test_below(4));
    copy = builder;
    nodes = malloc(builder.count * sizeof(*nodes));
    memcpy(nodes, builder.nodes, builder.count * sizeof(*nodes));
    exprs = malloc(patterns * sizeof(*exprs));
    memcpy(exprs, builder.patterns, patterns * sizeof(*exprs));
    /* A step made of two asks more bytes at once, so a packet that ends within
     * a word may be short of them: only plain programs are exact there. */
    if (anywhere)
        CHECK_EQUAL(program_build_plain(&builder, &program), 0);
    else
        CHECK_EQUAL(program_build(&builder, &program), 0);
    for (int i = 0; i < 60; i++) {
        struct packet *packet = random_packet(anywhere);
        uint32_t wanted = PROGRAM_DROP;

        for (unsigned int j = 0; j < copy.pattern_count; j++)
            if (node_true(nodes, exprs[j].expr, packet)) {
                wanted = exprs[j].target;
                break;
            }
        CHECK_EQUAL(program_match_ip(&program, packet), wanted);
        packet_free(packet);
    }
    program_free(&program);
    free(nodes);
    free(exprs);
}

TEST(random_programs_say_what_their_expressions_say)
{
    for (int i = 0; i < 1500; i++)
        random_round(false, 1 + test_below(6), (int)test_below(5));
}

TEST(plain_programs_are_exact_for_packets_cut_anywhere)
{
    for (int i = 0; i < 500; i++)
        random_round(true, 1 + test_below(6), (int)test_below(5));
}

TEST(large_programs_too)
{
    for (int i = 0; i < 20; i++)
        random_round(false, 150, 2);
}

/* ---- Fields ---------------------------------------------------------------
 */

static uint32_t field(const uint8_t *bytes, unsigned int at, unsigned int bits)
{
    uint32_t value = 0;

    for (unsigned int i = at; i < at + bits; i++)
        value = value << 1 | (bytes[i / 8] >> (7 - i % 8) & 1);
    return value;
}

static bool related(uint32_t a, enum program_relation what, uint32_t b)
{
    switch (what) {
    case PROGRAM_EQUAL:
        return a == b;
    case PROGRAM_UNEQUAL:
        return a != b;
    case PROGRAM_GREATER:
        return a > b;
    case PROGRAM_LESS:
        return a < b;
    case PROGRAM_AT_LEAST:
        return a >= b;
    default:
        return a <= b;
    }
}

TEST(fields_compare_as_numbers)
{
    for (int i = 0; i < 20000; i++) {
        unsigned int bits = 1 + test_below(32), at = test_below(64);
        uint32_t full = bits < 32 ? (1u << bits) - 1 : ~0u;
        enum program_relation what = (enum program_relation)test_below(6);
        uint32_t mask = test_below(2) ? ~0u : test_random();
        uint32_t value = test_random() & full & (test_below(2) ? mask : ~0u);
        struct program_builder builder = {0};
        struct program program;
        struct packet *packet = pieces(16);
        uint8_t bytes[16];
        bool wanted, is_short = test_below(4) == 0;

        for (int j = 0; j < 16; j++)
            bytes[j] = (uint8_t)test_random();
        if (test_below(3) == 0)
            for (unsigned int j = 0; j < bits; j++) { /* equal, or nearly */
                bytes[(at + j) / 8] &= (uint8_t) ~(0x80 >> (at + j) % 8);
                if (value >> (bits - 1 - j) & 1)
                    bytes[(at + j) / 8] |= (uint8_t)(0x80 >> (at + j) % 8);
            }
        poke(packet, bytes, 16);
        if (is_short) /* by whole words */
            packet_trim(packet, test_below(4) * 4);
        click_set_network_header(packet, 0, 20);
        program_pattern(&builder,
                        program_compare(&builder, PROGRAM_NETWORK, at, bits,
                                        what, mask, value),
                        PROGRAM_OUTPUT | 0);
        CHECK_EQUAL(program_build(&builder, &program), 0);
        mask &= full;
        wanted = related(field(bytes, at, bits) & mask, what, value);
        if (mask && packet->total < 16) {
            /* Words in which the mask has bits must be there. */
            unsigned int last =
                at + bits - 1 - (unsigned int)__builtin_ctz(mask);

            if (last / 32 * 4 >= packet->total)
                wanted = false;
            if (at / 32 != last / 32 && what >= PROGRAM_GREATER)
                mask = 0; /* the first word may have decided */
        }
        if (mask)
            CHECK_EQUAL(program_match_ip(&program, packet),
                        wanted ? PROGRAM_OUTPUT : PROGRAM_DROP);
        program_free(&program);
        packet_free(packet);
    }
}

/* ---- As published ---------------------------------------------------------
 */

static void check_program(const char *const *patterns, unsigned int count,
                          const char *wanted)
{
    struct program program;
    struct text text = {0};

    compile_filters(patterns, count, &program);
    program_unparse(&program, &text);
    CHECK_STRING(text_string(&text), wanted);
    text_free(&text);
    program_free(&program);
}

TEST(ports_and_icmp_as_published)
{
    static const char *const patterns[] = {"dst port 7777", "dst port 8888",
                                           "dst port 7000", "icmp type echo",
                                           "icmp",          "-"};

    check_program(patterns, 6,
                  " 0 264/00060000%00ff0000  yes->step 2  no->step 1\n"
                  " 1 264/00110000%00ff0000  yes->step 2  no->step 6\n"
                  " 2 260/00000000%00001fff  yes->step 3  no->[5]\n"
                  " 3 512/00001e61%0000ffff  yes->[0]  no->step 4\n"
                  " 4 512/000022b8%0000ffff  yes->[1]  no->step 5\n"
                  " 5 512/00001b58%0000ffff  yes->[2]  no->[5]\n"
                  " 6 264/00010000%00ff0000  yes->step 7  no->[5]\n"
                  " 7 260/00000000%00001fff  yes->step 8  no->[4]\n"
                  " 8 512/08000000%ff000000  yes->[3]  no->[4]\n"
                  "safe length 516\nalignment offset 0\n");
}

TEST(negation_and_order_as_published)
{
    static const char *const patterns[] = {
        "proto icmp", "dst port 53",
        "(proto tcp and !(syn and !ack)) or (tcpudp port >= 1024)", "-"};

    check_program(patterns, 4,
                  " 0 264/00010000%00ff0000  yes->[0]  no->step 1\n"
                  " 1 264/00060000%00ff0000  yes->step 3  no->step 2\n"
                  " 2 264/00110000%00ff0000  yes->step 3  no->[3]\n"
                  " 3 260/00000000%00001fff  yes->step 4  no->step 5\n"
                  " 4 512/00000035%0000ffff  yes->[1]  no->step 5\n"
                  " 5 264/00060000%00ff0000  yes->step 6  no->step 8\n"
                  " 6 260/00000000%00001fff  yes->step 7  no->[2]\n"
                  " 7 524/00020000%00120000  yes->step 9  no->[2]\n"
                  " 8 260/00000000%00001fff  yes->step 9  no->[3]\n"
                  " 9 512/00000000%fc00fc00  yes->[3]  no->[2]  short->yes\n"
                  "safe length 526\nalignment offset 0\n");
}

TEST(ethernet_addresses_as_published)
{
    static const char *const patterns[] = {"src 0:1:2:3:4:5",
                                           "src 10.0.0.0 & 8.0.0.0 = 8.0.0.0",
                                           "dst 10:20:30:40:50:60"};

    check_program(patterns, 3,
                  " 0   8/00010203%ffffffff  yes->step 1  no->step 2\n"
                  " 1  12/04050000%ffff0000  yes->[0]  no->step 2\n"
                  " 2 268/0a000000%ffffffff  yes->[1]  no->step 3\n"
                  " 3   0/00001020%0000ffff  yes->step 4  no->[X]\n"
                  " 4   4/30405060%ffffffff  yes->[2]  no->[X]\n"
                  "safe length 272\nalignment offset 0\n");
}

TEST(what_matches_nothing)
{
    static const char *const patterns[] = {"false", "src port www and ftp"};

    check_program(patterns, 1, "all->[X]\nsafe length 0\nalignment offset 0\n");
    check_program(patterns + 1, 1,
                  "all->[X]\nsafe length 0\nalignment offset 0\n");
}

/* A hundred rules for a hundred addresses are one question. */
TEST(rows_of_values_become_a_table)
{
    char rules[100][40];
    const char *patterns[100];
    struct program program;

    for (unsigned int i = 0; i < 100; i++) {
        snprintf(rules[i], sizeof(rules[i]), "src 10.0.%u.%u", i % 7, i);
        patterns[i] = rules[i];
    }
    compile_filters(patterns, 100, &program);
    CHECK_EQUAL(program.count, 100);
    CHECK_EQUAL(program.table_count, 1);
    for (unsigned int i = 0; i < 110; i++) {
        struct packet *packet = pieces(40);
        uint8_t bytes[40] = {
            0x45, [12] = 10, [14] = (uint8_t)(i % 7), [15] = (uint8_t)i};

        poke(packet, bytes, sizeof(bytes));
        click_set_network_header(packet, 0, 20);
        CHECK_EQUAL(program_match_ip(&program, packet),
                    i < 100 ? PROGRAM_OUTPUT | i : PROGRAM_DROP);
        packet_free(packet);
    }
    program_free(&program);
}
