/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clib: does the C library in one thread do what C and POSIX say?
 *
 * Expected values come from the standards or from arithmetic done by hand,
 * never from what the program printed.
 */
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <regex.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include "tests/guest/posix/check.h"

/* ---- Formatting and reading ---------------------------------------------- */

static void formatting(void)
{
    char text[200];
    volatile size_t room = 4; /* a size that the compiler cannot complain of */

    snprintf(text, sizeof(text), "%d %5.2f|%-6s|%06x|%c|%%", -42, 3.14159, "ab",
             0xbeef, 'z');
    CHECK_STRING(text, "-42  3.14|ab    |00beef|z|%");
    snprintf(text, sizeof(text), "%g %e %.0f %a", 0.1, 12345.678, 2.5, 1.0);
    CHECK_STRING(text, "0.1 1.234568e+04 2 0x1p+0");
    snprintf(text, sizeof(text), "%lld %zu %jd %hhd", LLONG_MIN, SIZE_MAX,
             (intmax_t)-1, (signed char)-5);
    CHECK_STRING(text, "-9223372036854775808 18446744073709551615 -1 -5");
    snprintf(text, sizeof(text), "%Lf %.3Lf", 1.5L, 2.0L / 3);
    CHECK_STRING(text, "1.500000 0.667");
    snprintf(text, sizeof(text), "%f %f %f", INFINITY, -INFINITY, NAN);
    CHECK_STRING(text, "inf -inf nan");
    CHECK_EQUAL(snprintf(text, room, "123456"), 6);
    CHECK_STRING(text, "123");
}

static void scanning(void)
{
    int i, count;
    long l;
    double d;
    long double ld;
    char word[10];

    count = sscanf("  12 -7 2.5 1e3 word 0x1f", "%d %ld %lf %Lf %9s %i", &i, &l,
                   &d, &ld, word, &i);
    CHECK_EQUAL(count, 6);
    CHECK_EQUAL(l, -7);
    CHECK(d == 2.5 && ld == 1000.0L);
    CHECK_STRING(word, "word");
    CHECK_EQUAL(i, 31);
    CHECK(strtod("0.1", NULL) == 0.1);
    CHECK(strtod("0x1.8p1", NULL) == 3.0);
    errno = 0;
    CHECK(strtol("99999999999999999999", NULL, 10) == LONG_MAX);
    CHECK_EQUAL(errno, ERANGE);
    CHECK_EQUAL(strtoul("ff", NULL, 16), 255);
}

static void strings(void)
{
    char text[] = "one,two,,three";
    char copy[] = "abcdef";
    char *rest;

    CHECK_STRING(strtok_r(text, ",", &rest), "one");
    CHECK_STRING(strtok_r(NULL, ",", &rest), "two");
    CHECK_STRING(strtok_r(NULL, ",", &rest), "three");
    CHECK(strtok_r(NULL, ",", &rest) == NULL);
    memmove(copy + 2, copy, 4);
    CHECK_STRING(copy, "ababcd");
    CHECK(memcmp("a\200", "a\001", 2) > 0);
    CHECK_EQUAL(strspn("aabbcc", "ab"), 4);
    CHECK_STRING(strstr("needle in hay", "in"), "in hay");
    CHECK_STRING(strerror(ENOENT), "No such file or directory");
    CHECK_EQUAL(toupper('q'), 'Q');
    CHECK_EQUAL(be32toh(htobe32(0x12345678)), 0x12345678);
    CHECK_EQUAL(htobe16(0x1234), 0x3412);
}

static void mathematics(void)
{
    volatile double two = 2.0, minus = -1.0;

    CHECK(fabs(sqrt(two) * sqrt(two) - 2.0) < 1e-15);
    CHECK(fabs(sin(M_PI / 6) - 0.5) < 1e-15);
    CHECK(fabs(exp(log(10.0)) - 10.0) < 1e-14);
    CHECK(pow(two, 10) == 1024.0);
    CHECK(isnan(sqrt(minus)));
    CHECK(floor(-1.5) == -2.0 && ceil(-1.5) == -1.0 && trunc(-1.5) == -1.0);
}

static int compare_ints(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static int compare_three(const void *a, const void *b)
{
    return memcmp(a, b, 3);
}

static void sorting(void)
{
    int numbers[1000];
    unsigned int x = 1;
    int key;
    int *found;

    for (int i = 0; i < 1000; i++) {
        x = x * 1103515245 + 12345;
        numbers[i] = (int)(x >> 8);
    }
    key = numbers[500];
    qsort(numbers, 1000, sizeof(int), compare_ints);
    for (int i = 1; i < 1000; i++)
        CHECK(numbers[i - 1] <= numbers[i]);
    found = bsearch(&key, numbers, 1000, sizeof(int), compare_ints);
    CHECK(found != NULL && *found == key);
}

/* Elements of three bytes, many of them the same, and few elements. */
static void sorting_of_odd_things(void)
{
    char words[] = "c2.a1.c2.b0.a1.a0", pair[] = "ba";

    qsort(words, 6, 3, compare_three); /* the last ends with the string's 0 */
    CHECK(memcmp(words, "a0", 3) == 0 && memcmp(words + 3, "a1.", 3) == 0);
    CHECK(memcmp(words + 6, "a1.b0.c2.c2.", 12) == 0);
    qsort(pair, 0, 1, compare_three);
    qsort(pair, 1, 1, compare_three);
    CHECK_STRING(pair, "ba");
}

static void errors_in_words(void)
{
    char text[40];

    CHECK_STRING(strerror(ENOENT), "No such file or directory");
    CHECK_STRING(strerror(ECANCELED), "Operation canceled"); /* the last */
    CHECK_STRING(strerror(0), "No error");
    CHECK_STRING(strerror(9999), "Unknown error");
    CHECK_STRING(strerror(-1), "Unknown error");
    CHECK_EQUAL(strerror_r(EACCES, text, sizeof(text)), 0);
    CHECK_STRING(text, "Permission denied");
}

static void regular_expressions(void)
{
    regex_t regex;
    regmatch_t match[2];

    CHECK_EQUAL(regcomp(&regex, "^([a-z]+)=[0-9]+$", REG_EXTENDED), 0);
    CHECK_EQUAL(regexec(&regex, "width=120", 2, match, 0), 0);
    CHECK_EQUAL(match[1].rm_eo, 5);
    CHECK_EQUAL(regexec(&regex, "width=", 2, match, 0), REG_NOMATCH);
    regfree(&regex);
    CHECK(regcomp(&regex, "(", REG_EXTENDED) != 0);
}

/* ---- Memory -------------------------------------------------------------- */

#define BLOCKS 200

/* Every block holds a pattern of its own; a block that overlaps another or is
 * not kept by realloc() shows. */
static void fill(unsigned char *block, size_t size, unsigned int seed)
{
    for (size_t i = 0; i < size; i++)
        block[i] = (unsigned char)(seed * 31 + i * 7);
}

static int holds(const unsigned char *block, size_t size, unsigned int seed)
{
    for (size_t i = 0; i < size; i++) {
        if (block[i] != (unsigned char)(seed * 31 + i * 7))
            return 0;
    }
    return 1;
}

static void allocation(void)
{
    static unsigned char *blocks[BLOCKS];
    static size_t sizes[BLOCKS];
    unsigned int x = 7;

    for (unsigned int round = 0; round < 4000; round++) {
        unsigned int i = (x = x * 1103515245 + 12345) >> 16;
        size_t size;

        i %= BLOCKS;
        x = x * 1103515245 + 12345;
        size = (x >> 16) % (round % 10 == 0 ? 20000 : 300);
        if (blocks[i] != NULL) {
            size_t common = sizes[i] < size ? sizes[i] : size;

            CHECK(holds(blocks[i], sizes[i], i));
            if (round % 3 == 0) {
                free(blocks[i]);
                blocks[i] = NULL;
                continue;
            }
            blocks[i] = realloc(blocks[i], size + 1);
            CHECK(blocks[i] != NULL && holds(blocks[i], common, i));
        } else {
            blocks[i] = malloc(size + 1);
            CHECK(blocks[i] != NULL);
        }
        CHECK_EQUAL((uintptr_t)blocks[i] % 16, 0);
        sizes[i] = size;
        fill(blocks[i], size, i);
    }
    for (unsigned int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
}

/* A compiler may leave out a malloc() whose result goes nowhere. */
static void *volatile kept;

#define CHECK_NO_MEMORY(call)                                                  \
    do {                                                                       \
        errno = 0;                                                             \
        kept = (call);                                                         \
        CHECK(kept == NULL && errno == ENOMEM);                                \
    } while (0)

static void allocation_limits(void)
{
    volatile size_t huge = SIZE_MAX / 2, count = SIZE_MAX / 4;
    void *memory = (void *)1;
    unsigned char *zeroed = calloc(1000, 3);
    unsigned char *pages;

    for (int i = 0; i < 3000; i++)
        CHECK(zeroed[i] == 0);
    free(zeroed);
    CHECK_NO_MEMORY(malloc(huge));
    CHECK_NO_MEMORY(malloc(huge + 2));
    CHECK_NO_MEMORY(calloc(count, 16));
    /* More than the whole domain has, but no nonsense. */
    CHECK_NO_MEMORY(malloc((size_t)sysconf(_SC_PHYS_PAGES) * 8192));
    free(NULL);
    CHECK_EQUAL(posix_memalign(&memory, 4096, 100), 0);
    CHECK_EQUAL((uintptr_t)memory % 4096, 0);
    free(memory);
    CHECK_EQUAL(posix_memalign(&memory, 24, 100), EINVAL);
    memory = aligned_alloc(256, 512);
    CHECK_EQUAL((uintptr_t)memory % 256, 0);
    free(memory);
    pages = mmap(NULL, 10000, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(pages != MAP_FAILED);
    CHECK(pages[0] == 0 && pages[9999] == 0);
    CHECK_EQUAL(munmap(pages, 10000), 0);
}

/* Half of what is free, in one piece if it must be: all RAM can be used. */
static void much_memory(void)
{
    size_t size = (size_t)sysconf(_SC_AVPHYS_PAGES) / 2 * 4096;
    unsigned char *memory = malloc(size);

    CHECK(memory != NULL);
    if (memory == NULL)
        return;
    for (size_t i = 0; i < size; i += 4096)
        memory[i] = (unsigned char)(i >> 12);
    for (size_t i = 0; i < size; i += 4096)
        CHECK(memory[i] == (unsigned char)(i >> 12));
    free(memory);
}

/* ---- Jumps, time, descriptors -------------------------------------------- */

static jmp_buf target;

static int jump_back(int depth)
{
    if (depth == 0)
        longjmp(target, 42);
    return depth > 1000 ? 0 : jump_back(depth - 1) + depth;
}

static void jumps(void)
{
    volatile int passes = 0;
    int value = setjmp(target);

    if (value == 0) {
        passes = 1;
        jump_back(20);
    }
    CHECK_EQUAL(value, 42);
    CHECK_EQUAL(passes, 1);
}

static long long now(clockid_t clock)
{
    struct timespec time;

    CHECK_EQUAL(clock_gettime(clock, &time), 0);
    CHECK(time.tv_nsec >= 0 && time.tv_nsec < 1000000000);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void clocks(void)
{
    long long last = now(CLOCK_MONOTONIC);
    long long start = last;
    struct timespec pause = {0, 3000000};
    struct timespec wrong = {0, 1000000000};
    struct tm tm;
    time_t t = 951782400; /* 29 February 2000, 00:00 UTC */
    char text[40];

    for (int i = 0; i < 10000; i++) {
        long long next = now(CLOCK_MONOTONIC);

        CHECK(next >= last);
        last = next;
    }
    start = now(CLOCK_MONOTONIC);
    CHECK_EQUAL(nanosleep(&pause, NULL), 0);
    CHECK(now(CLOCK_MONOTONIC) - start >= 3000000);
    start = now(CLOCK_MONOTONIC);
    CHECK_EQUAL(usleep(2000), 0);
    CHECK(now(CLOCK_MONOTONIC) - start >= 2000000);
    errno = 0;
    CHECK(nanosleep(&wrong, NULL) == -1 && errno == EINVAL);
    CHECK(clock_gettime(77, &pause) == -1);
    /* The host's clock is later than the day these lines were written. */
    CHECK(time(NULL) > 1700000000);
    start = now(CLOCK_REALTIME) / 1000000000;
    CHECK(time(NULL) >= start);
    CHECK(time(NULL) <= now(CLOCK_REALTIME) / 1000000000);
    gmtime_r(&t, &tm);
    strftime(text, sizeof(text), "%Y-%m-%d %a %j", &tm);
    CHECK_STRING(text, "2000-02-29 Tue 060");
    CHECK_EQUAL(mktime(&tm), t);
    CHECK(clock() != (clock_t)-1);
}

static void descriptors(void)
{
    struct stat stat;
    struct iovec pieces[2] = {{"pieces: one ", 12}, {"two\n", 4}};
    struct pollfd ready = {1, POLLOUT, 0};
    struct pollfd closed = {77, POLLIN, 0};
    fd_set set;
    int copy = dup(1);

    CHECK(copy > 2);
    CHECK_EQUAL(write(copy, "through a copy\n", 15), 15);
    CHECK_EQUAL(close(copy), 0);
    errno = 0;
    CHECK(close(copy) == -1 && errno == EBADF);
    CHECK(write(copy, "x", 1) == -1 && errno == EBADF);
    CHECK_EQUAL(dup2(1, 9), 9);
    CHECK_EQUAL(fcntl(9, F_DUPFD, 20), 20);
    CHECK_EQUAL(close(9) + close(20), 0);
    CHECK_EQUAL(fstat(0, &stat), 0);
    CHECK(S_ISCHR(stat.st_mode));
    CHECK(isatty(1) && !isatty(50));
    errno = 0;
    CHECK(lseek(1, 0, SEEK_SET) == -1 && errno == ESPIPE);
    fflush(stdout);
    CHECK_EQUAL(writev(1, pieces, 2), 16);
    CHECK_EQUAL(poll(&ready, 1, 0), 1);
    CHECK_EQUAL(ready.revents, POLLOUT);
    CHECK_EQUAL(poll(&closed, 1, 0), 1);
    CHECK_EQUAL(closed.revents, POLLNVAL);
    FD_ZERO(&set);
    FD_SET(1, &set);
    CHECK_EQUAL(select(2, NULL, &set, NULL, NULL), 1);
    CHECK(FD_ISSET(1, &set));
    /* Nothing to wait for: a way to sleep that programs use. */
    CHECK_EQUAL(poll(NULL, 0, 2), 0);
}

static void random_bytes(void)
{
    unsigned char a[64], b[64];
    char large[257];

    CHECK_EQUAL(getentropy(a, sizeof(a)), 0);
    CHECK_EQUAL(getrandom(b, sizeof(b), 0), 64);
    CHECK(memcmp(a, b, sizeof(a)) != 0);
    CHECK_EQUAL(getentropy(large, sizeof(large)), -1);
}

static void identity(void)
{
    struct utsname name;

    CHECK_EQUAL(uname(&name), 0);
    CHECK_STRING(name.sysname, "Coracle");
    CHECK_STRING(name.machine, "x86_64");
    CHECK_EQUAL(getpid(), 1);
    CHECK_EQUAL(sysconf(_SC_PAGESIZE), 4096);
    CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
    CHECK(sysconf(_SC_AVPHYS_PAGES) <= sysconf(_SC_PHYS_PAGES));
    CHECK(setenv("CORACLE_TEST", "value", 1) == 0);
    CHECK_STRING(getenv("CORACLE_TEST"), "value");
    CHECK(unsetenv("CORACLE_TEST") == 0 && getenv("CORACLE_TEST") == NULL);
}

int main(void)
{
    RUN(formatting);
    RUN(scanning);
    RUN(strings);
    RUN(mathematics);
    RUN(sorting);
    RUN(sorting_of_odd_things);
    RUN(errors_in_words);
    RUN(regular_expressions);
    RUN(allocation);
    RUN(allocation_limits);
    RUN(much_memory);
    RUN(jumps);
    RUN(clocks);
    RUN(descriptors);
    RUN(random_bytes);
    RUN(identity);
    return check_failures != 0;
}
