# SPDX-License-Identifier: BSD-2-Clause
#
# The packet graph in a guest. It counts as a part of the program: its functions
# are called what Click's users expect (timers, tasks), as are the kernel's.

ifneq ($(filter click,$(COMPONENTS)),)

CLICK_SOURCES := $(filter-out lib/click/guest/$(if \
    $(filter lwip,$(COMPONENTS)),no_,)tcpip.c,$(wildcard lib/click/*.c \
    lib/click/elements/*.c lib/click/guest/*.c))
CLICK_OBJECTS := $(CLICK_SOURCES:%=$(O)/%.o)

# A check of the stack at each function's entry is a tenth of the image. So only
# what can be inside of itself has it: a packet's hops, handlers that call
# others, what follows the nesting of a text or goes through the graph. Between
# two such checks, STACK_RESERVE bytes are enough for everything else (and for
# the kernel and the C library), as tools/stack-depth adds up: 6.1 KB.
CLICK_CHECKED := $(patsubst %,$(O)/lib/click/%.c.o,hop handlers router_handlers \
    script_run script_expand parse variables flatten filter program \
    program_compare program_optimize notifiers ip_summary elements/red)
STACK_INITIAL := 32768
STACK_RESERVE := 22528

# For size; canaries where there is an array of characters.
CLICK_FLAGS := -Oz -fno-jump-tables -fno-tree-dominator-opts -fno-tree-pre \
    -fno-stack-protector -fstack-protector

$(CLICK_OBJECTS): CLICK_STACK := -fno-split-stack
$(CLICK_CHECKED): CLICK_STACK :=
$(O)/lib/click/hop.c.o: CLICK_STACK := -foptimize-sibling-calls

$(CLICK_OBJECTS): $(O)/%.o: % $(BEFORE_CC) $(LIBC_READY)
	$(call say,CC $<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PROGRAM_FLAGS) $(CLICK_FLAGS) $(CLICK_STACK) -MMD -MP -c $< -o $@

$(PROGRAM): $(CLICK_OBJECTS)

-include $(CLICK_OBJECTS:.o=.d)

endif
