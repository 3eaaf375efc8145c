/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * date.h: the dates of HTTP, like "Sun, 06 Nov 1994 08:49:37 GMT".
 */
#ifndef HTTPD_DATE_H
#define HTTPD_DATE_H

#include <stddef.h>
#include <stdint.h>

#define DATE_LENGTH 29 /* characters */

/* Write the date that is `time` seconds after 1970, which is before the year
 * 10000, and a NUL. */
void date_write(int64_t time, char to[DATE_LENGTH + 1]);

/* The opposite, for exactly this form; -1 if it is none, or before 1970. (Of
 * the two older forms, which no client has sent for decades, we know nothing:
 * a date that is not understood is as good as none.) */
int64_t date_read(const char *text, size_t length);

#endif
