/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rewriter_spec.c: what becomes of packets of flows that nobody knows yet: the
 * input specifications of rewriters.
 *
 *     drop
 *     pass [OUTPUT]
 *     keep FOUTPUT ROUTPUT
 *     pattern PATTERN FOUTPUT ROUTPUT
 *
 * or the name of an element that decides, an IPMapper. One is read for each
 * input, and may be written again while the rewriter works.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/elements/rewriter.h"
#include "lib/printf.h"

/* The last `count` words are outputs. */
static int read_outputs(struct click_args *args, char *const *words,
                        unsigned int count, struct spec *spec)
{
    for (unsigned int i = 0; i < count; i++) {
        uint64_t output;

        if (click_read_integer(words[i], 0, UINT32_MAX, &output) != 0 ||
            output >= args->element->outputs)
            return click_args_error(args,
                                    "bad output '%s': this element has %u",
                                    words[i], args->element->outputs);
        spec->outputs[i] = (unsigned int)output;
    }
    return 0;
}

static int read_pattern(struct click_args *args, enum pattern_kind kind,
                        char *const *words, unsigned int count,
                        struct spec *spec)
{
    spec->action = SPEC_PATTERN;
    if (count < 4)
        return click_args_error(args,
                                "expected 'pattern PATTERN FOUTPUT ROUTPUT'");
    if (count == 4) {
        spec->pattern = pattern_find(args->element, words[1]);
        spec->shared = true;
        if (!spec->pattern)
            return click_args_error(args, "there is no pattern '%s'", words[1]);
        if (spec->pattern->kind != kind) {
            spec->pattern = pattern_copy(spec->pattern, kind);
            spec->shared = false;
            if (!spec->pattern)
                return -ENOMEM;
        }
    } else {
        spec->pattern = pattern_parse(args, kind, words + 1, count - 3);
        if (!spec->pattern)
            return -EINVAL;
    }
    return read_outputs(args, words + count - 2, 2, spec);
}

static int read_mapper(struct click_args *args, const char *name,
                       struct spec *spec)
{
    struct element *element = element_find(args->element, name);

    spec->action = SPEC_MAPPER;
    if (element)
        spec->mapper = element_cast(element, "IPMapper");
    if (!spec->mapper)
        return click_args_error(
            args,
            "'%s' is not 'drop', 'pass', 'keep', 'pattern' or an IPMapper",
            name);
    return 0;
}

static int read_words(struct click_args *args, enum pattern_kind kind,
                      char *const *words, unsigned int count, struct spec *spec)
{
    const char *word = count > 0 ? words[0] : "";

    if (count == 1 &&
        (strcmp(word, "drop") == 0 || strcmp(word, "discard") == 0)) {
        spec->action = SPEC_DROP;
        return 0;
    }
    if (strcmp(word, "pass") == 0 || strcmp(word, "passthrough") == 0 ||
        strcmp(word, "nochange") == 0) {
        spec->action = SPEC_PASS;
        if (count > 2)
            return click_args_error(args, "expected 'pass OUTPUT'");
        return read_outputs(args, words + 1, count - 1, spec);
    }
    if (strcmp(word, "keep") == 0) {
        spec->action = SPEC_KEEP;
        if (count != 3)
            return click_args_error(args, "expected 'keep FOUTPUT ROUTPUT'");
        return read_outputs(args, words + 1, 2, spec);
    }
    if (strcmp(word, "pattern") == 0 || strcmp(word, "xpattern") == 0)
        return read_pattern(args, kind, words, count, spec);
    return read_mapper(args, word, spec);
}

int spec_parse(struct click_args *args, enum pattern_kind kind,
               const char *word, unsigned int number, struct spec *spec)
{
    char about[sizeof("input spec 4294967295: ")];
    unsigned int count;
    char **words = click_split_words(word, &count);
    int error;

    if (!words)
        return -ENOMEM;
    *spec = (struct spec){0};
    string_format(about, sizeof(about), "input spec %u: ", number);
    args->about = about;
    error = read_words(args, kind, words, count, spec);
    args->about = NULL;
    click_words_free(words, count);
    if (error != 0)
        spec_free(spec);
    return error;
}

void spec_free(struct spec *spec)
{
    if (!spec->shared)
        free(spec->pattern);
    spec->pattern = NULL;
}

void spec_print(const struct spec *spec, struct text *out)
{
    switch (spec->action) {
    case SPEC_DROP:
        text_puts(out, "<drop>");
        break;
    case SPEC_PASS:
        text_puts(out, "<pass>");
        break;
    case SPEC_KEEP:
        text_puts(out, "<keep>");
        break;
    case SPEC_PATTERN:
        pattern_print(spec->pattern, out);
        break;
    case SPEC_MAPPER:
        text_puts(out, "<mapper>");
        break;
    }
}
