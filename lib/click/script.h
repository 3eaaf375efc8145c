/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script.h: what the parts of Script (elements/script.c) share.
 */
#ifndef CORACLE_CLICK_SCRIPT_H
#define CORACLE_CLICK_SCRIPT_H

#include "lib/click/element.h"

#define SCRIPT_JUMPS_MAX 1000

enum script_kind { ACTIVE, PASSIVE, PACKET, PROXY, DRIVER, SIGNAL };

enum script_operation {
    SET,
    INIT,
    EXPORT,
    PRINT,
    READ,
    WRITE,
    PAUSE,
    WAIT,
    LABEL,
    GOTO,
    END, /* from here on: the script is over; also what `goto` may name */
    EXIT,
    STOP,
    RETURN,
    ERROR,
};

struct script_instruction {
    enum script_operation operation;
    bool unquote, bare; /* q; printn */
    char *name;         /* of a variable or label */
    char *text;
    unsigned int count, seen; /* PAUSE */
    uint64_t wait;            /* ns */
    unsigned int target;      /* GOTO: an instruction; or see `ends` */
    bool ends;                /* GOTO: target is END, EXIT, ... */
};

struct script_variable {
    struct script_variable *next;
    char *name, *value;
};

struct script {
    struct element element;
    enum script_kind kind;
    char *type; /* the argument */
    struct script_instruction *instructions;
    unsigned int count, position;
    struct script_variable *variables;
    struct click_timer timer;

    bool running;
    unsigned int steps;            /* still to go behind pauses and waits */
    enum script_operation outcome; /* how it ended; PAUSE: it did not */
    char *result;                  /* RETURN's */
    int status;                    /* $? */

    /* The call that it runs for. */
    char *arguments; /* kept while it waits */
    const char *called;
    bool writing;
    unsigned int input;
    struct click_handler proxy; /* what PROXY has for any name, its own copy */
    char *proxy_name;

    bool started;     /* DRIVER: the first round was */
    uint32_t signals; /* SIGNAL: a bit for each */
};

/* What variables and handlers mean to a script. */
struct script_scope {
    struct element *element;
    /* Add the value of variable `name`; false: there is none. */
    bool (*variable)(struct script_scope *scope, const char *name,
                     struct text *out);
    struct click_errors *errors;
    unsigned int depth; /* expansions inside of expansions */
};

/*
 * Add `text` with its variables, $x and ${x-default}, and its handlers' values,
 * $(HANDLER ARGUMENTS), in their places. Not in 'quotes'; in "quotes", values
 * lose the meaning that a quote or backslash in them would have there.
 * `protect`: outside of quotes too. What has no value stays as it is.
 */
void script_expand(struct script_scope *scope, const char *text, bool protect,
                   struct text *out);

/* "HANDLER [ARGUMENTS]" read as the scope's element means it, into `out`: 0, or
 * negative after an error. `name`, unless NULL, gets the handler's full name.
 */
MUST_CHECK int script_read(struct script_scope *scope, const char *words,
                           struct text *name, struct text *out);
/* The same, written. */
MUST_CHECK int script_write(struct script_scope *scope, const char *words);

/* The first word of *text, allocated ("" if there is none; NULL: no memory),
 * and *text behind it. */
MUST_CHECK char *script_pop_word(const char **text);

/* The handlers for arithmetic and text: add, lt, sprintf, ...; ends with a
 * zeroed one. */
extern const struct click_handler script_math_handlers[];

/* script_handlers.c: all others that it has; ends with a zeroed one. */
extern const struct click_handler script_handlers[];
/* A PROXY's, whatever the name is; NULL: it is none, or runs. */
const struct click_handler *script_find_handler(struct element *element,
                                                const char *name);

/* A signal by name or number; 0: there is no such thing. */
int script_signal_number(const char *word);

/* Variables: 0 or -ENOMEM; NULL: there is none. */
MUST_CHECK int script_set_variable(struct script *script, const char *name,
                                   const char *value);
struct script_variable *script_find_variable(struct script *script,
                                             const char *name);

/* Read the words of `args` as instructions; and give them back. */
MUST_CHECK int script_read_instructions(struct script *script,
                                        struct click_args *args);
void script_free_instructions(struct script *script);

/* Evaluate init and export, once. */
MUST_CHECK int script_initialize_variables(struct script *script,
                                           struct click_errors *errors);

/* Go on from where the script is, behind `steps` pauses and waits; from the
 * beginning. Errors are said with the script's name, if `errors` is NULL. */
void script_run(struct script *script, unsigned int steps,
                struct click_errors *errors);
void script_restart(struct script *script);
/* After script_run(), but by the router's word: what its end means to that. */
void script_see_to_end(struct script *script);

/* sprintf: the words are a format and what it prints. */
int script_format(char **words, unsigned int count, int what, struct text *out);

#endif
