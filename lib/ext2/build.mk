# SPDX-License-Identifier: BSD-2-Clause
#
# libext2fs, from Debian's source package of e2fsprogs, unmodified, and our
# file system upon it. Only the files named here are compiled; what they refer
# to beyond that is never reached (lib/ext2/absent.c).

EXT2_VERSION := 1.47.0-2
EXT2DIR := $(B)/sources/e2fsprogs/lib
EXT2_STAMP := $(B)/sources/e2fsprogs/.source
EXT2_MADE := $(B)/ext2
EXT2_READY := $(EXT2_MADE)/stamp

EXT2_LIBRARY := openfs freefs io_manager rw_bitmaps bitmaps bitops \
    gen_bitmap gen_bitmap64 blkmap64_ba blknum alloc alloc_sb alloc_stats \
    inode i_block csum crc16 extent check_desc closefs hashmap inline \
    blkmap64_rb rbtree get_num_dirs
EXT2_INCLUDES := -I lib/ext2/include -isystem $(EXT2_MADE) -isystem $(EXT2DIR) \
    -isystem $(EXT2DIR)/ext2fs

$(EXT2_STAMP): lib/ext2/build.mk lab/source | $(B)/.packages
	$(Q)lab/source e2fsprogs=$(EXT2_VERSION) $(B)/sources/e2fsprogs
	@touch $@

# Its error numbers, and their texts.
$(EXT2_READY): $(EXT2_STAMP)
	@mkdir -p $(EXT2_MADE)/ext2fs
	$(Q)for part in h c; do awk -f $(EXT2DIR)/et/et_$$part.awk \
	    outfile=$(EXT2_MADE)/ext2fs/ext2_err.$$part outfn=ext2_err.$$part \
	    $(EXT2DIR)/ext2fs/ext2_err.et.in || exit 1; done
	@touch $@

ifneq ($(filter ext2,$(COMPONENTS)),)

EXT2_OBJECTS := $(EXT2_LIBRARY:%=$(O)/ext2/%.o)
EXT2_OURS := $(patsubst %,$(O)/%.o,$(wildcard lib/ext2/*.c lib/ext2/libc/*.c))

$(EXT2_OBJECTS): $(O)/ext2/%.o: $(BEFORE_CC) $(LIBC_READY) $(EXT2_READY)
	$(call say,CC ext2fs/$*.c)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_FLAGS) $(PROGRAM_STACK) -Os -w $(EXT2_INCLUDES) -MD -MP \
	    -c $(EXT2DIR)/ext2fs/$*.c -o $@

$(O)/ext2/ext2_err.o: $(EXT2_READY) $(LIBC_READY)
	$(Q)$(CC) $(LIBC_FLAGS) -w $(EXT2_INCLUDES) \
	    -c $(EXT2_MADE)/ext2fs/ext2_err.c -o $@

$(EXT2_OURS): $(O)/%.o: % $(BEFORE_CC) $(LIBC_READY) $(EXT2_READY)
	$(call say,CC $<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_FLAGS) $(PROGRAM_STACK) $(EXT2_INCLUDES) -MD -MP -c $< -o $@

COMPONENT_OBJECTS += $(EXT2_OBJECTS) $(O)/ext2/ext2_err.o $(EXT2_OURS)

endif
