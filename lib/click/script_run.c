/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script_run.c: a Script's instructions, one after the other, until one blocks
 * or it ends. A script that calls its own handlers while it runs takes note of
 * what they want: where it is, and how many steps to go.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/click/file.h"
#include "lib/click/router.h"
#include "lib/click/script.h"

/* ---- Variables ------------------------------------------------------------
 */

struct script_variable *script_find_variable(struct script *script,
                                             const char *name)
{
    struct script_variable *variable = script->variables;

    while (variable && strcmp(variable->name, name))
        variable = variable->next;
    return variable;
}

int script_set_variable(struct script *script, const char *name,
                        const char *value)
{
    struct script_variable *variable = script_find_variable(script, name);
    char *copy = strdup(value);

    if (!variable && copy) {
        variable = calloc(1, sizeof(*variable));
        if (variable)
            variable->name = strdup(name);
        if (!variable || !variable->name) {
            free(variable);
            free(copy);
            return -ENOMEM;
        }
        variable->next = script->variables;
        script->variables = variable;
    }
    if (!copy)
        return -ENOMEM;
    free(variable->value);
    variable->value = copy;
    return 0;
}

/* $1, $2, ...: a word of the arguments; $#: how many. */
static void add_argument(const char *arguments, unsigned int place,
                         struct text *out)
{
    unsigned int count;
    char **words = click_split_words(arguments ? arguments : "", &count);

    if (!words)
        return;
    if (place == 0)
        text_printf(out, "%u", count);
    else if (place <= count)
        text_puts(out, words[place - 1]);
    click_words_free(words, count);
}

static bool value_of(struct script_scope *scope, const char *name,
                     struct text *out)
{
    struct script *script = (struct script *)scope->element;
    struct script_variable *variable = script_find_variable(script, name);
    uint64_t place;

    if (variable)
        text_puts(out, variable->value);
    else if (!strcmp(name, "?"))
        text_printf(out, "%d", script->status);
    else if (!strcmp(name, "$"))
        text_printf(out, "%ld", (long)getpid());
    else if (!strcmp(name, "args"))
        text_puts(out, script->arguments ? script->arguments : "");
    else if (!strcmp(name, "#"))
        add_argument(script->arguments, 0, out);
    else if (!strcmp(name, "0") && script->called)
        text_puts(out, script->called);
    else if (!strcmp(name, "write") && script->called)
        text_puts(out, script->writing ? "true" : "false");
    else if (!strcmp(name, "input") && script->kind == PACKET)
        text_printf(out, "%u", script->input);
    else if (!click_read_integer(name, 1, 1000, &place))
        add_argument(script->arguments, (unsigned int)place, out);
    else
        return false;
    return true;
}

/* The text of an instruction with what it refers to; "" without memory. */
static char *expand(struct script_scope *scope, const char *text, bool protect,
                    bool unquote)
{
    struct text out = {0};
    char *expanded;

    script_expand(scope, text, protect, &out);
    expanded = text_take(&out);
    if (expanded && unquote) {
        char *bare = click_unquote(expanded, NULL);

        free(expanded);
        expanded = bare;
    }
    if (!expanded)
        (void)click_error(scope->errors, NULL, "out of memory");
    return expanded;
}

/* ---- Running --------------------------------------------------------------
 */

enum progress { GO_ON, BLOCKED, OVER };

static struct click_file *open_output(struct script_scope *scope,
                                      const char **text)
{
    bool append = !strncmp(*text, ">>", 2);
    struct click_file *file;
    char *name = NULL;

    if (**text == '>') {
        *text += append ? 2 : 1;
        name = script_pop_word(text);
    }
    file = click_file_open(name && *name ? name : "-",
                           append ? CLICK_FILE_MORE : CLICK_FILE_WRITE);
    if (!file)
        (void)click_error(scope->errors, NULL, "%s: %s", name ? name : "-",
                          strerror(errno));
    free(name);
    return file;
}

static void print(struct script_scope *scope,
                  const struct script_instruction *instruction)
{
    const char *text = instruction->text;
    struct click_file *file = open_output(scope, &text);
    struct text out = {0};
    char *words;
    bool written;
    int error = 0;

    if (!file)
        return;
    if (isalpha((unsigned char)*text) || *text == '@' || *text == '_') {
        words = expand(scope, text, false, instruction->unquote);
        error = words ? script_read(scope, words, NULL, &out) : -ENOMEM;
    } else {
        words = expand(scope, text, true, true);
        text_puts(&out, words ? words : "");
    }
    free(words);
    if (!error && !instruction->bare &&
        (out.length == 0 || out.bytes[out.length - 1] != '\n'))
        text_puts(&out, "\n");
    written = click_file_write(file, text_string(&out), out.length);
    if (click_file_close(file) || !written)
        (void)click_error(scope->errors, NULL, "print %s: cannot be written",
                          instruction->text);
    text_free(&out);
}

static void call(struct script_scope *scope,
                 const struct script_instruction *instruction)
{
    struct script *script = (struct script *)scope->element;
    char *words = expand(scope, instruction->text, false, instruction->unquote);
    struct text name = {0}, value = {0};

    if (words && instruction->operation == WRITE)
        script->status = script_write(scope, words);
    else if (words && !script_read(scope, words, &name, &value))
        click_say(&script->element, "%s:\n%s", text_string(&name),
                  text_string(&value));
    text_free(&name);
    text_free(&value);
    free(words);
}

static void assign(struct script_scope *scope,
                   const struct script_instruction *instruction)
{
    struct script *script = (struct script *)scope->element;
    char *value = expand(scope, instruction->text, false, instruction->unquote);

    if (value && script_set_variable(script, instruction->name, value))
        (void)click_error(scope->errors, NULL, "out of memory");
    free(value);
}

static enum progress jump(struct script_scope *scope,
                          const struct script_instruction *instruction)
{
    struct script *script = (struct script *)scope->element;
    char *condition = expand(scope, instruction->text, false, false);
    bool yes = condition && !*condition;

    if (condition && *condition && click_read_bool(condition, &yes)) {
        (void)click_error(scope->errors, NULL, "bad condition '%s'", condition);
        yes = false;
    }
    free(condition);
    if (yes && instruction->ends) {
        script->outcome = (enum script_operation)instruction->target;
        return OVER;
    }
    if (yes)
        script->position = instruction->target;
    return GO_ON;
}

static enum progress end(struct script_scope *scope,
                         const struct script_instruction *instruction)
{
    struct script *script = (struct script *)scope->element;
    char *text = instruction->text ? expand(scope, instruction->text, false,
                                            instruction->unquote)
                                   : NULL;

    script->outcome = instruction->operation;
    if (instruction->operation == RETURN) {
        free(script->result);
        script->result = text;
        return OVER;
    }
    if (instruction->operation == ERROR && text && *text)
        (void)click_error(scope->errors, NULL, "%s", text);
    free(text);
    return OVER;
}

static enum progress block(struct script *script,
                           struct script_instruction *instruction)
{
    if (instruction->operation == WAIT) {
        timer_unschedule(&script->timer);
        if (script->steps > 0) {
            script->steps--;
            return GO_ON;
        }
        if (timer_schedule_after(&script->timer, (int64_t)instruction->wait))
            click_say(&script->element, "%s :: %s: out of memory",
                      script->element.name, script->element.class->name);
        return BLOCKED;
    }
    for (; script->steps > 0 && instruction->seen < instruction->count;
         script->steps--)
        instruction->seen++;
    if (instruction->seen < instruction->count)
        return BLOCKED;
    instruction->seen = 0;
    return GO_ON;
}

static enum progress execute(struct script_scope *scope,
                             struct script_instruction *instruction)
{
    struct script *script = (struct script *)scope->element;

    switch (instruction->operation) {
    case SET:
        assign(scope, instruction);
        return GO_ON;
    case PRINT:
        print(scope, instruction);
        return GO_ON;
    case READ:
    case WRITE:
        call(scope, instruction);
        return GO_ON;
    case PAUSE:
    case WAIT:
        return block(script, instruction);
    case GOTO:
        return jump(scope, instruction);
    case INIT:
    case EXPORT:
    case LABEL:
        return GO_ON;
    default:
        return end(scope, instruction);
    }
}

static void go(struct script *script, struct click_errors *errors)
{
    struct script_scope scope = {
        .element = &script->element, .variable = value_of, .errors = errors};
    unsigned int jumps = 0;

    while (script->position < script->count && jumps <= SCRIPT_JUMPS_MAX) {
        unsigned int at = script->position++;
        enum progress progress = execute(&scope, &script->instructions[at]);

        if (progress != GO_ON) {
            script->position = at;
            return;
        }
        jumps += script->position != at + 1;
    }
    if (jumps > SCRIPT_JUMPS_MAX)
        click_say(&script->element, "%s :: %s: too many jumps, giving up",
                  script->element.name, script->element.class->name);
    script->position = script->count;
    script->outcome = ERROR;
}

void script_run(struct script *script, unsigned int steps,
                struct click_errors *errors)
{
    struct element *element = &script->element;
    struct element_errors own;

    if (script->running) { /* it called itself */
        script->steps += steps;
        return;
    }
    element_errors(&own, element);
    own.plain = true;
    click_errors_enter(&own.errors, NULL,
                       "While executing '%s :: %s':", element->name,
                       element->class->name);
    script->running = true;
    script->steps = steps;
    script->outcome = PAUSE;
    go(script, errors ? errors : &own.errors);
    script->running = false;
    click_errors_leave(&own.errors);
    if (script->outcome != PAUSE)
        timer_unschedule(&script->timer);
}

void script_restart(struct script *script)
{
    script->position = 0;
    for (unsigned int i = 0; i < script->count; i++)
        script->instructions[i].seen = 0;
}

static int read_variable(struct element *element,
                         const struct click_handler *handler, const char *param,
                         struct text *out)
{
    struct script_variable *variable =
        script_find_variable((struct script *)element, handler->name);

    (void)param;
    text_puts(out, variable ? variable->value : "");
    return 0;
}

int script_initialize_variables(struct script *script,
                                struct click_errors *errors)
{
    struct script_scope scope = {
        .element = &script->element, .variable = value_of, .errors = errors};

    for (unsigned int i = 0; i < script->count; i++) {
        const struct script_instruction *instruction = &script->instructions[i];
        struct click_handler handler = {.name = instruction->name,
                                        .read = read_variable};

        if (instruction->operation == INIT || instruction->operation == EXPORT)
            assign(&scope, instruction);
        if (instruction->operation == EXPORT &&
            element_add_handler(&script->element, &handler))
            return click_error(errors, NULL, "out of memory");
    }
    return 0;
}

void script_see_to_end(struct script *script)
{
    bool over = script->outcome != PAUSE && script->outcome != ERROR;

    if (script->outcome == STOP || (script->kind == DRIVER && over))
        router_stop(script->element.router);
}
