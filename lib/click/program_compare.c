/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * program_compare.c: comparisons of fields, as expressions over tests.
 *
 * A test asks whether some bits of one word of the packet, four bytes at an
 * offset that is a multiple of four, have a value. A field may lie across two
 * words, and the language also knows "greater". Both are made of tests:
 *
 *     field == 0x1234       the bits in the first word, and those in the second
 *     field > 0b0101        walk from the highest bit: where the value has a
 *                           zero and the field a one, it is greater; where it
 *                           is the other way round, less; else look further
 *
 * Bits in a row that are alike are asked at once: "port > 1023" is one test,
 * whether any of the upper six bits is set.
 *
 * Pure logic; no locks.
 */
#include "lib/click/program.h"

/* Some of a field's bits, all in one word. */
struct run {
    uint32_t offset, mask, value;
};

/* The bits of a field from its highest on, as runs within words; if `alike`,
 * all bits of a run's value are the same. At most 34. */
static unsigned int field_runs(struct run *runs, unsigned int place,
                               unsigned int at, unsigned int bits,
                               uint32_t mask, uint32_t value, bool alike)
{
    unsigned int count = 0;
    bool last_bit = false;

    for (unsigned int i = 0; i < bits; i++) {
        uint32_t field_bit = 1u << (bits - 1 - i);
        uint32_t offset = place + (at + i) / 32 * 4;
        uint32_t word_bit = 0x80000000u >> ((at + i) % 32);
        bool is_set = value & field_bit;

        if (!(mask & field_bit))
            continue;
        if (count == 0 || runs[count - 1].offset != offset ||
            (alike && is_set != last_bit))
            runs[count++] = (struct run){offset, 0, 0};
        runs[count - 1].mask |= word_bit;
        if (is_set)
            runs[count - 1].value |= word_bit;
        last_bit = is_set;
    }
    return count;
}

static program_expr_t compare_equal(struct program_builder *builder,
                                    const struct run *runs, unsigned int count)
{
    program_expr_t all = program_const(builder, true);

    for (unsigned int i = 0; i < count; i++) {
        program_expr_t one = program_test(builder, runs[i].offset, runs[i].mask,
                                          runs[i].value, false);

        all = i == 0 ? one : program_and(builder, all, one);
    }
    return all;
}

/* Present, but not equal. The last word is asked first: if it is there, so is
 * all of the field. */
static program_expr_t compare_unequal(struct program_builder *builder,
                                      const struct run *runs,
                                      unsigned int count)
{
    program_expr_t rest = program_const(builder, false);

    for (unsigned int i = 0; i < count; i++) {
        program_expr_t differs = program_not(
            builder, program_test(builder, runs[i].offset, runs[i].mask,
                                  runs[i].value, true));

        if (i == 0)
            rest = differs;
        else
            rest = program_if(builder,
                              program_test(builder, runs[i].offset,
                                           runs[i].mask, runs[i].value, false),
                              rest, differs);
    }
    return rest;
}

/* Greater or less than the value of `runs`, each of which is all ones or all
 * zeros: the first run that differs decides, and says which it is. */
static program_expr_t compare_order(struct program_builder *builder,
                                    const struct run *runs, unsigned int count,
                                    bool greater)
{
    program_expr_t rest = program_const(builder, false);

    while (count-- > 0) {
        bool decides = greater == (runs[count].value == 0);
        program_expr_t same =
            program_test(builder, runs[count].offset, runs[count].mask,
                         runs[count].value, decides);

        rest = program_if(builder, same, rest, program_const(builder, decides));
    }
    return rest;
}

program_expr_t program_compare(struct program_builder *builder,
                               unsigned int place, unsigned int at,
                               unsigned int bits, enum program_relation what,
                               uint32_t mask, uint32_t value)
{
    bool orders = what != PROGRAM_EQUAL && what != PROGRAM_UNEQUAL;
    uint32_t full = bits < 32 ? (1u << bits) - 1 : ~0u;
    struct run runs[34];
    program_expr_t strict;
    unsigned int count;

    mask &= full;
    if (value & ~mask) { /* no masked field is equal to that */
        value &= full;
        if (!orders)
            return what == PROGRAM_EQUAL
                       ? program_const(builder, false)
                       : program_or(builder,
                                    program_compare(builder, place, at, bits,
                                                    PROGRAM_EQUAL, mask, 0),
                                    program_compare(builder, place, at, bits,
                                                    PROGRAM_UNEQUAL, mask, 0));
        /* The next smaller number that a masked field may be equal to. */
        {
            uint32_t wrong = value & ~mask;
            unsigned int top = 31 - (unsigned int)__builtin_clz(wrong);

            value = (value & mask & ~((2u << top) - 1)) |
                    (mask & ((1u << top) - 1));
            if (what == PROGRAM_AT_LEAST)
                what = PROGRAM_GREATER;
            if (what == PROGRAM_LESS)
                what = PROGRAM_AT_MOST;
        }
    }
    count = field_runs(runs, place, at, bits, mask, value, orders);
    if (what == PROGRAM_EQUAL)
        return compare_equal(builder, runs, count);
    if (what == PROGRAM_UNEQUAL)
        return compare_unequal(builder, runs, count);
    strict = compare_order(builder, runs, count,
                           what == PROGRAM_GREATER || what == PROGRAM_AT_LEAST);
    if (what == PROGRAM_GREATER || what == PROGRAM_LESS)
        return strict;
    if (what == PROGRAM_AT_LEAST && value != 0) {
        /* Shorter: greater than the number before. */
        value = (value - 1) & mask;
        count = field_runs(runs, place, at, bits, mask, value, true);
        return compare_order(builder, runs, count, true);
    }
    if (what == PROGRAM_AT_MOST && value != mask) {
        value = ((value | ~mask) + 1) & mask;
        count = field_runs(runs, place, at, bits, mask, value, true);
        return compare_order(builder, runs, count, false);
    }
    return program_or(builder, strict, compare_equal(builder, runs, count));
}
