/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * commits: changes a data base and files for ever, and says what is safe.
 *
 *     commits FOLDER MODE [COUNT]
 *
 * In FOLDER is the data base MODE.db, with that journal mode of SQLite's
 * ("delete", "wal", ...), and files note0 to note7. Transaction number n does
 * what can be computed from n (tests/lab/commits.py does), the last thing is to
 * write n into the table `log`. It begins where the data base ends: "found n",
 * and prints "committed n" when n is safe. Before some transactions a note is
 * made: written under another name, and renamed over the old one.
 *
 * A full disk is told by "full n" and is no reason to stop: then rows and notes
 * are taken away, and n is tried again. Other errors end it. After transaction
 * COUNT it ends as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS     500u
#define TEXT_MAX 3000u
#define NOTES    8u

static sqlite3 *db;
static const char *folder;

static void give_up(const char *what, const char *reason)
{
    printf("failed: %s: %s\n", what, reason);
    exit(1);
}

/* One statement. SQLITE_OK, or SQLITE_FULL; whatever else ends the program. */
__attribute__((format(printf, 1, 2))) static int run(const char *format, ...)
{
    static char text[TEXT_MAX + 200];
    va_list arguments;
    int error;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    error = sqlite3_exec(db, text, NULL, NULL, NULL);
    if (error != SQLITE_OK && error != SQLITE_FULL)
        give_up(text, sqlite3_errmsg(db));
    return error;
}

static int take_number(void *argument, int count, char **values, char **names)
{
    (void)names;
    if (count == 1 && values[0])
        *(uint32_t *)argument = (uint32_t)strtoul(values[0], NULL, 10);
    return 0;
}

static uint32_t open_data(const char *mode)
{
    char path[100];
    uint32_t found = 0;

    snprintf(path, sizeof(path), "%s/%s.db", folder, mode);
    if (sqlite3_open(path, &db) != SQLITE_OK)
        give_up(path, db ? sqlite3_errmsg(db) : "out of memory");
    /* A write-ahead log has an index that processes share, but for one that is
     * alone. */
    if (!strcmp(mode, "wal"))
        run("PRAGMA locking_mode = EXCLUSIVE");
    run("PRAGMA journal_mode = %s", mode);
    /* FULL would not sync the folder when the journal is deleted, which is what
     * commits: after a crash it may be there again, and is rolled back. */
    run("PRAGMA synchronous = EXTRA");
    run("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, n, text)");
    run("CREATE TABLE IF NOT EXISTS log (one INTEGER PRIMARY KEY, n)");
    if (sqlite3_exec(db, "SELECT n FROM log", take_number, &found, NULL))
        give_up("SELECT", sqlite3_errmsg(db));
    return found;
}

/* ---- Transactions ---------------------------------------------------------
 */

static int insert(uint32_t n)
{
    uint32_t length = n * 37 % TEXT_MAX;
    char text[TEXT_MAX + 1];

    for (uint32_t i = 0; i < length; i++)
        text[i] = (char)('a' + (n + i) % 26);
    text[length] = '\0';
    return run("INSERT OR REPLACE INTO rows VALUES (%u, %u, '%s')",
               (n * 2654435761u >> 7) % ROWS, n, text);
}

static int transact(uint32_t n)
{
    int error = run("BEGIN");

    for (uint32_t i = 0; !error && i <= n % 4; i++)
        error = insert(n * 4 + i);
    if (!error && n % 5 == 0)
        error = run("DELETE FROM rows WHERE id = %u", n * 7919 % ROWS);
    if (!error)
        error = run("INSERT OR REPLACE INTO log VALUES (1, %u)", n);
    if (!error)
        error = run("COMMIT");
    if (error && !sqlite3_get_autocommit(db))
        run("ROLLBACK");
    return error;
}

/* ---- Notes ----------------------------------------------------------------
 */

/* Which is that of transaction n, so many lines of n. 0 or -1, for a full disk.
 */
static int make_note(uint32_t n)
{
    char fresh[100], path[100];
    int error = 0;
    FILE *file;

    snprintf(fresh, sizeof(fresh), "%s/fresh", folder);
    snprintf(path, sizeof(path), "%s/note%u", folder, n / 3 % NOTES);
    file = fopen(fresh, "w");
    if (!file)
        error = errno;
    for (uint32_t i = 0; !error && i < n % 300; i++)
        if (fprintf(file, "%u\n", n) < 0)
            error = errno;
    if (file && !error && (fflush(file) || fsync(fileno(file))))
        error = errno;
    if (file && fclose(file) && !error)
        error = errno;
    if (!error && rename(fresh, path))
        error = errno;
    sync();
    if (error && error != ENOSPC)
        give_up(path, strerror(error));
    return error ? -1 : 0;
}

/* The disk is full: nothing else is wrong with it. */
static void make_room(void)
{
    char path[100];

    for (unsigned int i = 0; i < NOTES; i++) {
        snprintf(path, sizeof(path), "%s/note%u", folder, i);
        (void)unlink(path);
    }
    snprintf(path, sizeof(path), "%s/fresh", folder);
    (void)unlink(path);
    snprintf(path, sizeof(path), "%s/ballast", folder);
    if (truncate(path, 0) && errno != ENOENT)
        give_up(path, strerror(errno));
}

int main(int argc, char **argv)
{
    uint32_t n, end = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : ~0u;

    if (argc < 3)
        return 2;
    folder = argv[1];
    n = open_data(argv[2]);
    printf("found %u\n", n);
    for (n++; n <= end; n++) {
        bool full = n % 3 == 0 && make_note(n);

        if (full || transact(n)) {
            printf("full %u\n", n);
            make_room();
            n--;
            continue;
        }
        printf("committed %u\n", n);
    }
    return sqlite3_close(db) != SQLITE_OK;
}
