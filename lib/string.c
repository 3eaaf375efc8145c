/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * string.c: memory and string functions for the kernel.
 *
 * Copying and filling use the CPU's string instructions, eight bytes a step:
 * the kernel keeps off the vector registers, and one `rep movsq` is shorter
 * and faster than any loop we could write without them. What does not fill a
 * last word is done by one more word that overlaps the one before it, so no
 * size needs a byte loop but those under eight.
 *
 * The rest is plain C. A loop that looks like strlen() must not be compiled
 * into a call of strlen(): the loops below hide from that by keep_loop().
 *
 * Concurrency: pure functions, any context. Left out: what the kernel does not
 * use; programs with a C library have newlib's for that. But strcspn(), on
 * which SQL's LIKE stands, is here, because newlib's is one loop in another.
 */
#include "lib/string.h"

/* Eight bytes at any address, of any type. */
struct word {
    uint64_t value;
} __attribute__((packed, may_alias));

#define WORD sizeof(struct word)

/* An empty instruction that the compiler must not look behind. */
static inline void keep_loop(void)
{
    __asm__ volatile("");
}

/*
 * Upwards; right also for overlapping ranges if `to` lies below `from`: each
 * word is read before any later store reaches it, and the last word, which
 * would be read twice, is read before everything else.
 */
static inline void copy_up(char *to, const char *from, size_t size)
{
    if (size < WORD) {
        __asm__ volatile("rep movsb"
                         : "+D"(to), "+S"(from), "+c"(size)
                         :
                         : "memory");
        return;
    }

    uint64_t last = ((const struct word *)(from + size - WORD))->value;
    struct word *last_to = (struct word *)(to + size - WORD);
    size_t words = size / WORD;

    __asm__ volatile("rep movsq"
                     : "+D"(to), "+S"(from), "+c"(words)
                     :
                     : "memory");
    last_to->value = last;
}

/*
 * Downwards, for overlapping ranges with `to` above `from`. Not with `std`:
 * an event that came between would find the direction flag set.
 */
static inline void copy_down(char *to, const char *from, size_t size)
{
    while (size >= WORD) {
        size -= WORD;
        ((struct word *)(to + size))->value =
            ((const struct word *)(from + size))->value;
        keep_loop();
    }
    while (size > 0) {
        size--;
        to[size] = from[size];
        keep_loop();
    }
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    copy_up(to, from, size);
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    /* One comparison: below `from`, or so far above it as not to overlap. */
    if ((uintptr_t)to - (uintptr_t)from >= size)
        copy_up(to, from, size);
    else
        copy_down(to, from, size);
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    uint64_t pattern = (unsigned char)byte * 0x0101010101010101ULL;
    char *at = to;

    if (size < WORD) {
        __asm__ volatile("rep stosb"
                         : "+D"(at), "+c"(size)
                         : "a"(pattern)
                         : "memory");
        return to;
    }

    struct word *last = (struct word *)(at + size - WORD);
    size_t words = size / WORD;

    __asm__ volatile("rep stosq"
                     : "+D"(at), "+c"(words)
                     : "a"(pattern)
                     : "memory");
    last->value = pattern;
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *left = a;
    const unsigned char *right = b;
    size_t i = 0;

    /* The words' first byte counts most: it must be their highest. */
    for (; i + WORD <= size; i += WORD) {
        uint64_t x = ((const struct word *)(left + i))->value;
        uint64_t y = ((const struct word *)(right + i))->value;

        if (x != y)
            return __builtin_bswap64(x) < __builtin_bswap64(y) ? -1 : 1;
    }
    for (; i < size; i++) {
        if (left[i] != right[i])
            return left[i] - right[i];
        keep_loop();
    }
    return 0;
}

void *memchr(const void *where, int byte, size_t size)
{
    const unsigned char *bytes = where;

    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == (unsigned char)byte)
            return (void *)(bytes + i);
        keep_loop();
    }
    return NULL;
}

size_t strlen(const char *string)
{
    size_t length = 0;

    while (string[length] != '\0') {
        length++;
        keep_loop();
    }
    return length;
}

size_t strnlen(const char *string, size_t max)
{
    size_t length = 0;

    while (length < max && string[length] != '\0') {
        length++;
        keep_loop();
    }
    return length;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t max)
{
    for (size_t i = 0; i < max; i++) {
        unsigned char left = (unsigned char)a[i];
        unsigned char right = (unsigned char)b[i];

        if (left != right || left == '\0')
            return left - right;
        keep_loop();
    }
    return 0;
}

char *strchr(const char *string, int character)
{
    for (;; string++) {
        if (*string == (char)character)
            return (char *)string;
        if (*string == '\0')
            return NULL;
        keep_loop();
    }
}

/* A bit for each of the 256 characters; the string's end is among them. */
__attribute__((noinline)) static size_t span_without(const char *string,
                                                     const char *stop)
{
    uint64_t set[4] = {1, 0, 0, 0};
    size_t length = 0;

    for (; *stop; stop++)
        set[(unsigned char)*stop / 64] |= 1ULL << (*stop & 63);
    for (;; length++) {
        unsigned char c = (unsigned char)string[length];

        if (set[c / 64] >> (c & 63) & 1)
            return length;
    }
}

/* One or two characters, as a letter has for LIKE, are sooner compared than
 * made into a set. */
size_t strcspn(const char *string, const char *stop)
{
    char one = stop[0], other = one ? stop[1] : one;

    if (other && stop[2])
        return span_without(string, stop);
    for (size_t length = 0;; length++) {
        char c = string[length];

        if (c == one || c == other || c == '\0')
            return length;
    }
}

char *strrchr(const char *string, int character)
{
    const char *last = NULL;

    for (;; string++) {
        if (*string == (char)character)
            last = string;
        if (*string == '\0')
            return (char *)last;
        keep_loop();
    }
}

bool string_copy(char *to, const char *from, size_t size)
{
    size_t length = strnlen(from, size);
    bool fits = length < size;

    if (!fits)
        length = size - 1;
    memcpy(to, from, length);
    to[length] = '\0';
    return fits;
}

bool string_to_number(const char *string, uint64_t *number)
{
    uint64_t value = 0;

    if (*string == '\0')
        return false;
    for (; *string != '\0'; string++) {
        unsigned int digit = (unsigned int)(*string - '0');

        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *number = value;
    return true;
}
