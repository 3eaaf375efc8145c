/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * parameters.c: the types of args.h's tables: a word is read (types.c), and
 * what is wrong with it is said with the parameter's name.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/args.h"
#include "lib/click/state.h"
#include "lib/click/types.h"

/* 0, or what is wrong said. */
static int wrong(struct click_args *args, const struct click_param *param,
                 const char *word, const char *expected, int error)
{
    if (error == -ERANGE)
        return click_args_error(args, "%s: '%s' is out of range", param->name,
                                word);
    if (error)
        return click_args_error(args, "%s: expected %s, not '%s'", param->name,
                                expected, word);
    return 0;
}

static int integer(struct click_args *args, const struct click_param *param,
                   const char *word, int64_t least, uint64_t most,
                   uint64_t *value)
{
    int error = click_read_integer(word, least, most, value);

    if (error == -ERANGE && least < 0)
        return click_args_error(
            args, "%s: '%s' is out of range, %" PRId64 " to %" PRIu64,
            param->name, word, least, most);
    if (error == -ERANGE)
        return click_args_error(args, "%s: '%s' is out of range, 0 to %" PRIu64,
                                param->name, word, most);
    return wrong(args, param, word, "an integer", error);
}

#define INTEGER(name, type, least, most)                                       \
    int click_parse_##name(struct click_args *args,                            \
                           const struct click_param *param, const char *word,  \
                           void *to)                                           \
    {                                                                          \
        uint64_t value;                                                        \
        int error = integer(args, param, word, least, most, &value);           \
                                                                               \
        if (!error)                                                            \
            *(type *)to = (type)value;                                         \
        return error;                                                          \
    }

INTEGER(u8, uint8_t, 0, UINT8_MAX)
INTEGER(u16, uint16_t, 0, UINT16_MAX)
INTEGER(u32, uint32_t, 0, UINT32_MAX)
INTEGER(u64, uint64_t, 0, UINT64_MAX)
INTEGER(i32, int32_t, INT32_MIN, INT32_MAX)
INTEGER(i64, int64_t, INT64_MIN, INT64_MAX)

int click_parse_bool(struct click_args *args, const struct click_param *param,
                     const char *word, void *to)
{
    return wrong(args, param, word, "true or false", click_read_bool(word, to));
}

int click_parse_interval(struct click_args *args,
                         const struct click_param *param, const char *word,
                         void *to)
{
    return wrong(args, param, word, "a time like 1.5s or 20ms",
                 click_read_interval(word, to));
}

int click_parse_time(struct click_args *args, const struct click_param *param,
                     const char *word, void *to)
{
    return wrong(args, param, word, "seconds since 1970",
                 click_read_time(word, to));
}

int click_parse_bandwidth(struct click_args *args,
                          const struct click_param *param, const char *word,
                          void *to)
{
    bool unit;
    int error = click_read_bandwidth(word, to, &unit);

    if (!error && !unit)
        click_warning(args->errors, NULL,
                      "%s: no units on bandwidth %s, assuming Bps", param->name,
                      word);
    return wrong(args, param, word, "a bandwidth like 10Mbps or 1.2MBps",
                 error);
}

int click_parse_double(struct click_args *args, const struct click_param *param,
                       const char *word, void *to)
{
    return wrong(args, param, word, "a number", click_read_double(word, to));
}

/* ---- Strings --------------------------------------------------------------
 */

static int no_memory(struct click_args *args, const struct click_param *param)
{
    (void)click_args_error(args, "%s: out of memory", param->name);
    return -ENOMEM;
}

/* Whether `word` is one word: white space is in quotes. */
static bool one_word(const char *word)
{
    unsigned int count;
    char **words = click_split_words(word, &count);

    if (words)
        click_words_free(words, count);
    return words && count == 1;
}

int click_parse_bytes(struct click_args *args, const struct click_param *param,
                      const char *word, void *to)
{
    struct click_bytes *bytes = to;
    size_t length;
    char *string;

    if (param->parse != click_parse_list && !one_word(word))
        return wrong(args, param, word, "a string", -EINVAL);
    string = click_unquote(word, &length);
    bytes->bytes =
        string ? element_alloc_parameter(args->element, length + 1) : NULL;
    if (bytes->bytes) {
        memcpy(bytes->bytes, string, length);
        bytes->length = length;
    }
    free(string);
    return bytes->bytes ? 0 : no_memory(args, param);
}

int click_parse_string(struct click_args *args, const struct click_param *param,
                       const char *word, void *to)
{
    struct click_bytes bytes;
    int error = click_parse_bytes(args, param, word, &bytes);

    if (error)
        return error;
    if (memchr(bytes.bytes, '\0', bytes.length))
        return wrong(args, param, word, "a string without zeros", -EINVAL);
    *(char **)to = (char *)bytes.bytes;
    return 0;
}

int click_parse_list(struct click_args *args, const struct click_param *param,
                     const char *word, void *to)
{
    return click_parse_string(args, param, word, to);
}

int click_parse_word(struct click_args *args, const struct click_param *param,
                     const char *word, void *to)
{
    char *copy = element_alloc_parameter(args->element, strlen(word) + 1);

    if (!copy)
        return no_memory(args, param);
    strcpy(copy, word);
    *(char **)to = copy;
    return 0;
}

/* ---- Addresses and names --------------------------------------------------
 */

int click_parse_ip(struct click_args *args, const struct click_param *param,
                   const char *word, void *to)
{
    return wrong(args, param, word, "an IP address",
                 click_read_ip(args->element, word, to));
}

int click_parse_prefix(struct click_args *args, const struct click_param *param,
                       const char *word, void *to)
{
    return wrong(args, param, word, "an IP prefix like 10.0.0.0/8",
                 click_read_prefix(args->element, word, to));
}

int click_parse_ether(struct click_args *args, const struct click_param *param,
                      const char *word, void *to)
{
    return wrong(args, param, word, "an Ethernet address",
                 click_read_ether(args->element, word, to));
}

int click_parse_port(struct click_args *args, const struct click_param *param,
                     const char *word, void *to)
{
    return wrong(args, param, word, "a port",
                 click_read_port(args->element, word, to));
}

int click_parse_anno(struct click_args *args, const struct click_param *param,
                     const char *word, void *to)
{
    return wrong(args, param, word, "an annotation",
                 click_read_anno(args->element, word, to));
}

int click_parse_element(struct click_args *args,
                        const struct click_param *param, const char *word,
                        void *to)
{
    char *name = click_unquote(word, NULL);
    struct element *element = name ? element_find(args->element, name) : NULL;

    if (!name)
        return no_memory(args, param);
    free(name);
    if (!element)
        return click_args_error(args, "%s: no element named '%s'", param->name,
                                word);
    *(struct element **)to = element;
    return 0;
}
