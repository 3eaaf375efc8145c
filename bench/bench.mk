# SPDX-License-Identifier: BSD-2-Clause
#
# Measuring. The images are built one after another by make itself, because a
# make builds one program at a time (APP).

#: make bench                measure, mostly in virtual time: a table, and
#:                           build/bench/results.json; docs/bench.md.
#:                           PART="network crowd": only these parts

BENCH_APPS := examples/hello examples/bare examples/httpd examples/iperf examples/click \
    bench/bench-kernel bench/bench-libc bench/bench-idle \
    bench/bench-cpus bench/bench-wake bench/bench-block bench/bench-files \
    $(BENCH_PORT)
BENCH_PORT := tests/guest/ports/speedtest1

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

bench: $(BENCH_TOOLS) $(LAB)/bench-wake-linux $(LAB)/bench-disk-linux \
    $(LAB)/bench-files-linux lab
	+$(Q)for app in $(BENCH_APPS); do \
	    $(MAKE) --no-print-directory APP=$$app image >&2 || exit; done
	+$(Q)$(MAKE) --no-print-directory APP=$(BENCH_PORT) \
	    $(LAB)/ported-$(notdir $(BENCH_PORT)) >&2
	@CORACLE_VERSION='$(VERSION)' $(PYTHON) bench/bench --build $(B) $(PART)

.PHONY: bench
