/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * output.h: answers on their way to the client.
 *
 * The answers of a round are added one by one and then sent together; what
 * there was no room for becomes a struct output.
 */
#ifndef HTTPD_OUTPUT_H
#define HTTPD_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include "answer.h"

struct output;

/* Once, before the rest. 0 or -ENOMEM. */
int output_init(void);

/* Add an answer, whose body is taken care of from here on. There must be room:
 * output_has_room(). `date` and `minor` as in answer_write_head(). */
void output_add(const struct answer *answer, const char *date,
                unsigned int minor);
bool output_has_room(void);

/* Send all that was added; *rest is what could not be sent yet, or NULL.
 * False: nothing can be sent here any more; *rest is NULL then. */
bool output_flush(int socket, struct output **rest);

/* Send more of *rest, which is NULL when that was all. *moved: some of it was
 * sent. False: as above; *rest stays. */
bool output_send(int socket, struct output **rest, bool *moved);

void output_free(struct output *output);

/* Bytes sent since the start. */
uint64_t output_sent(void);

#endif
