/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_click_filter.c: any text as patterns of IPFilter, any bytes as a packet.
 * What the optimized program says is what the plain one says, for packets whose
 * words are there or not as a whole (program.h).
 */
#include <stdlib.h>
#include <string.h>
#include "lib/click/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Patterns, a line each, up to a zero byte. */
static int build(const char *text, bool optimize, struct program *program)
{
    struct program_builder builder = {0};
    char line[512], why[100];
    unsigned int output = 0;

    while (*text && output < 40) {
        size_t length = strcspn(text, "\n");
        program_expr_t expr;

        if (length < sizeof(line)) {
            memcpy(line, text, length);
            line[length] = '\0';
            if (filter_parse(&builder, NULL, line, &expr, why, sizeof(why)) ==
                0)
                program_pattern(&builder, expr, PROGRAM_OUTPUT | output++);
        }
        text += length + (text[length] == '\n');
    }
    return optimize ? program_build(&builder, program)
                    : program_build_plain(&builder, program);
}

static void compare(const struct program *one, const struct program *other,
                    const uint8_t *bytes, size_t size)
{
    struct packet *packet = click_packet(PACKET_HEADROOM, 14 + (unsigned)size);

    memset(packet->data, 0, 14);
    memcpy(packet->data + 14, bytes, size);
    click_set_mac_header(packet, 0);
    click_set_network_header(packet, 14, 20);
    if (program_match_ip(one, packet) != program_match_ip(other, packet))
        abort();
    packet_free(packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct program optimized, plain;
    struct text text = {0};
    size_t length = strnlen((const char *)data, size);
    char *patterns;

    if (size > 4096 || length == size)
        return 0;
    patterns = strdup((const char *)data);
    if (build(patterns, true, &optimized) == 0 &&
        build(patterns, false, &plain) == 0) {
        size_t left = size - length - 1;

        if (left > 80)
            left = 80;
        compare(&optimized, &plain, data + length + 1, left & ~3u);
        program_unparse(&optimized, &text);
        text_free(&text);
        program_free(&plain);
    }
    program_free(&optimized);
    free(patterns);
    return 0;
}
