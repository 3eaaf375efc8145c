# SPDX-License-Identifier: BSD-2-Clause
#
# Every verb a person types. `make help` lists them.
#
# How an image is made: the kernel's folders and the components that the
# program's config.mk picks are compiled once each into build/obj/, the program
# into build/obj/app/NAME/; all are linked with arch/x86/image.lds. The link is
# done twice: the first result tells tools/symbols the functions' addresses,
# the second carries them as the table from which crash reports take names.

#: make [APP=DIR]            build the guest image build/NAME.elf (examples/hello)
#: make LOCKCHECK=1          the same as build/NAME-lockcheck.elf, with the lock
#:                           checker (works with run and qemu too)
#: make clean                remove what was compiled; keep newlib and the lab
#: make distclean            remove build/ altogether
#: make help                 this list

.DEFAULT_GOAL := image
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DELETE_ON_ERROR:

# ---- What to build -------------------------------------------------------

APP ?= examples/hello
APP_DIR := $(patsubst %/,%,$(APP))
NAME := $(notdir $(abspath $(APP_DIR)))
B ?= build

-include $(APP_DIR)/config.mk
include config.mk

# LOCKCHECK=1: other objects and another image, beside the usual ones.
VARIANT := $(if $(filter 1,$(LOCKCHECK)),-lockcheck)
O := $(B)/obj$(VARIANT)
INCLUDE := $(if $(VARIANT),include/lockcheck) include
SPINLOCK := $(if $(VARIANT),sched/spinlock_checked.c sched/spinlock_order.c,\
    sched/spinlock.c)

VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)

# V=1 shows the commands.
Q := $(if $(filter 1,$(V)),,@)
say = @printf '  %-7s %s\n' $(1) >&2

# ---- Tools and flags -----------------------------------------------------

CC := gcc
IS_CLANG := $(findstring clang,$(CC))
LD := ld
PYTHON := /usr/bin/python3

SYSROOT := $(B)/sysroot
GCC_INCLUDE = $(shell $(CC) -print-file-name=include)

WARNINGS := -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes \
    -Wpointer-arith -Wundef -Wvla -Wwrite-strings \
    -Werror=implicit-function-declaration

# For every object in the image. Frame pointers make backtraces; the canary is
# one global word (arch/x86/entropy.c fills it); code that is not aligned makes
# images 4 % smaller. Beside each object GCC writes who calls whom and how much
# stack that takes, for tools/stack-depth.
COMMON_FLAGS := -O2 -g -mcmodel=kernel -mno-red-zone -fno-pic -fno-pie \
    -fno-omit-frame-pointer -fno-optimize-sibling-calls -fcf-protection=none \
    -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections \
    -fno-align-functions -fno-align-jumps -fno-align-loops -fno-align-labels \
    -fno-common $(if $(IS_CLANG),,-malign-data=abi -fcallgraph-info=su) \
    -fstack-protector-strong -mstack-protector-guard=global \
    -fmacro-prefix-map=./=

# The kernel keeps to the general registers, so that an event handler need not
# save the vector registers of what it interrupts.
KERNEL_FLAGS = -std=gnu11 $(COMMON_FLAGS) $(WARNINGS) -ffreestanding \
    -mgeneral-regs-only -nostdinc -isystem $(GCC_INCLUDE) \
    -isystem $(SYSROOT)/xen -I. $(INCLUDE:%=-I%) \
    -D__XEN_INTERFACE_VERSION__=0x00040e00

# ---- Sources -------------------------------------------------------------

# What a component consists of, and what it cannot be without.
DIRS_netfront := drivers drivers/netfront
DIRS_blkfront := drivers/blkfront lib/block
NEEDS_lwip := netfront newlib
NEEDS_click := netfront newlib
NEEDS_ext2 := blkfront newlib
COMPONENTS_KNOWN := netfront blkfront lwip click ext2
HAVE := $(COMPONENTS) $(LIBC)

$(foreach c,$(filter-out $(COMPONENTS_KNOWN),$(COMPONENTS)),\
    $(error $(APP_DIR): there is no component $(c); there are \
        $(COMPONENTS_KNOWN)))
$(foreach c,$(COMPONENTS),$(foreach n,$(filter-out $(HAVE),$(NEEDS_$(c))),\
    $(error $(APP_DIR): the component $(c) needs $(n))))

KERNEL_DIRS := arch/x86 mm xen sched lib $(foreach c,$(COMPONENTS),$(DIRS_$(c)))
KERNEL_SOURCES := $(foreach d,$(KERNEL_DIRS),$(wildcard $(d)/*.c $(d)/*.S))
KERNEL_SOURCES := $(SPINLOCK) \
    $(filter-out sched/spinlock%.c,$(KERNEL_SOURCES))
KERNEL_OBJECTS := $(KERNEL_SOURCES:%=$(O)/%.o)

APP_FILES := $(notdir $(wildcard $(APP_DIR)/*.c $(APP_DIR)/*.S)) $(APP_SOURCES)
APP_OBJECTS := $(APP_FILES:%=$(O)/app/$(NAME)/%.o)

OBJECTS = $(KERNEL_OBJECTS) $(LIBC_OBJECTS) $(LIBC_CALLED_OBJECTS) \
    $(COMPONENT_OBJECTS) $(APP_OBJECTS)
IMAGE := $(B)/$(NAME)$(VARIANT).elf

$(if $(RAMDISK),$(if $(wildcard $(RAMDISK)),,\
    $(error there is no $(RAMDISK), which RAMDISK names)))
RAMDISK_FILE := $(if $(wildcard $(RAMDISK:%=%/.)),$(B)/$(NAME).cpio,$(RAMDISK))

image: $(IMAGE) $(RAMDISK_FILE)

include lib/libc/build.mk
include lab/lab.mk
include tests/tests.mk
include bench/bench.mk

# ---- Setting up ----------------------------------------------------------

# The Debian packages by name, once and whenever the list changes.
$(B)/.packages: lab/packages
	@mkdir -p $(@D)
	$(Q)lab/setup $< >&2
	@touch $@

# Xen's public headers under a path of their own: never all of /usr/include.
$(SYSROOT)/xen/xen: | $(B)/.packages
	@mkdir -p $(@D)
	$(Q)ln -sfn /usr/include/xen $@

# ---- Compiling -----------------------------------------------------------

BEFORE_CC := Makefile config.mk | $(SYSROOT)/xen/xen

# What most packets, switches of threads and allocations pass through is compiled
# for speed, everything else for size.
HOT := $(patsubst %,sched/%.c,spinlock switch sync wait wake) mm/magazine.c \
    $(patsubst %,drivers/%.c,checksum packet packet_pool netfront/receive \
    netfront/transmit) $(filter drivers/blkfront/% lib/block/%,$(KERNEL_SOURCES)) \
    $(patsubst %,lib/libc/%.c,epoll poll socket)
COLD_OBJECTS := $(patsubst %,$(O)/%.o,\
    $(filter-out $(HOT),$(KERNEL_SOURCES) $(LIBC_SOURCES) $(LIBC_CALLED)))
$(COLD_OBJECTS): KERNEL_FLAGS += -Oz -fno-jump-tables
$(COLD_OBJECTS): LIBC_FLAGS += -Oz -fno-jump-tables

$(KERNEL_OBJECTS): $(O)/%.o: % $(BEFORE_CC)
	$(call say,CC $<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_FLAGS) -MMD -MP -c $< -o $@

# What the lock checker knows of names comes from the table of locks.
LOCK_NAMES := $(O)/sched/lock_names.h
$(LOCK_NAMES): docs/locks.md tools/lock-names
	@mkdir -p $(@D)
	$(Q)$(PYTHON) tools/lock-names $< > $@
$(O)/sched/spinlock_order.c.o: $(LOCK_NAMES)
$(O)/sched/spinlock_order.c.o: KERNEL_FLAGS += -I$(O)

$(LIBC_OBJECTS) $(LIBC_CALLED_OBJECTS): $(O)/%.o: % $(BEFORE_CC) $(LIBC_READY)
	$(call say,CC $<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_FLAGS) -MMD -MP -c $< -o $@

$(APP_OBJECTS): $(O)/app/$(NAME)/%.o: $(APP_DIR)/% $(BEFORE_CC) $(LIBC_READY)
	$(call say,CC $<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PROGRAM_FLAGS) $(PORT_EXPORTS) $(APP_CFLAGS) -MMD -MP \
	    -c $< -o $@

# Bytes of stack that each thread has from the start, and how many of them are
# kept for functions that do not check (sched/stack.h); a component may say more.
STACK_INITIAL := 16384
STACK_RESERVE := 6144

# Components that are built in ways of their own add COMPONENT_OBJECTS.
COMPONENT_OBJECTS :=
include lib/lwip/build.mk
include tests/lwip.mk
include lib/block/build.mk
include lib/ext2/build.mk
include tests/ext2.mk
include lib/click/build.mk
include ports/ports.mk

-include $(OBJECTS:.o=.d)

# What the image says of itself, in a file that changes only when it does.
ABOUT := $(O)/app/$(NAME)/about
define ABOUT_TEXT
const char coracle_version[] = "$(VERSION)";
const char program_name[] = "$(NAME)";
endef

$(ABOUT).c: FORCE
	$(shell mkdir -p $(@D))$(file >$@.new,$(ABOUT_TEXT))
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(ABOUT).o: $(ABOUT).c | $(SYSROOT)/xen/xen
	$(Q)$(CC) $(COMMON_FLAGS) -c $< -o $@

# ---- Linking -------------------------------------------------------------

LINK = $(LD) -nostdlib -static -z noexecstack -z max-page-size=4096 \
    --gc-sections --no-warn-rwx-segments \
    --defsym=stack_initial=$(if $(IS_CLANG),65536,$(STACK_INITIAL)) \
    --defsym=stack_reserve=$(STACK_RESERVE) \
    -T arch/x86/image.lds

$(IMAGE): $(KERNEL_OBJECTS) $(LIBC_OBJECTS) $(COMPONENT_OBJECTS) $(PROGRAM) \
    $(ABOUT).o $(LIBC_ARCHIVES) arch/x86/image.lds tools/symbols
	$(call say,LINK $@)
	$(Q)$(LINK) $(filter %.o,$^) $(LIBC_ARCHIVES) -o $@.first
	$(Q)$(PYTHON) tools/symbols $@.first $(O)/app/$(NAME)/symbols.S
	$(Q)$(CC) -c $(O)/app/$(NAME)/symbols.S \
	    -o $(O)/app/$(NAME)/symbols.o
	$(Q)$(LINK) $(filter %.o,$^) $(O)/app/$(NAME)/symbols.o \
	    $(LIBC_ARCHIVES) -Map $(@:.elf=.map) -o $@.linked
	@rm -f $@.first
	@mv $@.linked $@

# ---- The ramdisk ---------------------------------------------------------

# Names may have blanks and files may go away, so it is made each time, and only
# put in its place if it is another.
$(B)/$(NAME).cpio: FORCE
	@mkdir -p $(@D)
	$(Q)$(PYTHON) tools/ramdisk $(RAMDISK) $@

# ---- Cleaning ------------------------------------------------------------

clean:
	rm -rf $(B)/obj $(B)/obj-* $(B)/*.elf $(B)/host

distclean:
	rm -rf $(B)

help:
	@sed -n 's/^#: //p' Makefile lab/lab.mk tests/tests.mk tests/lab.mk bench/bench.mk \
	    ports/ports.mk

.PHONY: image clean distclean help FORCE
.SUFFIXES:
