/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script_math.c: Script's handlers for numbers, comparisons and texts. Each is
 * a function of its parameter's words.
 *
 * Numbers are integers as long as all operands are, else floating point. What
 * overflows wraps around.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/calls.h"
#include "lib/click/real.h"
#include "lib/click/script.h"
#include "lib/click/types.h"

struct number {
    bool real;
    int64_t integer;
    double value; /* of both kinds */
};

static bool read_number(const char *word, struct number *number)
{
    uint64_t integer;

    number->real = click_read_integer(word, INT64_MIN, UINT64_MAX, &integer);
    number->integer = (int64_t)integer;
    if (!number->real) {
        number->value =
            *word == '-' ? (double)number->integer : (double)integer;
        return true;
    }
    return !click_read_double(word, &number->value);
}

static void write_real(struct text *out, double value)
{
    text_real(out, value, 'g', 12, false);
}

/* ---- A list of numbers ----------------------------------------------------
 */

enum { ADD, SUB, MUL, DIV, IDIV, MIN, MAX };

static int64_t combine_integers(int what, int64_t a, int64_t b)
{
    uint64_t x = (uint64_t)a, y = (uint64_t)b;

    switch (what) {
    case ADD:
        return (int64_t)(x + y);
    case SUB:
        return (int64_t)(x - y);
    case MUL:
        return (int64_t)(x * y);
    case MIN:
        return a < b ? a : b;
    default:
        return a > b ? a : b;
    }
}

static double combine_reals(int what, double a, double b)
{
    switch (what) {
    case ADD:
        return a + b;
    case SUB:
        return a - b;
    case MUL:
        return a * b;
    case MIN:
        return a < b ? a : b;
    case MAX:
        return a > b ? a : b;
    default:
        return b != 0 ? a / b : a / 0.0;
    }
}

static int fold(char **words, unsigned int count, int what, struct text *out)
{
    bool real = what == DIV || what == IDIV;
    struct number sum = {0}, next;

    if (what == MUL || real)
        sum.integer = 1;
    sum.value = (double)sum.integer;
    for (unsigned int i = 0; i < count; i++) {
        if (!read_number(words[i], &next)) {
            text_puts(out, "expected list of numbers");
            return -EINVAL;
        }
        real |= next.real;
        sum.integer = i ? combine_integers(what, sum.integer, next.integer)
                        : next.integer;
        sum.value = i ? combine_reals(what, sum.value, next.value) : next.value;
    }
    if (what == IDIV && fabs(sum.value) < 9e18)
        text_printf(out, "%" PRId64, (int64_t)sum.value);
    else if (real)
        write_real(out, sum.value);
    else
        text_printf(out, "%" PRId64, sum.integer);
    return 0;
}

/* ---- One or two numbers ---------------------------------------------------
 */

/* fmod() by the processor's own instruction, which comes nearer in steps and is
 * exact: the C library's takes 900 bytes. */
static double remainder_of_reals(double a, double b)
{
    long double rest = a, divisor = b;
    uint16_t status;

    do
        __asm__("fprem\n\tfnstsw %1" : "+t"(rest), "=a"(status) : "u"(divisor));
    while (status & 0x400); /* C2: not there yet */
    return (double)rest;
}

static int remainder_of(char **words, unsigned int count, int integers,
                        struct text *out)
{
    struct number a, b;

    if (count != 2 || !read_number(words[0], &a) ||
        !read_number(words[1], &b) || (integers && (a.real || b.real))) {
        text_puts(out,
                  integers ? "expected two integers" : "expected two numbers");
        return -EINVAL;
    }
    if (integers && b.integer == 0) {
        text_puts(out, "division by zero");
        return -EINVAL;
    }
    if (integers)
        text_printf(out, "%" PRId64,
                    b.integer == -1 ? 0 : a.integer % b.integer);
    else
        write_real(out, remainder_of_reals(a.value, b.value));
    return 0;
}

enum { NEG, ABS };

static int one_number(char **words, unsigned int count, int what,
                      struct text *out)
{
    struct number a;

    if (count != 1 || !read_number(words[0], &a)) {
        text_puts(out, "expected a number");
        return -EINVAL;
    }
    if (what == ABS && (a.real ? a.value >= 0 : a.integer >= 0))
        text_puts(out, words[0]);
    else if (a.real)
        write_real(out, -a.value);
    else
        text_printf(out, "%" PRId64, (int64_t)(0 - (uint64_t)a.integer));
    return 0;
}

enum { LT = 1, EQ = 2, GT = 4 };

static int compare(char **words, unsigned int count, int wanted,
                   struct text *out)
{
    struct number a, b;
    int order;

    if (count != 2) {
        text_puts(out, "expected two numbers");
        return -EINVAL;
    }
    if (read_number(words[0], &a) && read_number(words[1], &b)) {
        if (a.real || b.real)
            order = a.value < b.value ? LT : a.value > b.value ? GT : EQ;
        else
            order = a.integer < b.integer   ? LT
                    : a.integer > b.integer ? GT
                                            : EQ;
    } else {
        char *x = click_unquote(words[0], NULL);
        char *y = click_unquote(words[1], NULL);
        int difference = x && y ? strcmp(x, y) : 0;

        order = difference < 0 ? LT : difference > 0 ? GT : EQ;
        free(x);
        free(y);
    }
    text_puts(out, order & wanted ? "true" : "false");
    return 0;
}

enum { SHORT, LONG };

static int swap(char **words, unsigned int count, int what, struct text *out)
{
    uint64_t value;

    if (count != 1 ||
        click_read_integer(words[0], 0, what == SHORT ? UINT16_MAX : UINT32_MAX,
                           &value)) {
        text_puts(out, "expected an integer");
        return -EINVAL;
    }
    text_printf(out, "%u",
                what == SHORT ? __builtin_bswap16((uint16_t)value)
                              : __builtin_bswap32((uint32_t)value));
    return 0;
}

/* ---- Truth ----------------------------------------------------------------
 */

enum { AND, OR, NAND, NOR };

static int logic(char **words, unsigned int count, int what, struct text *out)
{
    bool all = true, any = false, result;

    for (unsigned int i = 0; i < count; i++) {
        bool value;

        if (click_read_bool(words[i], &value)) {
            text_puts(out, "expected list of booleans");
            return -EINVAL;
        }
        all &= value;
        any |= value;
    }
    result = what == AND || what == NAND ? all : any;
    if (what == NAND || what == NOR)
        result = !result;
    text_puts(out, result ? "true" : "false");
    return 0;
}

static int not(char **words, unsigned int count, int what, struct text *out)
{
    bool value;

    (void)what;
    if (count != 1 || click_read_bool(words[0], &value)) {
        text_puts(out, "expected a boolean");
        return -EINVAL;
    }
    text_puts(out, value ? "false" : "true");
    return 0;
}

static int choose(char **words, unsigned int count, int what, struct text *out)
{
    bool value;

    (void)what;
    if (count < 1 || count > 3 || click_read_bool(words[0], &value)) {
        text_puts(out, "expected a boolean and two values");
        return -EINVAL;
    }
    if ((value ? 1u : 2u) < count)
        text_puts(out, words[value ? 1 : 2]);
    return 0;
}

static int is_in(char **words, unsigned int count, int what, struct text *out)
{
    bool found = false;

    (void)what;
    for (unsigned int i = 1; i < count; i++)
        found |= !strcmp(words[0], words[i]);
    text_puts(out, found ? "true" : "false");
    return 0;
}

static int first(char **words, unsigned int count, int what, struct text *out)
{
    (void)what;
    if (count)
        text_puts(out, words[0]);
    return 0;
}

/* ---- Handlers -------------------------------------------------------------
 */

enum run {
    FOLD,
    COMPARE,
    SWAP,
    LOGIC,
    REMAINDER,
    ONE,
    NOT,
    IF,
    IN,
    FIRST,
    FORMAT
};

/* How a handler's value is made of its parameter's words; `what` is which of
 * its kind. `data` has both: run << 8 | what. */
static int (*const runs[])(char **words, unsigned int count, int what,
                           struct text *out) = {
    [FOLD] = fold,
    [COMPARE] = compare,
    [SWAP] = swap,
    [LOGIC] = logic,
    [REMAINDER] = remainder_of,
    [ONE] = one_number,
    [NOT] = not,
    [IF] = choose,
    [IN] = is_in,
    [FIRST] = first,
    [FORMAT] = script_format,
};

static int read_function(struct element *element,
                         const struct click_handler *handler, const char *param,
                         struct text *out)
{
    unsigned int count;
    char **words = click_split_words(param, &count);
    int error;

    (void)element;
    if (!words) {
        text_puts(out, "out of memory");
        return -ENOMEM;
    }
    error = runs[handler->data >> 8](words, count, handler->data & 255, out);
    click_words_free(words, count);
    return error;
}

static int read_length(struct element *element,
                       const struct click_handler *handler, const char *param,
                       struct text *out)
{
    (void)element;
    (void)handler;
    text_printf(out, "%zu", strlen(param));
    return 0;
}

static int read_unquote(struct element *element,
                        const struct click_handler *handler, const char *param,
                        struct text *out)
{
    size_t length;
    char *string = click_unquote(param, &length);

    (void)element;
    (void)handler;
    if (string)
        text_add(out, string, length);
    free(string);
    return 0;
}

static int read_random(struct element *element,
                       const struct click_handler *handler, const char *param,
                       struct text *out)
{
    uint64_t low = 0, high = 0x7fffffff;
    unsigned int count;
    char **words = click_split_words(param, &count);
    bool bad = !words || count > 2;

    (void)handler;
    if (!bad && count == 1) {
        bad = click_read_integer(words[0], 1, UINT32_MAX, &high);
        high--;
    } else if (!bad && count == 2) {
        bad = click_read_integer(words[0], 0, UINT32_MAX, &low) ||
              click_read_integer(words[1], 0, UINT32_MAX, &high) || high < low;
    }
    if (words)
        click_words_free(words, count);
    if (bad) {
        text_puts(out, "expected up to two numbers");
        return -EINVAL;
    }
    text_printf(out, "%" PRIu64,
                low + click_random(element) % (high - low + 1));
    return 0;
}

static int read_now(struct element *element,
                    const struct click_handler *handler, const char *param,
                    struct text *out)
{
    (void)handler;
    (void)param;
    text_time(out, click_now(element));
    return 0;
}

/* Whether all of these are handlers for reading (data 0) or writing (1). */
static int read_has(struct element *element,
                    const struct click_handler *handler, const char *param,
                    struct text *out)
{
    unsigned int count;
    char **words = click_split_words(param, &count);
    bool all = words;

    for (unsigned int i = 0; all && i < count; i++)
        all = click_has_handler(element, words[i], handler->data);
    if (words)
        click_words_free(words, count);
    text_puts(out, all ? "true" : "false");
    return 0;
}

#define FUNCTION(word, run, what)                                              \
    {                                                                          \
        .name = (word), .read = read_function, .flags = HANDLER_PARAM,         \
        .data = (run) << 8 | (what)                                            \
    }

const struct click_handler script_math_handlers[] = {
    FUNCTION("add", FOLD, ADD),
    FUNCTION("sub", FOLD, SUB),
    FUNCTION("mul", FOLD, MUL),
    FUNCTION("div", FOLD, DIV),
    FUNCTION("idiv", FOLD, IDIV),
    FUNCTION("min", FOLD, MIN),
    FUNCTION("max", FOLD, MAX),
    FUNCTION("mod", REMAINDER, true),
    FUNCTION("rem", REMAINDER, false),
    FUNCTION("neg", ONE, NEG),
    FUNCTION("abs", ONE, ABS),
    FUNCTION("eq", COMPARE, EQ),
    FUNCTION("ne", COMPARE, LT | GT),
    FUNCTION("lt", COMPARE, LT),
    FUNCTION("le", COMPARE, LT | EQ),
    FUNCTION("gt", COMPARE, GT),
    FUNCTION("ge", COMPARE, GT | EQ),
    FUNCTION("htons", SWAP, SHORT),
    FUNCTION("ntohs", SWAP, SHORT),
    FUNCTION("htonl", SWAP, LONG),
    FUNCTION("ntohl", SWAP, LONG),
    FUNCTION("and", LOGIC, AND),
    FUNCTION("or", LOGIC, OR),
    FUNCTION("nand", LOGIC, NAND),
    FUNCTION("nor", LOGIC, NOR),
    FUNCTION("not", NOT, 0),
    FUNCTION("if", IF, 0),
    FUNCTION("in", IN, 0),
    FUNCTION("first", FIRST, 0),
    FUNCTION("sprintf", FORMAT, 0),
    {.name = "length", .read = read_length, .flags = HANDLER_PARAM},
    {.name = "unquote", .read = read_unquote, .flags = HANDLER_PARAM},
    {.name = "random", .read = read_random, .flags = HANDLER_PARAM},
    {.name = "now", .read = read_now},
    {.name = "readable", .read = read_has, .flags = HANDLER_PARAM},
    {.name = "writable", .read = read_has, .flags = HANDLER_PARAM, .data = 1},
    {0},
};
