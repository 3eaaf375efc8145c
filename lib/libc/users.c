/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * users.c: <pwd.h> and <grp.h> for the one user that there is, and his group.
 *
 * There is no /etc/passwd: everything runs as user 0, whose name is root and
 * whose folder is "/". Programs ask for it to find out where "~" is, or to
 * print an owner's name.
 *
 * Concurrency: constants, which nobody has reason to change.
 *
 * Left out: lists of all users (getpwent() and its kin).
 */
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>
#include "lib/libc/libc.h"

static struct passwd root = {
    .pw_name = (char *)"root",
    .pw_passwd = (char *)"*",
    .pw_uid = 0,
    .pw_gid = 0,
    .pw_comment = (char *)"",
    .pw_gecos = (char *)"root",
    .pw_dir = (char *)"/",
    .pw_shell = (char *)"",
};

static char *no_members[] = {NULL};
static struct group root_group = {
    .gr_name = (char *)"root",
    .gr_passwd = (char *)"*",
    .gr_gid = 0,
    .gr_mem = no_members,
};

/* NULL for "there is none" is no error: errno stays as it was. */

struct passwd *getpwuid(uid_t user)
{
    return user == root.pw_uid ? &root : NULL;
}

struct passwd *getpwnam(const char *name)
{
    return strcmp(name, root.pw_name) == 0 ? &root : NULL;
}

struct group *getgrgid(gid_t group)
{
    return group == root_group.gr_gid ? &root_group : NULL;
}

struct group *getgrnam(const char *name)
{
    return strcmp(name, root_group.gr_name) == 0 ? &root_group : NULL;
}

/*
 * The same into the caller's structure. The texts are constants, so the buffer
 * for them stays unused.
 */

static int user_into(const struct passwd *found, struct passwd *to,
                     struct passwd **result)
{
    *result = found == NULL ? NULL : to;
    if (found != NULL)
        *to = *found;
    return 0;
}

int getpwuid_r(uid_t user, struct passwd *to,
               __attribute__((unused)) char *texts,
               __attribute__((unused)) size_t size, struct passwd **result)
{
    return user_into(getpwuid(user), to, result);
}

int getpwnam_r(const char *name, struct passwd *to,
               __attribute__((unused)) char *texts,
               __attribute__((unused)) size_t size, struct passwd **result)
{
    return user_into(getpwnam(name), to, result);
}

static int group_into(const struct group *found, struct group *to,
                      struct group **result)
{
    *result = found == NULL ? NULL : to;
    if (found != NULL)
        *to = *found;
    return 0;
}

int getgrgid_r(gid_t group, struct group *to,
               __attribute__((unused)) char *texts,
               __attribute__((unused)) size_t size, struct group **result)
{
    return group_into(getgrgid(group), to, result);
}

int getgrnam_r(const char *name, struct group *to,
               __attribute__((unused)) char *texts,
               __attribute__((unused)) size_t size, struct group **result)
{
    return group_into(getgrnam(name), to, result);
}

/* ---- Who one is -----------------------------------------------------------
 */

char *getlogin(void)
{
    return root.pw_name;
}

int getlogin_r(char *name, size_t size)
{
    if (size <= strlen(root.pw_name))
        return ERANGE;
    strcpy(name, root.pw_name);
    return 0;
}

/* Whether the program was given rights that its caller has not. */
int issetugid(void)
{
    return 0;
}
