/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * words.c: configuration strings cut into words, and quotes taken off and put
 * on: the rules of Click's language manual (click(5), "configuration strings").
 *
 *   'a b'      as it stands
 *   "a\tb"     with C's escapes, and \<00 ff> for bytes
 *   \<00 ff>   bytes, outside of quotes too
 *   comments   as in C++, outside of quotes; they count as white space
 *
 * The scanner below knows these and nothing else: skip_item() passes over one
 * character, quoted text, or comment.
 */
#include "lib/click/args.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/text.h"

static bool is_space(char c)
{
    return isspace((unsigned char)c);
}

static bool is_comment(const char *at)
{
    return at[0] == '/' && (at[1] == '/' || at[1] == '*');
}

static const char *skip_comment(const char *at)
{
    const char *end = at[1] == '/' ? strchr(at, '\n') : strstr(at + 2, "*/");

    if (!end)
        return at + strlen(at);
    return end + (at[1] == '/' ? 1 : 2);
}

/* Behind \<...>. */
static const char *skip_bytes(const char *at)
{
    for (at += 2; *at && *at != '>';)
        at = is_comment(at) ? skip_comment(at) : at + 1;
    return *at ? at + 1 : at;
}

static const char *skip_quoted(const char *at)
{
    char quote = *at++;

    while (*at && *at != quote) {
        if (quote == '"' && at[0] == '\\' && at[1] == '<')
            at = skip_bytes(at);
        else
            at += quote == '"' && at[0] == '\\' && at[1] ? 2 : 1;
    }
    return *at ? at + 1 : at;
}

static const char *skip_item(const char *at)
{
    if (*at == '"' || *at == '\'')
        return skip_quoted(at);
    if (at[0] == '\\' && at[1] == '<')
        return skip_bytes(at);
    if (is_comment(at))
        return skip_comment(at);
    return at + 1;
}

/* ---- Splitting ------------------------------------------------------------
 */

struct words {
    char **words;
    unsigned int count;
    bool failed;
};

/* Add `word` without white space at its ends. */
static void words_add(struct words *list, struct text *word)
{
    char *string, **words;
    size_t length;

    while (word->length > 0 && is_space(word->bytes[word->length - 1]))
        word->bytes[--word->length] = '\0';
    string = text_take(word);
    words = realloc(list->words, (list->count + 2) * sizeof(*words));
    if (words)
        list->words = words;
    if (!string || !words) {
        free(string);
        list->failed = true;
        return;
    }
    for (length = 0; is_space(string[length]);)
        length++;
    memmove(string, string + length, strlen(string + length) + 1);
    words[list->count++] = string;
    words[list->count] = NULL;
}

static char **words_result(struct words *list, unsigned int *count)
{
    *count = list->count;
    if (!list->failed && !list->words)
        list->words = calloc(1, sizeof(*list->words));
    if (list->failed) {
        click_words_free(list->words, list->count);
        *count = 0;
        return NULL;
    }
    return list->words;
}

char **click_split_args(const char *config, unsigned int *count)
{
    struct words list = {0};
    struct text word = {0};
    bool something = false; /* else what comes last is no argument */

    for (const char *at = config; *at;) {
        const char *end = skip_item(at);

        if (*at == ',') {
            words_add(&list, &word);
            something = false;
        } else if (is_comment(at)) {
            text_add(&word, " ", 1);
        } else {
            text_add(&word, at, (size_t)(end - at));
            something |= !is_space(*at);
        }
        at = end;
    }
    if (something)
        words_add(&list, &word);
    text_free(&word);
    return words_result(&list, count);
}

char **click_split_words(const char *config, unsigned int *count)
{
    struct words list = {0};
    struct text word = {0};

    for (const char *at = config; *at;) {
        const char *end = skip_item(at);

        if (!is_space(*at) && !is_comment(at))
            text_add(&word, at, (size_t)(end - at));
        else if (word.length > 0)
            words_add(&list, &word);
        at = end;
    }
    if (word.length > 0)
        words_add(&list, &word);
    text_free(&word);
    return words_result(&list, count);
}

void click_words_free(char **words, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        free(words[i]);
    free(words);
}

/* ---- Quotes ---------------------------------------------------------------
 */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 32) >= 'a' && (c | 32) <= 'f')
        return (c | 32) - 'a' + 10;
    return -1;
}

/* \<...>: digits in pairs, everything else between them is passed over. */
static const char *unquote_bytes(const char *at, struct text *out)
{
    const char *end = skip_bytes(at);
    int high = -1;

    for (at += 2; at < end && *at != '>';) {
        int digit = hex_digit(*at);
        char byte;

        if (is_comment(at)) {
            at = skip_comment(at);
            continue;
        }
        at++;
        if (digit < 0)
            continue;
        if (high >= 0) {
            byte = (char)(high << 4 | digit);
            text_add(out, &byte, 1);
            high = -1;
        } else {
            high = digit;
        }
    }
    return end;
}

/* A number of at most `digits` digits; returns behind it. */
static const char *unquote_number(const char *at, unsigned int base,
                                  unsigned int digits, struct text *out)
{
    unsigned int value = 0;
    char byte;

    for (unsigned int i = 0; i < digits; i++, at++) {
        int digit = hex_digit(*at);

        if (digit < 0 || (unsigned int)digit >= base)
            break;
        value = value * base + (unsigned int)digit;
    }
    byte = (char)value;
    text_add(out, &byte, 1);
    return at;
}

/* A backslash in double quotes. */
static const char *unquote_escape(const char *at, struct text *out)
{
    static const char names[] = "abfnrtv", values[] = "\a\b\f\n\r\t\v";
    const char *name;

    if (at[1] == '<')
        return unquote_bytes(at, out);
    if (at[1] >= '0' && at[1] <= '7')
        return unquote_number(at + 1, 8, 3, out);
    if (at[1] == 'x' && hex_digit(at[2]) >= 0)
        return unquote_number(at + 2, 16, 2, out);
    if (at[1] == '\n')
        return at + 2;
    if (!at[1])
        return at + 1;
    name = strchr(names, at[1]);
    text_add(out, name ? values + (name - names) : at + 1, 1);
    return at + 2;
}

static const char *unquote_quoted(const char *at, struct text *out)
{
    char quote = *at++;

    while (*at && *at != quote) {
        if (quote == '"' && *at == '\\') {
            at = unquote_escape(at, out);
        } else {
            text_add(out, at, 1);
            at++;
        }
    }
    return *at ? at + 1 : at;
}

char *click_unquote(const char *word, size_t *length)
{
    struct text out = {0};

    while (*word) {
        if (*word == '"' || *word == '\'') {
            word = unquote_quoted(word, &out);
        } else if (word[0] == '\\' && word[1] == '<') {
            word = unquote_bytes(word, &out);
        } else {
            text_add(&out, word, 1);
            word++;
        }
    }
    if (length)
        *length = out.length;
    return text_take(&out);
}

static bool needs_quotes(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isgraph((unsigned char)bytes[i]) || strchr("\"'\\,#$", bytes[i]) ||
            (bytes[i] == '/' && i + 1 < length &&
             (bytes[i + 1] == '/' || bytes[i + 1] == '*')))
            return true;
    return length == 0;
}

char *click_quote(const char *bytes, size_t length)
{
    struct text out = {0};

    if (!needs_quotes(bytes, length)) {
        text_add(&out, bytes, length);
        return text_take(&out);
    }
    text_puts(&out, "\"");
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];

        if (byte == '\\' || byte == '"' || byte == '$')
            text_printf(&out, "\\%c", byte);
        else if (byte == '\t' || byte == '\n' || byte == '\r')
            text_puts(&out, byte == '\t'   ? "\\t"
                            : byte == '\n' ? "\\n"
                                           : "\\r");
        else if (byte < 32 || byte >= 127)
            text_printf(&out, "\\%03o", byte);
        else
            text_add(&out, bytes + i, 1);
    }
    text_puts(&out, "\"");
    return text_take(&out);
}
