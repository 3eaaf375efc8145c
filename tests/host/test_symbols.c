/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_symbols.c: lib/symbols.c with a table by hand. That tools/symbols writes
 * such tables is seen in each crash report (tests/guest/kernel/test_kernel.py).
 */
#include <string.h>
#include "test.h"
#include "lib/symbols.h"

#define image_start   image
#define text_end      image_end
#define symbols_start table
#define symbols_end   table_end
#include "lib/symbols.c"

/* 'x' stands for "ab", 'y' for "xx", that is "abab". Functions: "c" 16 bytes
 * behind the start, "xc" 300 behind that, "yyc" 2 behind that, whose "c" and
 * end are one 'z'. */
__asm__(".globl image, image_end, table, table_end\n"
        ".data\n"
        "image: .skip 1000\n"
        "image_end:\n"
        "table:\n"
        ".set code, 0\n"
        ".rept 256\n"
        ".if code == 'x'\n .byte 'a', 'b'\n"
        ".elseif code == 'y'\n .byte 'x', 'x'\n"
        ".elseif code == 'z'\n .byte 'c', 0\n"
        ".else\n .byte 0, code\n"
        ".endif\n"
        ".set code, code + 1\n"
        ".endr\n"
        ".byte 16, 'c', 0\n"
        ".byte 0xac, 2, 'x', 'c', 0\n"
        ".byte 2, 'y', 'y', 'z'\n"
        "table_end:\n"
        ".text\n");

static void check_found(size_t at, const char *name, size_t offset)
{
    struct symbol symbol;

    CHECK(symbol_find(image + at, &symbol));
    CHECK_STRING(symbol.name, name);
    CHECK_EQUAL(symbol.offset, offset);
}

TEST(functions_are_found)
{
    check_found(16, "c", 0);
    check_found(315, "c", 299);
    check_found(316, "abc", 0);
    check_found(317, "abc", 1);
    check_found(318, "ababababc", 0);
    check_found(999, "ababababc", 681);
}

TEST(what_is_no_function)
{
    struct symbol symbol;

    CHECK(!symbol_find(image, &symbol));
    CHECK(!symbol_find(image + 15, &symbol));
    CHECK(!symbol_find(image - 1, &symbol));
    CHECK(!symbol_find(image_end, &symbol));
    CHECK(!symbol_find(NULL, &symbol));
}
