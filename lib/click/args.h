/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * args.h: an element's configuration string, as arguments.
 *
 * Most elements say in a table what they take; it is read before configure():
 *
 *     static const struct click_param params[] = {
 *         CLICK_PARAM("CAPACITY", struct queue, capacity, u32,
 *                     CLICK_POSITIONAL),
 *         CLICK_PARAM("LIMIT", struct queue, limit, i32, 0),
 *         {0},
 *     };
 *
 * Positional parameters come in the table's order, then keywords, as in Click:
 * Queue(100), Queue(CAPACITY 100). What is not given keeps the value that the
 * class's defaults() set, else zero. Elements that take what no table says
 * (Classifier's patterns) have no table, or one that ends with CLICK_REST, and
 * look at `words`.
 */
#ifndef CORACLE_CLICK_ARGS_H
#define CORACLE_CLICK_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "coracle/compiler.h"
#include "lib/click/errors.h"

struct element;
struct element_class;

struct click_args {
    struct element *element;
    struct click_errors *errors;
    const char *about;  /* said before each error, or NULL */
    unsigned int count; /* words that the table did not take */
    char **words;       /* as written between commas: comments removed, quotes
                         * and backslashes still there */
    uint64_t given;     /* bit N: params[N] was given */
};

#define CLICK_POSITIONAL 1u /* may be given without its name */
#define CLICK_REQUIRED   2u
#define CLICK_REPEATED   4u /* the field is a struct click_words of them all */

struct click_param {
    const char *name;
    /* Into `to`, the field. 0, or -EINVAL after click_args_error(). */
    int (*parse)(struct click_args *args, const struct click_param *param,
                 const char *word, void *to);
    uint16_t offset, size; /* of the field */
    uint8_t flags;
    bool rest; /* this line ends the table: other words stay in `words` */
};

#define CLICK_PARAM(word, structure, field, type, how)                         \
    {                                                                          \
        .name = (word), .parse = click_parse_##type,                           \
        .offset = offsetof(structure, field),                                  \
        .size = sizeof(((structure *)0)->field), .flags = (how)                \
    }
#define CLICK_REST                                                             \
    {                                                                          \
        .rest = true                                                           \
    }

/* Words that a CLICK_REPEATED parameter was given. */
struct click_words {
    char **words;
    unsigned int count;
};

/* Types, and what the field is. */
int click_parse_bool(struct click_args *, const struct click_param *,
                     const char *word, void *to); /* bool */
int click_parse_u8(struct click_args *, const struct click_param *,
                   const char *word, void *to);
int click_parse_u16(struct click_args *, const struct click_param *,
                    const char *word, void *to);
int click_parse_u32(struct click_args *, const struct click_param *,
                    const char *word, void *to);
int click_parse_i32(struct click_args *, const struct click_param *,
                    const char *word, void *to);
int click_parse_u64(struct click_args *, const struct click_param *,
                    const char *word, void *to);
int click_parse_i64(struct click_args *, const struct click_param *,
                    const char *word, void *to);
/* uint64_t nanoseconds: "1.5", "20ms", "2 min" ... plain numbers: seconds. */
int click_parse_interval(struct click_args *, const struct click_param *,
                         const char *word, void *to);
/* int64_t nanoseconds since 1970. */
int click_parse_time(struct click_args *, const struct click_param *,
                     const char *word, void *to);
/* uint64_t bytes a second: "384 kbps", "1MBps". */
int click_parse_bandwidth(struct click_args *, const struct click_param *,
                          const char *word, void *to);
/* double */
int click_parse_double(struct click_args *, const struct click_param *,
                       const char *word, void *to);
/* char *: unquoted, allocated, freed with the element. */
int click_parse_string(struct click_args *, const struct click_param *,
                       const char *word, void *to);
/* The same of several words, a list. */
int click_parse_list(struct click_args *, const struct click_param *,
                     const char *word, void *to);
/* struct click_bytes: unquoted, may hold zeros; likewise. */
struct click_bytes {
    uint8_t *bytes;
    size_t length;
};
int click_parse_bytes(struct click_args *, const struct click_param *,
                      const char *word, void *to);
/* Names of AddressInfo are understood wherever addresses are. */
int click_parse_ip(struct click_args *, const struct click_param *,
                   const char *word, void *to); /* uint32_t, network order */
struct click_prefix {
    uint32_t address, mask; /* network byte order */
};
int click_parse_prefix(struct click_args *, const struct click_param *,
                       const char *word, void *to); /* struct click_prefix */
int click_parse_ether(struct click_args *, const struct click_param *,
                      const char *word, void *to); /* uint8_t [6] */
/* uint16_t: a port by number or name (PortInfo); host byte order. */
int click_parse_port(struct click_args *, const struct click_param *,
                     const char *word, void *to);
/* struct element *: must exist. */
int click_parse_element(struct click_args *, const struct click_param *,
                        const char *word, void *to);
/* struct click_anno: "PAINT", "16", "20/4". */
struct click_anno {
    uint8_t offset, size;
};
int click_parse_anno(struct click_args *, const struct click_param *,
                     const char *word, void *to);
/* char *, as written. */
int click_parse_word(struct click_args *, const struct click_param *,
                     const char *word, void *to);

/*
 * Read `config` by the table of the element's class: all fields are set, or
 * none and errors were said: 0, -EINVAL, -ENOMEM. With 0, `args` has the words
 * that are left, for click_args_end(). `again`: fields that are not given get
 * their defaults again. For router.c.
 */
MUST_CHECK int click_args_read(struct click_args *args, struct element *element,
                               const char *config, bool again,
                               struct click_errors *errors);
void click_args_end(struct click_args *args);

/* The word of `config` that gives parameter `name` of `class`, as written, or
 * NULL; and `config` with `value` there instead, or added. Both allocated; the
 * second is NULL only if memory is short. */
MUST_CHECK char *click_args_get(const struct element_class *class,
                                const char *config, const char *name);
MUST_CHECK char *click_args_replace(const struct element_class *class,
                                    const char *config, const char *name,
                                    const char *value);

/* Say what is wrong with the element's arguments; returns -EINVAL. */
int click_args_error(struct click_args *args, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* The same types for a single word, without an element's error: 0 or -EINVAL.
 * `near` (may be NULL) is where names are looked up. */
int click_read_ip(const struct element *near, const char *word, uint32_t *to);
int click_read_prefix(const struct element *near, const char *word,
                      struct click_prefix *to);
int click_read_ether(const struct element *near, const char *word,
                     uint8_t to[6]);
int click_read_integer(const char *word, int64_t least, uint64_t most,
                       uint64_t *to);
int click_read_bool(const char *word, bool *to);

/* ---- Words as text --------------------------------------------------------
 *
 * The manual's rules of configuration strings. All results are allocated;
 * NULL: memory is short.
 */

/* Split at commas outside of quotes, brackets of data and comments. */
char **click_split_args(const char *config, unsigned int *count);
/* Split at white space, likewise. */
char **click_split_words(const char *word, unsigned int *count);
/* Quotes and backslashes resolved, zeros possible; and the reverse. */
char *click_unquote(const char *word, size_t *length);
char *click_quote(const char *bytes, size_t length);
void click_words_free(char **words, unsigned int count);

#endif
