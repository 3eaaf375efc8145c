/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_ext2.c: damaged images (ext2_damage.h): the first byte chooses one, the
 * others are mutations.
 */
#include "ext2_damage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (damage_images[0].bytes == NULL)
        damage_prepare();
    if (size == 0)
        return 0;
    damage(data[0] % DAMAGE_KINDS, data + 1, size - 1);
    (void)damage_use();
    return 0;
}
