/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print.c: packets' bytes, for people.
 *
 * =c
 * Print([LABEL, MAXLENGTH, KEYWORDS])
 * =s debugging
 * prints packets' contents
 * =d
 * Prints a line for each packet and passes it on: LABEL, the packet's length,
 * and its first MAXLENGTH bytes (24, if not given; all, if negative), in hex.
 * Keyword arguments:
 *
 *   MAXLENGTH  bytes to print
 *   CONTENTS   NONE (or false), HEX (or true; as if not given) or ASCII
 *   TIMESTAMP  true: print the packet's timestamp, too; false, if not given
 *   PRINTANNO  true: print the 48 bytes of its annotations, too
 *   HEADROOM   true: print the room in front of and behind its bytes, too
 *   ACTIVE     false: print nothing; true, if not given
 *
 * =h active read/write
 * the ACTIVE argument
 * =e
 *   Print(ok)   prints:   ok:   64 | 52616e64 6f6d2062 ...
 * =a IPPrint
 */
#include <strings.h>
#include "lib/click/element.h"

struct print {
    struct element element;
    char *label, *contents;
    int32_t most;
    bool timestamp, annotations, headroom, active;
    bool none, ascii;
};

static void defaults(struct element *element)
{
    struct print *print = (struct print *)element;

    print->most = 24;
    print->active = true;
}

static int configure(struct element *element, struct click_args *args)
{
    struct print *print = (struct print *)element;
    const char *contents = print->contents ? print->contents : "HEX";
    bool none = !strcasecmp(contents, "NONE"), hex = true, yes;
    bool ascii = !strcasecmp(contents, "ASCII");

    if (!click_read_bool(contents, &yes))
        none = !yes;
    else
        hex = !strcasecmp(contents, "HEX");

    if (!none && !hex && !ascii)
        return click_args_error(args,
                                "CONTENTS: expected NONE, HEX or ASCII, "
                                "not '%s'",
                                contents);
    print->none = none;
    print->ascii = ascii;
    return 0;
}

static void write_hex(struct text *line, const uint8_t *bytes, size_t count,
                      unsigned int group)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < count; i++) {
        char pair[3] = {' ', digits[bytes[i] >> 4], digits[bytes[i] & 15]};
        bool space = group && i > 0 && i % group == 0;

        text_add(line, space ? pair : pair + 1, space ? 3 : 2);
    }
}

static void write_ascii(struct text *line, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char c = bytes[i] >= 32 && bytes[i] < 127 ? (char)bytes[i] : '.';

        if (i > 0 && i % 8 == 0)
            text_add(line, " ", 1);
        text_add(line, &c, 1);
    }
}

/* In lines' words, 32 bytes at a time: a packet may be in pieces. */
static void write_contents(const struct print *print,
                           const struct packet *packet, struct text *line)
{
    size_t count = packet->total;
    uint8_t bytes[32];

    if (print->most >= 0 && count > (size_t)print->most)
        count = (size_t)print->most;
    for (size_t at = 0; at < count; at += sizeof(bytes)) {
        size_t some = count - at < sizeof(bytes) ? count - at : sizeof(bytes);

        if (!packet_read(packet, at, bytes, some))
            return;
        text_puts(line, at ? " " : print->ascii ? " |  " : " | ");
        if (print->ascii)
            write_ascii(line, bytes, some);
        else
            write_hex(line, bytes, some, 4);
    }
}

static struct packet *simple(struct element *element, struct packet *packet)
{
    const struct print *print = (struct print *)element;
    const struct click_notes *notes = click_notes_const(packet);
    struct text line = {0};

    if (!print->active)
        return packet;
    if (print->label && *print->label)
        text_printf(&line, "%s: ", print->label);
    if (print->timestamp) {
        text_time(&line, notes->time);
        text_puts(&line, ": ");
    }
    text_printf(&line, "%4u", packet->total);
    if (print->headroom)
        text_printf(&line, " (h%d t%d)", (int)(packet->data - packet->start),
                    (int)(packet->end - packet->data) - (int)packet->length);
    if (print->annotations) {
        text_puts(&line, " | ");
        write_hex(&line, notes->user, sizeof(notes->user), 0);
    }
    if (!print->none)
        write_contents(print, packet, &line);
    click_say(element, "%s", text_string(&line));
    text_free(&line);
    return packet;
}

static const struct click_param params[] = {
    CLICK_PARAM("LABEL", struct print, label, string, CLICK_POSITIONAL),
    CLICK_PARAM("MAXLENGTH", struct print, most, i32, CLICK_POSITIONAL),
    CLICK_PARAM("NBYTES", struct print, most, i32, 0),
    CLICK_PARAM("CONTENTS", struct print, contents, string, 0),
    CLICK_PARAM("TIMESTAMP", struct print, timestamp, bool, 0),
    CLICK_PARAM("PRINTANNO", struct print, annotations, bool, 0),
    CLICK_PARAM("HEADROOM", struct print, headroom, bool, 0),
    CLICK_PARAM("ACTIVE", struct print, active, bool, 0),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_ACTIVE(struct print, active),
    {0},
};

const struct element_class click_class_Print = {
    .name = "Print",
    .ports = "1/1",
    .processing = "a/a",
    .passes = true,
    .size = sizeof(struct print),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .reconfigurable = true,
    .simple = simple,
    .handlers = handlers,
};
