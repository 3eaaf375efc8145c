/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script_words.c: a Script's arguments become instructions.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/script.h"
#include "lib/click/types.h"

static const struct {
    const char *name;
    enum script_operation operation;
    bool unquote, bare;
} operations[] = {
    {"set", SET, false, false},         {"setq", SET, true, false},
    {"init", INIT, false, false},       {"initq", INIT, true, false},
    {"export", EXPORT, false, false},   {"exportq", EXPORT, true, false},
    {"print", PRINT, false, false},     {"printq", PRINT, true, false},
    {"printn", PRINT, false, true},     {"printnq", PRINT, true, true},
    {"save", PRINT, false, false},      {"append", PRINT, false, false},
    {"read", READ, false, false},       {"readq", READ, true, false},
    {"write", WRITE, false, false},     {"writeq", WRITE, true, false},
    {"pause", PAUSE, false, false},     {"wait", WAIT, false, false},
    {"wait_step", PAUSE, false, false}, {"wait_stop", PAUSE, false, false},
    {"wait_for", WAIT, false, false},   {"wait_time", WAIT, false, false},
    {"label", LABEL, false, false},     {"goto", GOTO, false, false},
    {"loop", GOTO, false, false},       {"end", END, false, false},
    {"exit", EXIT, false, false},       {"stop", STOP, false, false},
    {"return", RETURN, false, false},   {"returnq", RETURN, true, false},
    {"error", ERROR, false, false},     {"errorq", ERROR, true, false},
};

static bool find_operation(const char *word,
                           struct script_instruction *instruction)
{
    for (unsigned int i = 0; i < sizeof(operations) / sizeof(*operations); i++)
        if (!strcmp(operations[i].name, word)) {
            instruction->operation = operations[i].operation;
            instruction->unquote = operations[i].unquote;
            instruction->bare = operations[i].bare;
            return true;
        }
    return false;
}

/* "save HANDLER [FILE]" is "print >FILE HANDLER", append the same with >>. */
static char *redirect(const char *word, const char *text)
{
    const char *end = strrchr(text, ' '), *file = end ? end + 1 : "-";
    struct text out = {0};

    text_printf(&out, "%s%s %.*s", *word == 's' ? ">" : ">>", file,
                (int)(end ? end - text : (int)strlen(text)), text);
    return text_take(&out);
}

/* What stands behind the instruction's name; false: that makes no sense. */
static bool read_operands(struct script_instruction *instruction,
                          const char *word, const char *text)
{
    uint64_t count = 1;

    switch (instruction->operation) {
    case WAIT:
        if (*text)
            return !click_read_interval(text, &instruction->wait);
        instruction->operation = PAUSE;
        instruction->count = 1;
        return true;
    case PAUSE:
        if (*text && click_read_integer(text, 0, UINT32_MAX, &count))
            return false;
        instruction->count = (unsigned int)count;
        return true;
    case SET:
    case INIT:
    case EXPORT:
    case LABEL:
    case GOTO:
        instruction->name =
            strcmp(word, "loop") ? script_pop_word(&text) : strdup("begin");
        if (!instruction->name || !*instruction->name ||
            (instruction->operation == SET && !*text) ||
            (instruction->operation == LABEL && *text))
            return false;
        break;
    case END:
    case EXIT:
    case STOP:
        return !*text;
    case PRINT:
        if (!strcmp(word, "save") || !strcmp(word, "append")) {
            instruction->text = redirect(word, text);
            return instruction->text && *text;
        }
        break;
    default:
        break;
    }
    instruction->text = strdup(text);
    return instruction->text;
}

static bool find_label(const struct script *script, const char *name,
                       struct script_instruction *from)
{
    static const struct {
        const char *name;
        enum script_operation operation;
    } ends[] = {{"end", END}, {"exit", EXIT}, {"stop", STOP}, {"error", ERROR}};

    from->ends = false;
    for (unsigned int i = 0; i < script->count; i++)
        if (script->instructions[i].operation == LABEL &&
            !strcmp(script->instructions[i].name, name)) {
            from->target = i;
            return true;
        }
    from->target = 0;
    if (!strcmp(name, "begin") || !strcmp(name, "loop"))
        return true;
    for (unsigned int i = 0; i < sizeof(ends) / sizeof(*ends); i++)
        if (!strcmp(name, ends[i].name)) {
            from->ends = true;
            from->target = ends[i].operation;
            return true;
        }
    return false;
}

static void find_labels(struct script *script, struct click_args *args)
{
    for (unsigned int i = 0; i < script->count; i++) {
        struct script_instruction *instruction = &script->instructions[i];

        if (instruction->operation == GOTO && instruction->name &&
            !find_label(script, instruction->name, instruction))
            (void)click_args_error(args, "no such label '%s'",
                                   instruction->name);
    }
}

int script_read_instructions(struct script *script, struct click_args *args)
{
    unsigned int before = args->errors->count;

    script->instructions =
        calloc(args->count + 2, sizeof(*script->instructions));
    if (!script->instructions)
        return click_args_error(args, "out of memory");
    for (unsigned int i = 0; i < args->count; i++) {
        struct script_instruction *instruction =
            &script->instructions[script->count];
        const char *text = args->words[i];
        char *word = script_pop_word(&text);

        if (word && *word) {
            script->count++;
            if (!find_operation(word, instruction) ||
                !read_operands(instruction, word, text))
                (void)click_args_error(args, "syntax error at '%s'", word);
        }
        free(word);
    }
    find_labels(script, args);
    if (script->count == 0 && script->kind == DRIVER)
        script->instructions[script->count++] =
            (struct script_instruction){.operation = PAUSE, .count = 1};
    script->instructions[script->count++].operation =
        script->kind == DRIVER ? STOP : END;
    return args->errors->count == before ? 0 : -EINVAL;
}

void script_free_instructions(struct script *script)
{
    for (unsigned int i = 0; i < script->count; i++) {
        free(script->instructions[i].name);
        free(script->instructions[i].text);
    }
    free(script->instructions);
    script->instructions = NULL;
    script->count = 0;
}
