/* SPDX-License-Identifier: BSD-2-Clause */
/* root: what is in "/"? One line with the names, sorted. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    struct dirent **entries;
    int count = scandir("/", &entries, NULL, alphasort);

    if (count < 0) {
        perror("/");
        return 1;
    }
    printf("/:");
    for (int i = 0; i < count; i++) {
        printf(" %s", entries[i]->d_name);
        free(entries[i]);
    }
    printf("\n");
    free(entries);
    return 0;
}
