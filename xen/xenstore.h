/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenstore.h: a client of xenstored, the tree of short strings through which
 * toolstack, backends and guests find each other.
 *
 * All calls are thread context, may be made by many threads at once, and block
 * until xenstored answers. They return 0 or a negative errno: xenstored's own
 * (-K_ENOENT, -K_EACCES, ...), -K_EMSGSIZE for more than 4096 bytes,
 * -K_EPROTO for an answer that makes no sense, -K_ETIMEDOUT if none came in
 * 60 s (then nobody knows whether it was done), -K_ENODEV where there is no
 * xenstore (bare Xen). Paths without a leading slash are relative to the
 * domain's home. `tx` is a transaction or XENSTORE_NO_TX.
 */
#ifndef CORACLE_XEN_XENSTORE_H
#define CORACLE_XEN_XENSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "coracle/compiler.h"

struct xenstore_tx {
    uint32_t id;
};

#define XENSTORE_NO_TX NULL

/* Called by the kernel at boot. */
MUST_CHECK int xenstore_init(void);

/* Whether a xenstored is there at all. */
bool xenstore_present(void);

/*
 * Read the value at `path`. *value is a heap block ended by a NUL that is not
 * counted in *size (size may be NULL); the caller frees it with heap_free().
 */
MUST_CHECK int xenstore_read(struct xenstore_tx *tx, const char *path,
                             char **value, size_t *size);

/* As printf into `path`. */
PRINTF_LIKE(3, 4)
MUST_CHECK int xenstore_write(struct xenstore_tx *tx, const char *path,
                              const char *format, ...);

/* Parse the value at `path` as a decimal number. -K_EINVAL if it is none. */
MUST_CHECK int xenstore_read_number(struct xenstore_tx *tx, const char *path,
                                    uint64_t *number);

MUST_CHECK int xenstore_remove(struct xenstore_tx *tx, const char *path);

/*
 * The names below `path`: *names is one heap block, an array of *count
 * pointers followed by the strings they point to.
 */
MUST_CHECK int xenstore_list(struct xenstore_tx *tx, const char *path,
                             char ***names, size_t *count);

/*
 * Permissions as xenstore writes them, e.g. "n0", "r3": the first names the
 * owner and what others may, each further one a domain and what it may.
 */
MUST_CHECK int xenstore_set_permissions(struct xenstore_tx *tx,
                                        const char *path,
                                        const char *const permissions[],
                                        size_t count);

/*
 * Run `body` in a transaction, again and again while xenstored answers that
 * somebody else was faster (up to 64 times: -K_EAGAIN). A negative result of
 * the body aborts the transaction and is returned.
 */
MUST_CHECK int xenstore_transaction(int (*body)(struct xenstore_tx *tx,
                                                void *argument),
                                    void *argument);

/*
 * Watch `path` and all below it. `changed` is called once at registration and
 * after each change, with the path that changed. It runs in the thread that
 * delivers watches, which is not the one that reads xenstored's answers: it
 * may use every function here, but while it blocks other watches wait.
 */
struct xenstore_watch;
MUST_CHECK int xenstore_watch(const char *path,
                              void (*changed)(const char *path, void *argument),
                              void *argument, struct xenstore_watch **watch);

/* When it returns, `changed` is not running and never will (unless called
 * from `changed` itself). */
void xenstore_unwatch(struct xenstore_watch *watch);

#endif
