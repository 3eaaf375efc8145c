/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script_expand.c: texts with variables and handlers' values in them, and calls
 * of handlers by name.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/calls.h"
#include "lib/click/router.h"
#include "lib/click/script.h"
#include "lib/click/state.h"

#define DEPTH 16

/* ---- Handlers -------------------------------------------------------------
 */

char *script_pop_word(const char **text)
{
    unsigned int count;
    const char *at = *text + strspn(*text, " \t\r\n");
    char **words = click_split_words(at, &count), *word;

    if (!words)
        return NULL;
    word = count ? words[0] : strdup("");
    if (count) {
        /* The word is as it stands in the text, but for comments in front. */
        const char *found = strstr(at, word);

        at = found ? found + strlen(word) : at + strlen(at);
        for (unsigned int i = 1; i < count; i++)
            free(words[i]);
    } else {
        at += strlen(at);
    }
    free(words);
    *text = at + strspn(at, " \t\r\n");
    return word;
}

/* The handler's path at the front of *words, allocated, and *words behind it
 * and one space: more of them are the argument's. */
static char *pop_path(const char **words)
{
    size_t length;
    char *path;

    *words += strspn(*words, " \t\r\n");
    length = strcspn(*words, " \t\r\n");
    path = strndup(*words, length);
    *words += length + ((*words)[length] != '\0');
    return path;
}

/* Which handler `path` is: of an element, else (*element NULL) the router's. A
 * name alone is the script's own first. */
static int find(struct script_scope *scope, const char *path,
                struct element **element, const char **name)
{
    int error = click_path_find(scope->element, path, element, name);

    if (error == -ENOENT)
        return click_error(scope->errors, NULL, "no element named '%.*s'",
                           (int)strcspn(path, "."), path);
    if (error)
        return click_error(scope->errors, NULL, "out of memory");
    if (!*element && !strchr(path, '.') &&
        element_handler_listed(scope->element, path))
        *element = scope->element;
    return 0;
}

int script_read(struct script_scope *scope, const char *words,
                struct text *name, struct text *out)
{
    char *path = pop_path(&words);
    struct text value = {0};
    struct element *element;
    const char *handler;
    int error;

    if (!path)
        return click_error(scope->errors, NULL, "out of memory");
    error = find(scope, path, &element, &handler);
    if (!error) {
        if (name)
            text_printf(name, "%s%s%s", element ? element->name : "",
                        element ? "." : "", handler);
        error = element ? element_read(element, handler, words, &value)
                        : router_read(scope->element->router, handler, words,
                                      &value);
        if (error)
            error = click_error(scope->errors, NULL, "%s", text_string(&value));
        else
            text_add(out, text_string(&value), value.length);
    }
    text_free(&value);
    free(path);
    return error;
}

int script_write(struct script_scope *scope, const char *words)
{
    char *path = pop_path(&words);
    struct element *element;
    const char *handler;
    int error;

    if (!path)
        return click_error(scope->errors, NULL, "out of memory");
    error = find(scope, path, &element, &handler);
    if (!error)
        error = element ? element_write(element, handler, words, scope->errors)
                        : router_write(scope->element->router, handler, words,
                                       scope->errors);
    free(path);
    return error;
}

/* ---- Expansion ------------------------------------------------------------
 */

enum quoting { BARE, PROTECTED, IN_QUOTES };

/* Add a value so that unquoting gives it back, or as it is. */
static void add_value(struct text *out, const struct text *value,
                      enum quoting quoting)
{
    if (quoting == BARE) {
        text_add(out, text_string(value), value->length);
        return;
    }
    if (quoting == PROTECTED)
        text_puts(out, "\"");
    for (size_t i = 0; i < value->length; i++) {
        if (strchr("\\\"$", value->bytes[i]))
            text_puts(out, "\\");
        text_add(out, value->bytes + i, 1);
    }
    if (quoting == PROTECTED)
        text_puts(out, "\"");
}

/* Behind the bracket that closes the one at `at`; NULL: there is none. */
static const char *find_close(const char *at, char open, char close)
{
    unsigned int depth = 0;

    for (char quote = 0; *at; at++) {
        if (*at == '\\' && at[1] && quote != '\'') {
            at++;
        } else if (quote) {
            quote = *at == quote ? 0 : quote;
        } else if (*at == '"' || *at == '\'') {
            quote = *at;
        } else if (*at == open) {
            depth++;
        } else if (*at == close && --depth == 0) {
            return at + 1;
        }
    }
    return NULL;
}

/* What stands in brackets, expanded; the caller frees it. */
static char *expand_inside(struct script_scope *scope, const char *from,
                           const char *end)
{
    char *inside = strndup(from, (size_t)(end - from));
    struct text out = {0};

    if (inside) {
        scope->depth++;
        script_expand(scope, inside, false, &out);
        scope->depth--;
    }
    free(inside);
    return text_take(&out);
}

/* ${x} or ${x-default} */
static bool braced_value(struct script_scope *scope, const char *inside,
                         struct text *value)
{
    size_t length = strcspn(inside, "-");
    char *name = strndup(inside, length);
    bool found = name && scope->variable(scope, name, value);

    if (!found && inside[length]) {
        text_puts(value, inside + length + 1);
        found = true;
    }
    free(name);
    return found;
}

/* $x: a name, or one of the signs that mean something. */
static const char *end_of_name(const char *at)
{
    if (isalnum((unsigned char)*at) || *at == '_')
        while (isalnum((unsigned char)*at) || *at == '_')
            at++;
    else if (*at && strchr("?#$", *at))
        at++;
    return at;
}

/* What stands at the dollar sign `at`; returns behind it, or `at`: nothing. */
static const char *expand_dollar(struct script_scope *scope, const char *at,
                                 enum quoting quoting, struct text *out)
{
    bool call = at[1] == '(', braces = at[1] == '{', found = false;
    struct text value = {0};
    const char *end;
    char *inside;

    if (scope->depth > DEPTH)
        return at;
    end = call     ? find_close(at + 1, '(', ')')
          : braces ? find_close(at + 1, '{', '}')
                   : end_of_name(at + 1);
    if (!end || end == at + 1)
        return at;
    inside = call || braces ? expand_inside(scope, at + 2, end - 1)
                            : strndup(at + 1, (size_t)(end - at - 1));
    if (inside)
        found = call     ? !script_read(scope, inside, NULL, &value)
                : braces ? braced_value(scope, inside, &value)
                         : scope->variable(scope, inside, &value);
    if (found)
        add_value(out, &value, quoting);
    free(inside);
    text_free(&value);
    return found ? end : at;
}

void script_expand(struct script_scope *scope, const char *text, bool protect,
                   struct text *out)
{
    char quote = 0;

    while (*text) {
        const char *next = text + 1;

        if (*text == '$' && quote != '\'') {
            next = expand_dollar(scope, text,
                                 quote     ? IN_QUOTES
                                 : protect ? PROTECTED
                                           : BARE,
                                 out);
            if (next != text) {
                text = next;
                continue;
            }
            next = text + 1;
        } else if (*text == '\\' && quote == '"' && text[1]) {
            next = text + 2;
        } else if (*text == quote) {
            quote = 0;
        } else if (!quote && (*text == '"' || *text == '\'')) {
            quote = *text;
        }
        text_add(out, text, (size_t)(next - text));
        text = next;
    }
}
