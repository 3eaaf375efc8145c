# SPDX-License-Identifier: BSD-2-Clause
#
# The packet graph in a guest. It counts as a part of the program: its functions
# are called what Click's users expect (timers, tasks), as are the kernel's.

ifneq ($(filter click,$(COMPONENTS)),)

CLICK_SOURCES := $(filter-out lib/click/guest/$(if \
    $(filter lwip,$(COMPONENTS)),no_,)tcpip.c,$(wildcard lib/click/*.c \
    lib/click/elements/*.c lib/click/guest/*.c))
CLICK_OBJECTS := $(CLICK_SOURCES:%=$(O)/%.o)

$(CLICK_OBJECTS): $(O)/%.o: % $(BEFORE_CC) $(LIBC_READY)
	$(call say,CC $<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PROGRAM_FLAGS) -Os -MMD -MP -c $< -o $@

$(PROGRAM): $(CLICK_OBJECTS)

-include $(CLICK_OBJECTS:.o=.d)

endif
