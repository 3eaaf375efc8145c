# SPDX-License-Identifier: BSD-2-Clause
#
# Tests that need no Xen: pure code on the host, fuzzers, checks of the text.
# pytest (tests/host/test_host.py, tests/check/test_check.py) runs the same,
# one case per test function, fuzzer and check.
#
#: make click                build/host/click: Click configurations on this host
#: make elements             docs/elements.md, from the heads of the sources
#: make host                 build and run the host tests (ASan, UBSan, TSan)
#: make fuzz                 run each fuzzer for FUZZ_SECONDS (30) seconds
#: make check                layers, formatting, references in docs/, licences

# ---- Host tests and fuzzers ----------------------------------------------
#
# tests/host/test_NAME.c and fuzz_NAME.c are found by name and need no line
# here; each includes the sources that it tests. See tests/host/test.h.

HOST := $(B)/host
HOST_CC := clang
FUZZ_SECONDS ?= 30

HOST_TESTS := $(patsubst tests/host/%.c,$(HOST)/%,\
    $(wildcard tests/host/test_*.c))
HOST_FUZZERS := $(patsubst tests/host/%.c,$(HOST)/%,\
    $(wildcard tests/host/fuzz_*.c))

HOST_FLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer $(WARNINGS) \
    -Wno-missing-prototypes -Wno-clobbered -Wno-unknown-warning-option \
    -fsanitize=address,undefined -fno-sanitize-recover=all \
    -D__XEN_INTERFACE_VERSION__=0x00040e00 \
    -Itests/host/fake -Itests/host -I. -Iinclude -isystem $(SYSROOT)/xen
HOST_BEFORE := tests/tests.mk $(wildcard tests/host/*.h) \
    | $(SYSROOT)/xen/xen $(B)/.packages-test

# What tests need beyond building: clang, clang-format, pytest.
$(B)/.packages-test: lab/packages-test | $(B)/.packages
	$(Q)lab/setup $< >&2
	@touch $@

# The basics and the kernel's stand-in, linked into every program as far as it
# uses them.
HOST_BASICS := $(patsubst %.c,$(HOST)/obj/%.o,\
    $(wildcard lib/*.c) tests/host/shim.c tests/host/ram.c)

$(HOST)/obj/lib/%.o: lib/%.c $(HOST_BEFORE)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(HOST_FLAGS) -include rename.h -MMD -MP -c $< -o $@

$(HOST)/obj/tests/host/%.o: tests/host/%.c $(HOST_BEFORE)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(HOST_FLAGS) -MMD -MP -c $< -o $@

$(HOST)/basics.a: $(HOST_BASICS)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(HOST)/test_%: $(HOST)/obj/tests/host/test_%.o \
    $(HOST)/obj/tests/host/runner.o $(HOST)/basics.a
	$(call say,HOST $@)
	$(Q)$(HOST_CC) $(HOST_FLAGS) $(HOST_LDFLAGS) $(filter %.o %.a,$^) -o $@

$(HOST)/fuzz_%: tests/host/fuzz_%.c $(HOST)/basics.a $(HOST_BEFORE)
	$(call say,FUZZ $@)
	$(Q)clang $(HOST_FLAGS) -fsanitize=fuzzer -MMD -MP -MF $@.d $< \
	    $(filter %.a,$^) -o $@

# A whole program, on Linux' sockets: tests/host/test_httpd_linux.py runs it.
HTTPD_SOURCES := $(wildcard examples/httpd/*.c) tests/host/httpd/linux.c

$(HOST)/httpd: $(HTTPD_SOURCES) $(wildcard examples/httpd/*.h) $(HOST_BEFORE)
	$(call say,HOST $@)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(HOST_FLAGS) -D_GNU_SOURCE $(HTTPD_SOURCES) -o $@

# The packet graph as a program of the host: build/host/click for people, and
# with sanitizers, build/host/click-checked for tests/click. They act as
# click-flatten if they are called so.

CLICK_SOURCES := $(wildcard tools/click/*.c lib/click/*.c \
    lib/click/elements/*.c) drivers/packet.c drivers/checksum.c \
    drivers/segment.c lib/printf.c
HOST_CLICK_FLAGS := -std=gnu11 $(WARNINGS) -D_GNU_SOURCE -I. -Iinclude \
    -I$(HOST)/click.o
HOST_CLICK_CHECKED := -O1 -g -fno-omit-frame-pointer \
    -fsanitize=address,undefined -fno-sanitize-recover=all

$(HOST)/click.o/%.o: %.c tests/tests.mk | $(B)/.packages-test
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) -O2 -g $(HOST_CLICK_FLAGS) -MMD -MP -c $< -o $@

$(HOST)/click-checked.o/%.o: %.c tests/tests.mk | $(B)/.packages-test
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(HOST_CLICK_CHECKED) $(HOST_CLICK_FLAGS) -MMD -MP -c $< -o $@

$(HOST)/click: $(CLICK_SOURCES:%.c=$(HOST)/click.o/%.o)
	$(call say,HOST $@)
	$(Q)$(HOST_CC) $^ -lm -o $@

$(HOST)/click-checked: $(CLICK_SOURCES:%.c=$(HOST)/click-checked.o/%.o)
	$(call say,HOST $@)
	$(Q)$(HOST_CC) $(HOST_CLICK_CHECKED) $^ -lm -o $@

$(HOST)/click-flatten $(HOST)/click-checked-flatten: %-flatten: %
	$(Q)ln -sf $(notdir $<) $@

# Fuzzers of it, tests/host/fuzz_click_NAME.c, are linked with all of it but the
# program.
CLICK_FUZZED := $(filter-out tools/%,$(CLICK_SOURCES)) \
    $(wildcard tools/click/packets.c tools/click/*device.c tools/click/select.c \
    tools/click/host_stack.c)

$(HOST)/click-fuzzed.o/%.o: %.c tests/tests.mk | $(B)/.packages-test
	@mkdir -p $(@D)
	$(Q)clang $(HOST_CLICK_CHECKED) -fsanitize=fuzzer-no-link $(HOST_CLICK_FLAGS) \
	    -MMD -MP -c $< -o $@

$(HOST)/click-fuzzed.a: $(CLICK_FUZZED:%.c=$(HOST)/click-fuzzed.o/%.o)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(filter $(HOST)/fuzz_click_%,$(HOST_FUZZERS)): $(HOST)/click-fuzzed.a

# Packets with marks of a guest's interfaces through a graph: test_marks.py.
$(HOST)/click-marked: tests/click/marked.c \
    $(CLICK_FUZZED:%.c=$(HOST)/click-checked.o/%.o)
	$(call say,HOST $@)
	$(Q)$(HOST_CC) $(HOST_CLICK_CHECKED) $(HOST_CLICK_FLAGS) $^ -lm -o $@

# What `click --list` says, and the reference of all elements.
$(HOST)/click.o/tools/click/elements.o \
$(HOST)/click-checked.o/tools/click/elements.o: $(HOST)/click.o/elements.inc

$(HOST)/click.o/elements.inc: tools/click-doc lib/click/classes.h \
    $(wildcard lib/click/elements/*.c lib/click/guest/*.c)
	@mkdir -p $(@D)
	$(Q)$(PYTHON) tools/click-doc list > $@

click: $(HOST)/click $(HOST)/click-flatten

elements:
	$(Q)$(PYTHON) tools/click-doc page > docs/elements.md

.PHONY: click elements

-include $(CLICK_SOURCES:%.c=$(HOST)/click.o/%.d) \
    $(CLICK_SOURCES:%.c=$(HOST)/click-checked.o/%.d) \
    $(CLICK_FUZZED:%.c=$(HOST)/click-fuzzed.o/%.d)

-include $(HOST_BASICS:.o=.d) $(HOST_FUZZERS:=.d)
-include $(HOST_TESTS:$(HOST)/%=$(HOST)/obj/tests/host/%.d)

# ---- Tests under ThreadSanitizer -----------------------------------------
#
# tests/host/tsan/tsan_NAME.c is found by name, too; its `// uses:` lines name
# the sources that it tests. See tests/host/tsan/cpus.h.

TSAN := $(HOST)/tsan
TSAN_TESTS := $(patsubst tests/host/tsan/%.c,$(TSAN)/%,\
    $(wildcard tests/host/tsan/tsan_*.c))

# Volatile accesses (READ_ONCE) are told apart from others: see cpus.c there.
TSAN_FLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer $(WARNINGS) \
    -Wno-missing-prototypes -fsanitize=thread \
    -mllvm -tsan-distinguish-volatile=1 \
    -D__XEN_INTERFACE_VERSION__=0x00040e00 \
    -Itests/host/tsan/fake -Itests/host/fake -Itests/host/tsan -Itests/host \
    -I. -Iinclude -isystem $(SYSROOT)/xen

tsan_uses = $(shell sed -n 's,^// uses: ,,p' $(1))
TSAN_SOURCES := tests/host/runner.c tests/host/tsan/cpus.c lib/string.c \
    $(sort $(call tsan_uses,tests/host/tsan/tsan_*.c))

$(TSAN)/obj/lib/%.o: TSAN_FLAGS += -include rename.h
$(TSAN)/obj/%.o: %.c $(HOST_BEFORE)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(TSAN_FLAGS) -include fences.h -MMD -MP -c $< -o $@

define TSAN_RULE
$(1): $(patsubst %.c,$(TSAN)/obj/%.o,tests/host/tsan/$(notdir $(1)).c \
    tests/host/runner.c tests/host/tsan/cpus.c lib/string.c \
    $(call tsan_uses,tests/host/tsan/$(notdir $(1)).c))
	$$(call say,HOST $$@)
	$$(Q)$$(HOST_CC) -fsanitize=thread $$^ -o $$@
endef
$(foreach test,$(TSAN_TESTS),$(eval $(call TSAN_RULE,$(test))))

-include $(patsubst %.c,$(TSAN)/obj/%.d,$(TSAN_SOURCES)) \
    $(TSAN_TESTS:$(TSAN)/%=$(TSAN)/obj/tests/host/tsan/%.d)

# ---- Running them --------------------------------------------------------

host-build: $(HOST_TESTS) $(HOST_FUZZERS) $(TSAN_TESTS) $(HOST)/httpd \
    $(HOST)/click-checked-flatten $(HOST)/click-marked

host: $(HOST_TESTS) $(TSAN_TESTS)
	$(Q)status=0; for test in $^; do \
	    echo "$$test:"; $$test || status=1; done; exit $$status

# What a fuzzer finds anew is kept below build/; the seeds are in the tree, in
# tests/host/corpus/NAME/, where there are any.
fuzz: $(HOST_FUZZERS)
	$(Q)for fuzzer in $^; do name=$${fuzzer##*/fuzz_}; \
	    seeds=tests/host/corpus/$$name; \
	    mkdir -p $(HOST)/corpus/$$name; \
	    echo "$$fuzzer: $(FUZZ_SECONDS) s"; \
	    $$fuzzer -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 \
	        -artifact_prefix=$(HOST)/$$name- -verbosity=0 \
	        $(HOST)/corpus/$$name $$([ ! -d $$seeds ] || echo $$seeds) \
	        || exit 1; done

# ---- Checks of the text --------------------------------------------------

check: | $(B)/.packages-test
	$(Q)status=0; for check in tools/check-*; do \
	    $(PYTHON) $$check || status=1; done; exit $$status

# ---- Torture ---------------------------------------------------------------
#
# tests/guest/torture on several numbers of CPUs, one after the other, until one
# fails. The guest prints its seed; what it does depends on the seed, how the
# CPUs interleave does not.
#
#: make torture              all primitives from all CPUs, some minutes; SEED=N
#:                           repeats one, TORTURE_SECONDS=60 for each number of
#:                           CPUs, TORTURE_CPUS="1 2 4 8", GAMES="mutex events"
#: make torture-net          ten million packets leave memory as it was

TORTURE_SECONDS ?= 60
TORTURE_CPUS ?= 1 2 4 8

torture:
	$(Q)seed=$(or $(SEED),$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')); \
	for cpus in $(TORTURE_CPUS); do \
	    $(MAKE) --no-print-directory qemu APP=tests/guest/torture \
	        VCPUS=$$cpus MEM=64 TIMEOUT=$$((3 * $(TORTURE_SECONDS) + 120)) \
	        ARGS="SEED=$$seed SECONDS=$(TORTURE_SECONDS)\
	$(if $(GAMES), 'GAMES=$(GAMES)')" || \
	        { echo "torture: failed; make torture SEED=$$seed" >&2; exit 1; }; \
	done

# In virtual time, two minutes; the guest says whether it has lost anything.
torture-net:
	$(Q)$(MAKE) --no-print-directory run APP=tests/lab/guests/wire NET=1 \
	    ICOUNT=1 ARGS="source 10000000 60" TIMEOUT=0


#: make torture-disks        50 guests destroyed while they write to a data base
#:                           (CRASHES=50), at moments that SEED=1 determines

CRASHES ?= 50

torture-disks: lab
	$(Q)CORACLE_CRASHES=$(CRASHES) CORACLE_SEED=$(or $(SEED),1) \
	    $(PYTHON) -m pytest -q tests/lab/test_faults.py -k destroyed

.PHONY: host host-build fuzz check torture torture-net torture-disks
.PRECIOUS: $(HOST)/obj/%.o $(HOST)/obj/tests/host/%.o

include tests/lab.mk
