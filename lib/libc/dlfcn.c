/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dlfcn.c: <dlfcn.h> for a program that is one piece.
 *
 * No shared object can be loaded, because there is no dynamic linker: dlopen()
 * and dlsym() fail, dlerror() says why. dladdr() works for functions: the image
 * carries their names for crash reports (lib/symbols.c).
 *
 * Concurrency: the error is each thread's own.
 */
#include <dlfcn.h>

#include <stdbool.h>
#include <stddef.h>
#include "lib/symbols.h"

extern const char program_name[];
extern char image_start[]; /* arch/x86/image.lds */

static _Thread_local bool failed;

void *dlopen(const char *path, __attribute__((unused)) int mode)
{
    /* The program itself, in which dlsym() will find nothing. */
    if (path == NULL)
        return image_start;
    failed = true;
    return NULL;
}

void *dlsym(__attribute__((unused)) void *restrict handle,
            __attribute__((unused)) const char *restrict name)
{
    failed = true;
    return NULL;
}

int dlclose(void *handle)
{
    if (handle == image_start)
        return 0;
    failed = true;
    return -1;
}

char *dlerror(void)
{
    if (!failed)
        return NULL;
    failed = false;
    return (char *)"this program is linked in one piece: nothing can be loaded";
}

int dladdr(const void *address, Dl_info *info)
{
    static _Thread_local struct symbol symbol; /* until the next call */

    if (!symbol_find(address, &symbol))
        return 0;
    *info = (Dl_info){program_name, image_start, symbol.name,
                      (char *)address - symbol.offset};
    return 1;
}
