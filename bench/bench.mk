# SPDX-License-Identifier: BSD-2-Clause
#
# Measuring. The images are built one after another by make itself, because a
# make builds one program at a time (APP).

#: make bench                measure, mostly in virtual time: a table, and
#:                           build/bench/results.json; docs/bench.md
#: make bench PART="A B"     only some of: sizes costs boot creation network
#:                           middleboxes configurations crowd disks files cpus
#: make profile              where TCP through a wire spends its instructions

# What each part needs.
BENCH_PORT := tests/guest/ports/speedtest1
APPS_sizes := examples/hello examples/bare examples/httpd examples/click
APPS_costs := bench/bench-kernel bench/bench-libc
APPS_boot := examples/hello bench/bench-cpus bench/bench-wake
APPS_creation := examples/hello examples/bare bench/bench-idle
APPS_network := examples/httpd examples/iperf
APPS_middleboxes := examples/click
APPS_configurations := examples/click
APPS_crowd := examples/click
APPS_disks := bench/bench-block
APPS_files := bench/bench-files $(BENCH_PORT)
APPS_cpus := bench/bench-cpus bench/bench-wake

BENCH_PARTS := sizes costs boot creation network middleboxes configurations \
    crowd disks files cpus
BENCH_APPS := $(sort $(foreach part,$(or $(PART),$(BENCH_PARTS)),$(APPS_$(part))))

BENCH_TOOLS := $(LAB)/create-time $(LAB)/cpu-time

$(LAB)/create-time: tools/create_time.c | $(B)/.packages
	@mkdir -p $(@D)
	$(Q)$(DOM0_CC) $< -o $@ -lxenctrl

$(LAB)/cpu-time: tools/cpu_time.c | $(B)/.packages
	@mkdir -p $(@D)
	$(Q)$(DOM0_CC) $< -o $@ -lxenctrl

# The same program for Linux.
$(LAB)/bench-wake-linux: bench/bench-wake/main.c | $(B)/.packages
	@mkdir -p $(@D)
	$(Q)$(DOM0_CC) -static -pthread $< -o $@

$(LAB)/bench-disk-linux: bench/disk_linux.c | $(B)/.packages
	@mkdir -p $(@D)
	$(Q)$(DOM0_CC) -static $< -o $@

$(LAB)/bench-files-linux: bench/bench-files/main.c | $(B)/.packages
	@mkdir -p $(@D)
	$(Q)$(DOM0_CC) -static $< -o $@

$(LAB)/profile.so: bench/profile.c | $(B)/.packages
	@mkdir -p $(@D)
	$(Q)$(DOM0_CC) -shared -fPIC -fvisibility=hidden $< -o $@

bench: $(BENCH_TOOLS) $(LAB)/bench-wake-linux $(LAB)/bench-disk-linux \
    $(LAB)/bench-files-linux lab
	+$(Q)for app in $(BENCH_APPS); do \
	    $(MAKE) --no-print-directory APP=$$app image >&2 || exit; done
	+$(if $(filter $(BENCH_PORT),$(BENCH_APPS)),$(Q)$(MAKE) \
	    --no-print-directory APP=$(BENCH_PORT) \
	    $(LAB)/ported-$(notdir $(BENCH_PORT)) >&2)
	@CORACLE_VERSION='$(VERSION)' $(PYTHON) bench/bench --build $(B) $(PART)

profile: $(LAB)/cpu-time $(LAB)/profile.so lab
	+$(Q)$(MAKE) --no-print-directory APP=examples/click image >&2
	@$(PYTHON) bench/bench --build $(B) --profile

.PHONY: bench profile
