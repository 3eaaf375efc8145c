/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_xenbus.c: which devices xenbus.c finds, with a toolstack that we play.
 * What becomes of a device is tested in test_xenbus_state.c.
 */
#include "test.h"
#include "threads.h"
#include "xen/xenbus.c"
#include "xen/xenbus_state.c"

#define BACKEND "/local/domain/0/backend/vif/5/0"

static bool other_domain(void)
{
    return false;
}

/* ---- Xenstore: one device, device/vif/0 ------------------------------------
 */

static const char *backend_id; /* NULL: the key is not there yet */
static unsigned int watch_count;

int xenstore_list(struct xenstore_tx *tx, const char *path, char ***names,
                  size_t *count)
{
    static char name[] = "0";

    (void)tx;
    CHECK_STRING(path, "device/vif");
    *names = heap_alloc(sizeof(**names));
    **names = name;
    *count = 1;
    return 0;
}

int xenstore_read(struct xenstore_tx *tx, const char *path, char **value,
                  size_t *size)
{
    (void)tx;
    (void)size;
    CHECK_STRING(path, "device/vif/0/backend");
    *value = heap_alloc(sizeof(BACKEND));
    strcpy(*value, BACKEND);
    return 0;
}

int xenstore_read_number(struct xenstore_tx *tx, const char *path,
                         uint64_t *number)
{
    (void)tx;
    CHECK_STRING(path, "device/vif/0/backend-id");
    if (!backend_id)
        return -K_ENOENT;
    return string_to_number(backend_id, number) ? 0 : -K_EINVAL;
}

int xenstore_watch(const char *path, void (*changed)(const char *, void *),
                   void *argument, struct xenstore_watch **watch)
{
    (void)changed;
    (void)argument;
    CHECK_STRING(path, BACKEND "/state");
    *watch = (struct xenstore_watch *)&watch_count;
    watch_count++;
    return 0;
}

void xenstore_unwatch(struct xenstore_watch *watch)
{
    CHECK(watch == (struct xenstore_watch *)&watch_count);
    watch_count--;
}

/* ---- The rest of xenbus ----------------------------------------------------
 */

static bool wanted;

int xenbus_join(char path[XENBUS_PATH_SIZE], const char *folder,
                const char *key)
{
    string_format(path, XENBUS_PATH_SIZE, "%s/%s", folder, key);
    return 0;
}

bool xenbus_advance(struct xenbus_device *device)
{
    (void)device;
    return wanted;
}

/* What a look finds if the key backend-id is `id`: the domain, or -1. */
static int find(const char *id)
{
    struct xenbus_driver driver = {.type = "vif"};
    struct xenbus_device *device;
    int domain = -1;

    list_init(&driver.devices);
    backend_id = id;
    wanted = true;
    (void)look_at_driver(&driver);
    device = find_device(&driver, 0);
    if (device) {
        CHECK_STRING(device->path, "device/vif/0");
        CHECK_STRING(device->backend, BACKEND);
        CHECK_EQUAL(watch_count, 1);
        domain = device->backend_domain;
    }
    wanted = false;
    (void)look_at_driver(&driver);
    CHECK_EQUAL(watch_count, 0);
    return domain;
}

TEST(a_backend_may_be_in_any_domain)
{
    CHECK_EQUAL(find("0"), 0);
    CHECK_EQUAL(find("7"), 7);
    CHECK_EQUAL(find("32751"), 32751); /* the last one that Xen gives */
    CHECK_STRING(test_printed, "");
}

TEST(a_device_that_is_not_whole_is_no_device)
{
    CHECK_EQUAL(find(NULL), -1);
    CHECK_EQUAL(find("x"), -1);
    CHECK_STRING(test_printed, "");
}

/* 65536 would be domain 0 if it were cut to 16 bits; 32752 is DOMID_SELF. */
TEST(a_backend_is_in_no_domain_that_cannot_be)
{
    CHECK_EQUAL(find("65536"), -1);
    CHECK(strstr(test_printed, "xenbus: device/vif/0/backend-id: expected a "
                               "domain's number, not 65536\n"));
    CHECK_EQUAL(find("32752"), -1);
    CHECK_EQUAL(find("18446744073709551615"), -1);
}
