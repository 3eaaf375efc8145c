# SPDX-License-Identifier: BSD-2-Clause
#
# Measuring. The images are built one after another by make itself, because a
# make builds one program at a time (APP).

#: make bench                measure, in virtual time: a table, and
#:                           build/bench/results.json; docs/bench.md

BENCH_APPS := examples/hello examples/bare \
    bench/bench-kernel bench/bench-libc bench/bench-idle

$(LAB)/create-time: tools/create_time.c | $(B)/.packages
	@mkdir -p $(@D)
	$(Q)$(DOM0_CC) $< -o $@ -lxenctrl

bench: $(LAB)/create-time lab
	+$(Q)for app in $(BENCH_APPS); do \
	    $(MAKE) --no-print-directory APP=$$app image >&2 || exit; done
	@CORACLE_VERSION='$(VERSION)' $(PYTHON) bench/bench --build $(B)

.PHONY: bench
