/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * args.c: an element's configuration string against its class's table.
 *
 * A word may be "NAME value", if it begins like that, or a value alone. Values
 * alone go to the positional parameters, in the table's order; words with a
 * name of the table may stand between them. A parameter that is required and
 * has got nothing takes the next word even if it looks like "NAME value". Given
 * by name twice, the last one counts.
 *
 * Fields are set in a copy of the element's structure and copied to it when all
 * of them were read: a mistake changes nothing.
 */
#include "lib/click/args.h"
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/state.h"

struct reader {
    struct click_args *args;
    char **words;
    unsigned int count;
    bool *used;
    unsigned int front; /* behind the last word taken without a name */
    char *fields;       /* the copy of the element */
    bool failed;
};

int click_args_error(struct click_args *args, const char *format, ...)
{
    struct text text = {0};
    va_list arguments;
    int error;

    va_start(arguments, format);
    text_vprintf(&text, format, arguments);
    va_end(arguments);
    error = click_error(args->errors, NULL, "%s%s",
                        args->about ? args->about : "", text_string(&text));
    text_free(&text);
    return error;
}

/* How long the name is with which `word` begins; 0: it is a value alone. */
static size_t name_length(const char *word)
{
    size_t length = 0, space;

    while (isalnum((unsigned char)word[length]) ||
           (word[length] && strchr("_:.?!", word[length])))
        length++;
    space = length;
    while (isspace((unsigned char)word[space]))
        space++;
    return length > 0 && space > length && word[space] ? length : 0;
}

static const char *behind_name(const char *word)
{
    word += name_length(word);
    while (isspace((unsigned char)*word))
        word++;
    return word;
}

static bool has_name(const char *word, const char *name)
{
    size_t length = strlen(name);

    return name_length(word) == length && !memcmp(word, name, length);
}

/* ---- Finding words --------------------------------------------------------
 */

/* The last word with the parameter's name; all of them count as used. */
static const char *find_named(struct reader *reader,
                              const struct click_param *param)
{
    const char *found = NULL;

    for (unsigned int i = 0; i < reader->count; i++)
        if (!reader->used[i] && has_name(reader->words[i], param->name)) {
            reader->used[i] = true;
            found = behind_name(reader->words[i]);
        }
    return found;
}

static bool has_known_name(const struct reader *reader, const char *word)
{
    const struct click_param *param = reader->args->element->class->params;

    if (!name_length(word))
        return false;
    for (; param && param->name; param++)
        if (has_name(word, param->name))
            return true;
    return false;
}

/* The next word without a name of the table, if it is a value alone, or if need
 * be. */
static const char *find_in_front(struct reader *reader, bool needed)
{
    unsigned int i = reader->front;

    while (i < reader->count &&
           (reader->used[i] || has_known_name(reader, reader->words[i])))
        i++;
    if (i == reader->count || (!needed && name_length(reader->words[i])))
        return NULL;
    reader->used[i] = true;
    reader->front = i + 1;
    return reader->words[i];
}

static const char *find_word(struct reader *reader,
                             const struct click_param *param)
{
    const char *named = find_named(reader, param), *word;

    if (!(param->flags & CLICK_POSITIONAL))
        return named;
    word = find_in_front(reader, !named && (param->flags & CLICK_REQUIRED));
    return named ? named : word;
}

/* ---- Reading the table ----------------------------------------------------
 */

/* A copy of `word` at the end of the list, both in the element's memory. */
static void repeat(struct reader *reader, struct click_words *words,
                   const char *word)
{
    struct element *element = reader->args->element;
    char *copy = element_alloc_parameter(element, strlen(word) + 1);

    if (!words->words)
        words->words = element_alloc_parameter(element, (reader->count + 1) *
                                                            sizeof(char *));
    if (!copy || !words->words) {
        (void)click_args_error(reader->args, "out of memory");
        reader->failed = true;
        return;
    }
    strcpy(copy, word);
    words->words[words->count++] = copy;
}

static bool read_repeated(struct reader *reader,
                          const struct click_param *param)
{
    struct click_words *words = (void *)(reader->fields + param->offset);
    const char *word;

    while ((param->flags & CLICK_POSITIONAL) &&
           (word = find_in_front(reader, false)))
        repeat(reader, words, word);
    for (unsigned int i = 0; i < reader->count; i++)
        if (!reader->used[i] && has_name(reader->words[i], param->name)) {
            reader->used[i] = true;
            repeat(reader, words, behind_name(reader->words[i]));
        }
    return words->count > 0;
}

static bool read_param(struct reader *reader, const struct click_param *param)
{
    const char *word;

    if (param->flags & CLICK_REPEATED)
        return read_repeated(reader, param);
    word = find_word(reader, param);
    if (word &&
        param->parse(reader->args, param, word, reader->fields + param->offset))
        reader->failed = true;
    return word;
}

/* Say of the words that nobody took what is wrong with them. */
static void refuse_rest(struct reader *reader)
{
    bool too_many = false;

    for (unsigned int i = 0; i < reader->count; i++) {
        size_t length = name_length(reader->words[i]);

        if (reader->used[i])
            continue;
        reader->failed = true;
        if (length)
            (void)click_args_error(reader->args, "%.*s: unknown argument",
                                   (int)length, reader->words[i]);
        else
            too_many = true;
    }
    if (too_many)
        (void)click_args_error(reader->args, "too many arguments");
}

static void read_table(struct reader *reader, const struct click_param *params)
{
    bool rest = !params;

    for (unsigned int i = 0; params && (params[i].name || params[i].rest);
         i++) {
        if (params[i].rest) {
            rest = true;
            break;
        }
        if (read_param(reader, &params[i]))
            reader->args->given |= 1ull << i;
        else if (params[i].flags & CLICK_REQUIRED) {
            (void)click_args_error(
                reader->args, "%s: required argument missing", params[i].name);
            reader->failed = true;
        }
    }
    if (!rest)
        refuse_rest(reader);
}

static void set_fields(struct reader *reader, const struct click_param *params)
{
    char *element = (char *)reader->args->element;

    for (; params && params->name; params++)
        memcpy(element + params->offset, reader->fields + params->offset,
               params->size);
}

/* What is left goes to the front; the rest is freed. */
static void keep_rest(struct reader *reader)
{
    unsigned int kept = 0;

    for (unsigned int i = 0; i < reader->count; i++)
        if (reader->used[i])
            free(reader->words[i]);
        else
            reader->words[kept++] = reader->words[i];
    reader->args->words = reader->words;
    reader->args->count = kept;
}

static void reset_fields(struct reader *reader,
                         const struct element_class *class)
{
    for (const struct click_param *param = class->params; param && param->name;
         param++)
        memset(reader->fields + param->offset, 0, param->size);
    if (class->defaults)
        class->defaults((struct element *)reader->fields);
}

int click_args_read(struct click_args *args, struct element *element,
                    const char *config, bool again, struct click_errors *errors)
{
    const struct element_class *class = element->class;
    struct reader reader = {.args = args};

    *args = (struct click_args){.element = element, .errors = errors};
    reader.words = click_split_args(config, &reader.count);
    reader.used = calloc(reader.count + 1, sizeof(*reader.used));
    reader.fields = malloc(class->size);
    if (!reader.words || !reader.used || !reader.fields) {
        (void)click_args_error(args, "out of memory");
        reader.failed = true;
    } else {
        memcpy(reader.fields, element, class->size);
        if (again)
            reset_fields(&reader, class);
        read_table(&reader, class->params);
        if (!reader.failed)
            set_fields(&reader, class->params);
    }
    if (reader.failed && reader.words)
        click_words_free(reader.words, reader.count);
    else if (!reader.failed)
        keep_rest(&reader);
    free(reader.used);
    free(reader.fields);
    return reader.failed ? -EINVAL : 0;
}

void click_args_end(struct click_args *args)
{
    click_words_free(args->words, args->count);
    args->words = NULL;
    args->count = 0;
}

/* ---- One argument of a string ---------------------------------------------
 */

/* The word that gives parameter `name`: by its name, else by its place; `count`
 * if none does. */
static unsigned int find_argument(const struct element_class *class,
                                  const char *name, char **words,
                                  unsigned int count)
{
    const struct click_param *param = class->params;
    unsigned int place = 0;

    for (unsigned int i = count; i > 0; i--)
        if (has_name(words[i - 1], name))
            return i - 1;
    for (; param && param->name && strcmp(param->name, name); param++)
        place += param->flags & CLICK_POSITIONAL ? 1 : 0;
    if (!param || !param->name || !(param->flags & CLICK_POSITIONAL) ||
        place >= count)
        return count;
    for (unsigned int i = 0; i <= place; i++)
        if (name_length(words[i]))
            return count;
    return place;
}

char *click_args_get(const struct element_class *class, const char *config,
                     const char *name)
{
    unsigned int count, place;
    char **words = click_split_args(config, &count), *found = NULL;

    if (!words)
        return NULL;
    place = find_argument(class, name, words, count);
    if (place < count)
        found = strdup(has_name(words[place], name) ? behind_name(words[place])
                                                    : words[place]);
    click_words_free(words, count);
    return found;
}

char *click_args_replace(const struct element_class *class, const char *config,
                         const char *name, const char *value)
{
    unsigned int count, place;
    char **words = click_split_args(config, &count);
    struct text out = {0};

    if (!words)
        return NULL;
    place = find_argument(class, name, words, count);
    for (unsigned int i = 0; i < count; i++) {
        text_puts(&out, i ? ", " : "");
        if (i != place)
            text_puts(&out, words[i]);
        else if (has_name(words[i], name))
            text_printf(&out, "%s %s", name, value);
        else
            text_puts(&out, value);
    }
    if (place == count)
        text_printf(&out, "%s%s %s", count ? ", " : "", name, value);
    click_words_free(words, count);
    return text_take(&out);
}
