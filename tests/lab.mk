# SPDX-License-Identifier: BSD-2-Clause
#
# All tests in one pytest run: host, guest, lab and checks. pytest's fixtures
# (tests/conftest.py) build what each test needs, the virtual host included; the
# slow parts are built here before, where -j counts. make ends with pytest's own
# status, and pytest's summary is the last that is said.
#
#: make test                 all tests, TEST_JOBS (2) at once;
#:                           TEST="tests/lab -k console" for some, one by one

TEST ?= tests
TEST_JOBS ?= $(if $(filter tests,$(TEST)),2,0)

# What make tells the makes below it is not for those that the tests start.
UNMADE := env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL

# What most guests consist of, in both variants: then the tests' own builds are
# short.
MOST := APP=examples/httpd APP=tests/lab/guests/disk APP=tests/lab/guests/wire

guests-build: | $(B)/.packages $(SYSROOT)/xen/xen $(LWIP_STAMP)
	+$(Q)for app in $(MOST); do for variant in "" 1; do \
	    $(MAKE) --no-print-directory $$app LOCKCHECK=$$variant image || \
	        exit 1; done; done

.PHONY: guests-build

.do-test: $(B)/.packages-test host-build lab \
    $(if $(filter 0,$(TEST_JOBS)),,guests-build)
	@$(UNMADE) $(PYTHON) -m pytest -q -n $(TEST_JOBS) --dist loadgroup \
	    --durations=20 $(TEST); echo $$? > $(STATUS)
