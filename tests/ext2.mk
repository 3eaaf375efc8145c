# SPDX-License-Identifier: BSD-2-Clause
#
# Host tests and fuzzers with lib/ext2 and libext2fs in them: test_ext2*,
# fuzz_ext2*. See tests/host/ext2_world.h.

HOST_EXT2_FLAGS := -D_GNU_SOURCE $(EXT2_INCLUDES)
HOST_EXT2_TESTS := $(patsubst tests/host/%.c,%,$(wildcard tests/host/test_ext2*.c))
HOST_EXT2_OURS := $(patsubst %.c,$(HOST)/obj/%.o,$(wildcard lib/ext2/*.c))

$(HOST_EXT2_TESTS:%=$(HOST)/obj/tests/host/%.o): HOST_FLAGS += $(HOST_EXT2_FLAGS)
$(HOST_EXT2_TESTS:%=$(HOST)/obj/tests/host/%.o): | $(EXT2_READY)
$(HOST_EXT2_TESTS:%=$(HOST)/%): HOST_LDFLAGS := -Wl,--gc-sections
$(HOST_EXT2_TESTS:%=$(HOST)/%): $(HOST)/ext2.a \
    $(HOST)/obj/lib/printf.o $(HOST)/obj/lib/string.o

$(HOST_EXT2_OURS): $(HOST)/obj/%.o: %.c $(EXT2_READY) $(HOST_BEFORE)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(HOST_FLAGS) $(HOST_EXT2_FLAGS) -MMD -MP -c $< -o $@
-include $(HOST_EXT2_OURS:.o=.d)

# What is undefined in the library is not ours to report; what leaves its
# memory is.
$(HOST)/libext2fs.a: $(EXT2_READY) lib/ext2/build.mk $(HOST_BEFORE)
	$(call say,HOST $@)
	$(Q)rm -rf $(HOST)/ext2 $@ && mkdir -p $(HOST)/ext2
	$(Q)for file in $(EXT2_LIBRARY:%=$(EXT2DIR)/ext2fs/%.c) \
	    $(EXT2_MADE)/ext2fs/ext2_err.c; do \
	    $(HOST_CC) $(HOST_FLAGS) -fno-sanitize=undefined \
	        $(HOST_EXT2_FLAGS) -w -ffunction-sections -c $$file \
	        -o $(HOST)/ext2/$$(basename $$file).o || exit 1; done
	$(Q)ar rcs $@ $(HOST)/ext2/*.o

$(HOST)/ext2.a: $(HOST_EXT2_OURS) $(HOST)/libext2fs.a
	@rm -f $@
	$(Q)ar rcs $@ $(HOST_EXT2_OURS) $(HOST)/ext2/*.o

# The fuzzer has its own objects: it wants to see which way they go.
$(HOST)/fuzz_ext2: tests/host/fuzz_ext2.c $(EXT2_READY) \
    $(wildcard lib/ext2/*.[ch]) $(HOST)/libext2fs.a $(HOST)/basics.a \
    $(HOST_BEFORE)
	$(call say,FUZZ $@)
	$(Q)clang $(HOST_FLAGS) $(HOST_EXT2_FLAGS) -fsanitize=fuzzer \
	    -Wl,--gc-sections $< $(wildcard lib/ext2/*.c) $(HOST)/libext2fs.a \
	    $(HOST)/basics.a -o $@
