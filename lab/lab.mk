# SPDX-License-Identifier: BSD-2-Clause
#
# The verbs that run a program, and what they run it on: the virtual Xen host
# in $(B)/lab. docs/lab.md is the chapter on it.
#
# A verb's work is lab/verb's: build, make the host, run. It writes the status
# that make shall end with into a file, and the verb's own recipe ends make with
# it (lab/make_exit.c).

#: make run [APP=DIR]        build and run under xl; status and output are the
#:                           program's. ARGS="..." MEM=8 VCPUS=1 TIMEOUT=60
#:                           NET=1: so many network interfaces;
#:                           FORWARD="8080:80 5001:5001/udp": ports of this
#:                           machine that lead to the guest's;
#:                           RAMDISK=file or folder;
#:                           DISK=data.img,new.img:64M: files that are disks
#: make qemu [APP=DIR]       the same straight under Xen: no dom0, no xenstore
#: make gdb [APP=DIR]        as qemu, with gdb, stopped at main; GDB="more of its
#:                           options"
#: make shell                a shell in the virtual host's dom0, with xl and a
#:                           bridge; FORWARD as above
#: make lab                  make the virtual host, run nothing

LAB := $(B)/lab
LAB_VERBS := run qemu gdb shell
# The verbs that end with a status of their own.
ENDING_VERBS := $(LAB_VERBS) test

# What the verbs take; lab/verb reads them. The ones that are not set leave the
# word to the program's NAME.cfg.
# Whoever forwards ports runs a server, and that until Ctrl-C.
TIMEOUT ?= $(if $(FORWARD),0,60)
export CORACLE_BUILD := $(B)
export CORACLE_APP := $(APP_DIR)
export CORACLE_IMAGE := $(IMAGE)
export CORACLE_CONFIG := $(APP_DIR)/$(NAME).cfg
export CORACLE_TIMEOUT := $(TIMEOUT)
export CORACLE_MEM := $(MEM)
export CORACLE_VCPUS := $(VCPUS)
export CORACLE_NET := $(NET)
export CORACLE_FORWARD := $(FORWARD)
export CORACLE_RAMDISK := $(RAMDISK_FILE)
export CORACLE_DISK := $(DISK)
export CORACLE_ICOUNT := $(ICOUNT)
export CORACLE_GDB := $(GDB)
export CORACLE_V := $(V)
ifneq ($(origin ARGS),undefined)
export CORACLE_ARGS := $(value ARGS)
endif

# ---- The verbs ------------------------------------------------------------

ifneq ($(filter $(ENDING_VERBS),$(MAKECMDGOALS)),)
STATUS := $(B)/.status.$(shell echo $$PPID)
-load $(LAB)/make_exit.so(make_exit_gmk_setup)
endif

# make wants it before anything else, so it sees to its own packages; what fails
# here fails again, and is explained, in lab/verb.
$(LAB)/make_exit.so: lab/make_exit.c
	@mkdir -p $(@D) 2>/dev/null && lab/setup lab/packages >&2 && \
	    $(CC) -O2 -shared -fPIC $(WARNINGS) $< -o $@ || true

$(LAB_VERBS:%=.do-%): .do-%: FORCE
	+@lab/verb $* '$(MAKE)' $(STATUS)

# Without the loaded function (a make that cannot load) make ends with 2.
$(ENDING_VERBS): %: .do-%
	@$(exit-with $(STATUS))exit $$(cat $(STATUS) 2>/dev/null || echo 125)

.PHONY: $(ENDING_VERBS) $(ENDING_VERBS:%=.do-%) lab lab-local

# ---- The virtual host -----------------------------------------------------

LAB_PROGRAMS := $(LAB)/lab-agent $(LAB)/coracle-attach
LAB_SOURCES := $(wildcard lab/coraclelab/image.py lab/coraclelab/debian.py \
    lab/coraclelab/cpio.py lab/dom0/* lab/linux/*)

lab: $(LAB)/dom0.cpio

# A dom0 in its own right needs only our programs.
lab-local: $(LAB_PROGRAMS)

$(B)/.packages-lab: lab/packages-lab lab/packages-dom0 | $(B)/.packages
	@mkdir -p $(LAB)
	$(Q)lab/setup lab/packages-lab >&2
	$(Q)lab/setup -x $(LAB)/debian lab/packages-dom0 >&2
	@touch $@

$(LAB)/dom0.cpio: $(LAB_PROGRAMS) $(LAB_SOURCES) $(B)/.packages-lab
	$(call say,LAB $(LAB))
	$(Q)$(PYTHON) lab/lab image --build $(B) $(LAB_PROGRAMS)

DOM0_CC = $(CC) -std=gnu11 -O2 -g $(WARNINGS)

$(LAB)/lab-agent: lab/agent.c | $(B)/.packages
	@mkdir -p $(@D)
	$(Q)$(DOM0_CC) $< -o $@

$(LAB)/coracle-attach: tools/attach.c | $(B)/.packages
	@mkdir -p $(@D)
	$(Q)$(DOM0_CC) $< -o $@ -lxenctrl -lxenforeignmemory -lxenstore
