/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dns_names.h: DNS messages that ask for the name of an address. Pure logic.
 */
#ifndef CORACLE_LWIP_DNS_NAMES_H
#define CORACLE_LWIP_DNS_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* The longest question, and as much as an answer by UDP may have. */
#define DNS_QUESTION_MAX 128
#define DNS_ANSWER_MAX   512

/*
 * A question for the name of an address of 4 or 16 bytes. Returns its length;
 * there is room for DNS_QUESTION_MAX.
 */
size_t dns_name_question(uint8_t *to, uint16_t id, const uint8_t *address,
                         size_t size);

/*
 * The name in an answer to that question, with a zero at its end, at most
 * `room` bytes. 0; -EAGAIN: it is not an answer to this question; -ENOENT:
 * there is no name; -EIO: the server could not tell; -EPROTO: it makes no
 * sense; -ENAMETOOLONG.
 */
int dns_name_answer(const uint8_t *answer, size_t length,
                    const uint8_t *question, size_t question_length, char *name,
                    size_t room);

#endif
