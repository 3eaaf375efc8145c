/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenstore.c: the operations of a xenstore client; xenstore.h is the contract.
 *
 * Each function here packs its arguments into the parts of one request, lets
 * xenstore_link.c carry it, and unpacks the answer (<xen/io/xs_wire.h>; the
 * payloads are described in Xen's docs/misc/xenstore.txt). They keep no state
 * but for a count of open transactions.
 *
 * Left out: what only dom0 may do (XS_INTRODUCE, ...), reading permissions, and
 * listings over 4096 bytes (XS_DIRECTORY_PART), which are -K_E2BIG.
 */
#include "arch/x86/frames.h"
#include "arch/x86/setup.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/sync.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "xen/xenstore.h"
#include "xen/xenstore_link.h"

#define RETRIES 64

/* xenstored lets an ordinary domain have 10 open at once; threads beyond that
 * wait here rather than fail there. */
#define TRANSACTIONS 8
static struct semaphore transactions;

static bool present;

int xenstore_init(void)
{
    mfn_t mfn = {start_info.store_mfn};
    int result;

    if (!mfn.n)
        return 0; /* bare Xen */
    semaphore_init(&transactions, TRANSACTIONS);
    result = xs_watch_init();
    if (!result)
        result = xs_link_init(direct_address(mfn_to_pfn(mfn)),
                              start_info.store_evtchn);
    present = !result;
    return result;
}

bool xenstore_present(void)
{
    return present;
}

static uint32_t id_of(const struct xenstore_tx *tx)
{
    return tx ? tx->id : 0;
}

/* ---- One node ------------------------------------------------------------ */

int xenstore_read(struct xenstore_tx *tx, const char *path, char **value,
                  size_t *size)
{
    struct xs_part parts[] = {xs_string(path)};
    size_t unused;

    return xs_call(XS_READ, id_of(tx), parts, 1, value, size ? size : &unused);
}

int xenstore_read_number(struct xenstore_tx *tx, const char *path,
                         uint64_t *number)
{
    size_t size;
    char *value;
    int result = xenstore_read(tx, path, &value, &size);

    if (result)
        return result;
    if (strlen(value) != size || !string_to_number(value, number))
        result = -K_EINVAL;
    heap_free(value);
    return result;
}

int xenstore_write(struct xenstore_tx *tx, const char *path, const char *format,
                   ...)
{
    struct xs_part parts[] = {xs_string(path), {NULL, 0}};
    va_list arguments, again;
    char *value;
    int result, size;

    va_start(arguments, format);
    va_copy(again, arguments);
    size = string_vformat(NULL, 0, format, again);
    va_end(again);
    value = heap_alloc((size_t)size + 1);
    if (value) {
        string_vformat(value, (size_t)size + 1, format, arguments);
        parts[1] = (struct xs_part){value, (size_t)size}; /* without a NUL */
        result = xs_call(XS_WRITE, id_of(tx), parts, 2, NULL, NULL);
        heap_free(value);
    } else {
        result = -K_ENOMEM;
    }
    va_end(arguments);
    return result;
}

int xenstore_remove(struct xenstore_tx *tx, const char *path)
{
    struct xs_part parts[] = {xs_string(path)};

    return xs_call(XS_RM, id_of(tx), parts, 1, NULL, NULL);
}

int xenstore_set_permissions(struct xenstore_tx *tx, const char *path,
                             const char *const permissions[], size_t count)
{
    struct xs_part *parts = heap_alloc_zeroed(count + 1, sizeof(*parts));
    int result;

    if (!parts)
        return -K_ENOMEM;
    parts[0] = xs_string(path);
    for (size_t i = 0; i < count; i++)
        parts[i + 1] = xs_string(permissions[i]);
    result = xs_call(XS_SET_PERMS, id_of(tx), parts, count + 1, NULL, NULL);
    heap_free(parts);
    return result;
}

/* ---- Listing ------------------------------------------------------------- */

int xenstore_list(struct xenstore_tx *tx, const char *path, char ***names,
                  size_t *count)
{
    struct xs_part parts[] = {xs_string(path)};
    size_t size;
    char *payload, *at;
    int result;

    result = xs_call(XS_DIRECTORY, id_of(tx), parts, 1, &payload, &size);
    if (result)
        return result;
    result = xs_decode_list(payload, size, count);
    if (result)
        goto out;
    *names = heap_alloc(*count * sizeof(**names) + size);
    if (!*names) {
        result = -K_ENOMEM;
        goto out;
    }
    at = (char *)(*names + *count);
    memcpy(at, payload, size);
    for (size_t i = 0; i < *count; i++) {
        (*names)[i] = at;
        at += strlen(at) + 1;
    }
out:
    heap_free(payload);
    return result;
}

/* ---- Transactions -------------------------------------------------------- */

static int begin(struct xenstore_tx *tx)
{
    struct xs_part parts[] = {xs_string("")};
    size_t size;
    char *payload;
    int result;

    result = xs_call(XS_TRANSACTION_START, 0, parts, 1, &payload, &size);
    if (result)
        return result;
    result = xs_decode_transaction(payload, size, &tx->id);
    heap_free(payload);
    return result;
}

static int end(struct xenstore_tx *tx, bool commit)
{
    struct xs_part parts[] = {xs_string(commit ? "T" : "F")};

    return xs_call(XS_TRANSACTION_END, tx->id, parts, 1, NULL, NULL);
}

/* One attempt; *again says that somebody else was faster. */
static int attempt(int (*body)(struct xenstore_tx *tx, void *argument),
                   void *argument, bool *again)
{
    struct xenstore_tx tx;
    int result = begin(&tx);

    *again = false;
    if (result)
        return result;
    result = body(&tx, argument);
    if (result < 0) {
        (void)!end(&tx, false); /* the body's error is the one that counts */
        return result;
    }
    result = end(&tx, true);
    *again = result == -K_EAGAIN;
    return result;
}

int xenstore_transaction(int (*body)(struct xenstore_tx *tx, void *argument),
                         void *argument)
{
    bool again = true;
    int result = -K_EAGAIN;

    if (!present)
        return -K_ENODEV;
    (void)!semaphore_down(&transactions, TIME_NEVER);
    for (unsigned int i = 0; i < RETRIES && again; i++)
        result = attempt(body, argument, &again);
    semaphore_up(&transactions);
    return result;
}
