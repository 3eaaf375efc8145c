/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdline.c: splitting a command line into words, as a shell does.
 *
 * One pass. `in` walks the line; `out` collects the characters of the words.
 * A word shrinks when its quotes go, so `out` never needs more room than the
 * line itself; it is checked all the same, because the caller chose the size.
 *
 * Left out on purpose: variables, globs and comments. Whoever wrote the line
 * (xl's `extra`, or ARGS of `make run`) had a shell for that.
 */
#include "lib/libc/cmdline.h"

#include <stdbool.h>

struct splitter {
    const char *in;
    char *out;
    char *end; /* of the storage */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Append one character; false if there is no room. */
static bool put(struct splitter *s, char c)
{
    if (s->out == s->end)
        return false;
    *s->out++ = c;
    return true;
}

/* The rest of a quoted piece; `in` stands behind the opening quote. */
static int put_quoted(struct splitter *s, char quote)
{
    for (; *s->in != quote; s->in++) {
        if (*s->in == '\0')
            return COMMAND_LINE_OPEN_QUOTE;
        if (quote == '"' && *s->in == '\\' &&
            (s->in[1] == '"' || s->in[1] == '\\'))
            s->in++;
        if (!put(s, *s->in))
            return COMMAND_LINE_TOO_LONG;
    }
    s->in++;
    return 0;
}

/* One word, from its first character up to the blank or the end behind it. */
static int put_word(struct splitter *s)
{
    while (*s->in != '\0' && !is_blank(*s->in)) {
        char c = *s->in++;
        int error = 0;

        if (c == '\'' || c == '"') {
            error = put_quoted(s, c);
        } else {
            /* A backslash at the very end stands for itself. */
            if (c == '\\' && *s->in != '\0')
                c = *s->in++;
            if (!put(s, c))
                error = COMMAND_LINE_TOO_LONG;
        }
        if (error != 0)
            return error;
    }
    return put(s, '\0') ? 0 : COMMAND_LINE_TOO_LONG;
}

int command_line_split(const char *line, char *storage, size_t storage_size,
                       char **words, size_t max)
{
    struct splitter s = {line, storage, storage + storage_size};
    size_t count = 0;

    for (;;) {
        int error;

        while (is_blank(*s.in))
            s.in++;
        if (*s.in == '\0')
            return (int)count;
        if (count == max)
            return COMMAND_LINE_TOO_MANY;
        words[count++] = s.out;
        error = put_word(&s);
        if (error != 0)
            return error;
    }
}

const char *command_line_message(int error)
{
    switch (error) {
    case COMMAND_LINE_TOO_LONG:
        return "the command line is too long";
    case COMMAND_LINE_TOO_MANY:
        return "too many arguments";
    case COMMAND_LINE_OPEN_QUOTE:
        return "a quote in the command line does not end";
    default:
        return "the command line is wrong";
    }
}

static bool is_setting(const char *word)
{
    const char *c = word;

    while ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_' ||
           (c != word && *c >= '0' && *c <= '9'))
        c++;
    return c != word && *c == '=';
}

int command_line_settings(char *const *words, int count)
{
    int settings = 0;

    while (settings < count && is_setting(words[settings]))
        settings++;
    return settings;
}
