/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * date.c: the dates of HTTP (RFC 9110, 5.6.7).
 *
 * The calendar is arithmetic. A year that begins in March has its odd day at
 * the end, so that the days before each month are the same in every year:
 * (153 m + 2) / 5 for month m. 400 years have 146097 days.
 */
#include "date.h"

#include <stdbool.h>
#include <string.h>

#define DAY          86400
#define DAYS_TO_1970 719468 /* from the first of March of the year 0 */

static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970 began on one */
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* `month` is 0 to 11. */
static int64_t days_before(int year, int month, int day)
{
    int shifted = (month + 10) % 12;
    int64_t y = month < 2 ? year - 1 : year;

    return y * 365 + y / 4 - y / 100 + y / 400 + (153 * shifted + 2) / 5 + day -
           1 - DAYS_TO_1970;
}

static char *put(char *to, const char *text, size_t length)
{
    memcpy(to, text, length);
    return to + length;
}

/* The last `count` digits, and what comes behind them. */
static char *put_digits(char *to, unsigned int number, int count, char behind)
{
    for (int i = count; i-- > 0; number /= 10)
        to[i] = (char)('0' + number % 10);
    to[count] = behind;
    return to + count + 1;
}

void date_write(int64_t time, char to[DATE_LENGTH + 1])
{
    int64_t day = time / DAY;
    unsigned int second = (unsigned int)(time % DAY);
    int year = (int)(1970 + day / 366); /* not later than it is */
    int month = 0;

    while (days_before(year + 1, 0, 1) <= day)
        year++;
    while (month < 11 && days_before(year, month + 1, 1) <= day)
        month++;
    to = put(to, days + day % 7 * 3, 3);
    to = put(to, ", ", 2);
    to = put_digits(to, (unsigned int)(day - days_before(year, month, 1)) + 1,
                    2, ' ');
    to = put(to, months + month * 3, 3);
    *to++ = ' ';
    to = put_digits(to, (unsigned int)year, 4, ' ');
    to = put_digits(to, second / 3600, 2, ':');
    to = put_digits(to, second / 60 % 60, 2, ':');
    to = put_digits(to, second % 60, 2, ' ');
    (void)put(to, "GMT", 4); /* with its NUL */
}

/* The number in the `count` digits at `text`; false if they are none. */
static bool read_digits(const char *text, int count, int *number)
{
    *number = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *number = *number * 10 + text[i] - '0';
    }
    return true;
}

/* Which of the three-letter names it is, or -1. */
static int find_name(const char *names, const char *text)
{
    for (int i = 0; names[i * 3]; i++)
        if (!memcmp(names + i * 3, text, 3))
            return i;
    return -1;
}

int64_t date_read(const char *text, size_t length)
{
    char again[DATE_LENGTH + 1];
    int day, year, hour, minute, second;
    int64_t time;

    if (length != DATE_LENGTH)
        return -1;

    int month = find_name(months, text + 8);

    if (month < 0 || !read_digits(text + 5, 2, &day) ||
        !read_digits(text + 12, 4, &year) ||
        !read_digits(text + 17, 2, &hour) ||
        !read_digits(text + 20, 2, &minute) ||
        !read_digits(text + 23, 2, &second))
        return -1;
    time = days_before(year, month, day) * DAY + hour * 3600 + minute * 60 +
           second;
    if (time < 0)
        return -1;
    /* All else (the weekday, the 30th of February, ...) is right if this time
     * is written just so. */
    date_write(time, again);
    return memcmp(again, text, DATE_LENGTH) ? -1 : time;
}
