/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ext2_damaged.c: a thousand damaged images (ext2_damage.h).
 */
#include "ext2_damage.h"

#define IMAGES 1000

TEST(a_thousand_damaged_images)
{
    uint8_t mutations[5 * sizeof(struct mutation)];
    unsigned int usable = 0;

    damage_prepare();
    for (unsigned int i = 0; i < IMAGES; i++) {
        size_t count = 1 + test_below(5);

        for (size_t j = 0; j < sizeof(mutations); j++)
            mutations[j] = (uint8_t)test_random();
        alarm(60); /* an endless loop is a failure, too */
        damage(i % DAMAGE_KINDS, mutations, count * sizeof(struct mutation));
        usable += damage_use();
    }
    /* Most of them could be used, so that there was something to go wrong. */
    CHECK(usable > IMAGES / 2);
    CHECK(strstr(test_printed, "is read-only from now on") != NULL);
}

TEST(undamaged_images)
{
    damage_prepare();
    for (unsigned int i = 0; i < DAMAGE_KINDS; i++) {
        damage(i, NULL, 0);
        CHECK(damage_use());
        CHECK(strstr(test_printed, "e2fsck -f") == NULL);
        world_fsck();
    }
}
