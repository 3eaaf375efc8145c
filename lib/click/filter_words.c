/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter_words.c: the text of a filter as words.
 *
 * Blanks separate words and operators separate themselves, as in most
 * languages. Two things are peculiar to this one: a "[12:2]" belongs to the
 * word before it, and a colon is a word of its own only between blanks, since
 * Ethernet addresses have some.
 *
 * All words of a text are in one block of memory, so that the parser frees them
 * at once, whatever it came to. Pure logic; no locks.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/filter_parser.h"

size_t filter_operator_length(const char *text)
{
    static const char *const two[] = {"&&", "||", "==", "!=", "<=", ">="};

    for (unsigned int i = 0; i < ARRAY_SIZE(two); i++)
        if (!strncmp(text, two[i], 2))
            return 2;
    return *text && strchr("()!&|?<>=", *text) ? 1 : 0;
}

static size_t word_length(const char *text)
{
    size_t length = filter_operator_length(text);

    if (length)
        return length;
    while (text[length] && !isspace((unsigned char)text[length]) &&
           !filter_operator_length(text + length)) {
        if (text[length] == '[')
            length += strcspn(text + length, "]");
        if (text[length])
            length++;
    }
    return length;
}

/* All words behind each other in one block, after pointers to them. */
char **filter_split(const char *text)
{
    size_t count = 0, length, room = strlen(text);
    char **words = malloc((room + 1) * sizeof(*words) + 2 * room + 1);
    char *to = words ? (char *)(words + room + 1) : NULL;

    while (words) {
        text += strspn(text, " \t\r\n\f\v");
        length = word_length(text);
        if (length == 0)
            break;
        words[count++] = to;
        memcpy(to, text, length);
        to[length] = '\0';
        to += length + 1;
        text += length;
    }
    if (words)
        words[count] = NULL;
    return words;
}
