# SPDX-License-Identifier: BSD-2-Clause
#
# Disks as files: for programs with a C library.

ifeq ($(LIBC) $(filter blkfront,$(COMPONENTS)),newlib blkfront)

BLOCK_FILES := $(patsubst %,$(O)/%.o,$(wildcard lib/block/libc/*.c))

$(BLOCK_FILES): $(O)/%.o: % $(BEFORE_CC) $(LIBC_READY)
	$(call say,CC $<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_FLAGS) -MMD -MP -c $< -o $@

COMPONENT_OBJECTS += $(BLOCK_FILES)

endif
