/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * files.c: see files.h. Whether a file is compressed is known from its first
 * bytes, but to be written from its name.
 */
#include "lib/click/files.h"
#include <errno.h>
#include <string.h>
#include "lib/click/router.h"

static const struct packer {
    char magic[4], ending[5];
    const char *unpack, *pack;
} packers[] = {
    {"\x1f\x8b", ".gz", "gzip -dc", "gzip -c"},
    {"\x1f\x9d", ".Z", "gzip -dc", "compress -c"},
    {"BZh", ".bz2", "bzip2 -dc", "bzip2 -c"},
};

/* `file`, or the pipe of a program that reads or writes it. */
static struct click_file *through(struct element *element, const char *program,
                                  const char *name, bool write,
                                  struct click_errors *errors)
{
    struct router_world *world = router_world(element->router);
    struct click_file *file = NULL;

    if (!world->pipe_open)
        (void)click_error(errors, element->landmark,
                          "%s: compressed files need a program (%s), and "
                          "there are none in a guest",
                          name, program);
    else if (!(file = world->pipe_open(world, program, name, write)))
        (void)click_error(errors, element->landmark, "%s: cannot be opened",
                          name);
    return file;
}

struct click_file *click_open_read(struct element *element, const char *name,
                                   struct click_errors *errors)
{
    struct click_file *file = click_file_open(name, CLICK_FILE_READ);
    char magic[4] = "";

    if (!file) {
        (void)click_error(errors, element->landmark, "%s: cannot be opened: %s",
                          name, strerror(errno));
        return NULL;
    }
    if (!strcmp(name, "-"))
        return file;
    click_file_read(file, magic, 3);
    for (unsigned int i = 0; i < ARRAY_SIZE(packers); i++)
        if (!memcmp(packers[i].magic, magic, strlen(packers[i].magic))) {
            click_file_close(file);
            return through(element, packers[i].unpack, name, false, errors);
        }
    click_file_seek(file, 0); /* the buffer has it */
    return file;
}

struct click_file *click_open_write(struct element *element, const char *name,
                                    struct click_errors *errors)
{
    size_t length = strlen(name);
    struct click_file *file;

    for (unsigned int i = 0; i < ARRAY_SIZE(packers); i++) {
        size_t end = strlen(packers[i].ending);

        if (length > end && !strcmp(name + length - end, packers[i].ending))
            return through(element, packers[i].pack, name, true, errors);
    }
    file = click_file_open(name, CLICK_FILE_WRITE);
    if (!file)
        (void)click_error(errors, element->landmark, "%s: cannot be opened: %s",
                          name, strerror(errno));
    return file;
}

/* The field of `other` that `field` is of `element`, of the same class. */
static void *same_field(const struct element *element, const void *field,
                        struct element *other)
{
    return (char *)other + ((const char *)field - (const char *)element);
}

int click_open_on(struct element *element, char *const *name,
                  struct click_file **file, struct click_errors *errors)
{
    struct element *before = element_before(element);

    *file = NULL;
    if (before && strcmp(*name, "-") &&
        !strcmp(*name, *(char **)same_field(element, name, before)))
        return 0;
    *file = click_open_write(element, *name, errors);
    return *file ? 0 : -1;
}

void click_file_take(struct element *element, struct click_file **file,
                     struct element *old)
{
    struct click_file **theirs = same_field(element, file, old);

    if (!*file) {
        *file = *theirs;
        *theirs = NULL;
    }
}

int click_write_flush(struct element *element,
                      const struct click_handler *handler, const char *value,
                      struct click_errors *errors)
{
    char *fields = (char *)element;
    struct click_file *file =
        *(struct click_file **)(fields + (handler->data & 0xffff));

    (void)value;
    return file && click_file_flush(file)
               ? click_error(errors, NULL, "%s: cannot be written",
                             *(char **)(fields + (handler->data >> 16)))
               : 0;
}

int click_close(struct element *element, struct click_file *file)
{
    struct router_world *world = router_world(element->router);
    int result = -ENOENT;

    if (!file)
        return 0;
    if (world->pipe_open)
        result = world->pipe_close(world, file);
    return result == -ENOENT ? click_file_close(file) : result;
}
