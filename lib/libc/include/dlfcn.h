/* SPDX-License-Identifier: BSD-2-Clause */
/* dlfcn.h: shared objects, of which there are none (lib/libc/dlfcn.c). */
#ifndef _DLFCN_H
#define _DLFCN_H

#include <sys/cdefs.h>

#define RTLD_LAZY   1
#define RTLD_NOW    2
#define RTLD_GLOBAL 0x100
#define RTLD_LOCAL  0

#define RTLD_DEFAULT ((void *)0)
#define RTLD_NEXT    ((void *)-1)

typedef struct {
    const char *dli_fname; /* the program */
    void *dli_fbase;
    const char *dli_sname; /* the function around the address; NULL: none */
    void *dli_saddr;
} Dl_info;

__BEGIN_DECLS
void *dlopen(const char *, int);
void *dlsym(void *__restrict, const char *__restrict);
int dlclose(void *);
char *dlerror(void);
int dladdr(const void *, Dl_info *);
__END_DECLS

#endif
