# SPDX-License-Identifier: BSD-2-Clause
#
# Ports: programs and libraries that others wrote, from Debian's source
# packages, unmodified. docs/porting.md is the chapter on them.
#
# A folder ports/NAME/ says how one is built. Its port.mk sets some of
#
#   PACKAGE   the source package and its exact version: name=version
#   SOURCES   what makes up its library, as files below $(S), the unpacked
#             source ($(wildcard) works: $(S) is there when it counts)
#   CFLAGS    flags for compiling those
#   EXPORTS   folders with the headers that programs on top of it include
#
# Other files in the folder are laid beside the source: it is the first place
# where headers are looked for. If there is a script `prepare`, it is run once,
# in $(S), for sources that must be generated.
#
# A program names its ports in its config.mk:
#
#   PORTS = lua5.4                      link this port's library
#   PORT_SOURCES = lua5.4/src/lua.c     and this file, which is no part of it
#
# The first is enough for a program of one's own on top of a library; the second
# makes a program of a file in the package, with no source of one's own.
#
#: make ports                list the ports, with the examples that use them

PORTS_KNOWN := $(sort $(patsubst ports/%/port.mk,%,$(wildcard ports/*/port.mk)))

$(foreach p,$(PORTS),$(if $(filter $(p),$(PORTS_KNOWN)),,\
    $(error $(APP_DIR): there is no port $(p); there are $(PORTS_KNOWN))))
$(if $(PORTS),$(if $(filter newlib,$(LIBC)),,\
    $(error $(APP_DIR): ports need LIBC = newlib)))

# As a program's, without the warnings that are their authors' business. A
# function that no header declares is ours: it is one that lib/libc lacks.
PORT_FLAGS = -std=gnu11 $(COMMON_FLAGS) $(PROGRAM_STACK) $(LIBC_INCLUDES) \
    $(LIBC_DEFINES) -Werror=implicit-function-declaration

# The packages that only prepare scripts need.
$(B)/.packages-ports: lab/packages-ports | $(B)/.packages
	$(Q)lab/setup $< >&2
	@touch $@

# Read one port.mk, keep what it says under the port's name, make its rules.
# What it includes last is made by a rule and holds nothing: make fetches the
# source and then reads everything once more, now with a source to look into.
define PORT_READ
S := $(B)/sources/$(1)
PACKAGE :=
SOURCES :=
CFLAGS :=
EXPORTS :=
include ports/$(1)/port.mk
PORT_OBJECTS += $$(SOURCES:$$(S)/%=$(B)/obj/ports/$(1)/%.o)
PORT_EXPORTS += $$(EXPORTS:%=-isystem %)
PORT_FILES += $$(SOURCES)
PORT_DEFINES += $$(CFLAGS)
$$(S)/.ready.mk: PORT_PACKAGE := $$(PACKAGE)
$$(S)/.ready.mk: $$(wildcard ports/$(1)/port.mk ports/$(1)/prepare) \
    lab/source | $(B)/.packages-ports
	$$(Q)lab/source -p $$(PORT_PACKAGE) $$(@D)
	$$(Q)[ ! -x ports/$(1)/prepare ] || (cd $$(@D) && \
	    $(abspath ports/$(1)/prepare))
	@touch $$@

$(B)/obj/ports/$(1)/%.o: PORT_CFLAGS := $$(CFLAGS)
$(B)/obj/ports/$(1)/%.o: $$(S)/% ports/$(1)/port.mk ports/ports.mk \
    $(BEFORE_CC) $(LIBC_READY)
	$$(call say,CC $(1)/$$*)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(PORT_FLAGS) -Iports/$(1) $$(PORT_EXPORTS) $$(PORT_CFLAGS) -MD -MP -c $$< \
	    -o $$@
include $$(S)/.ready.mk
endef

PORT_OBJECTS := $(PORT_SOURCES:%=$(B)/obj/ports/%.o)
PORT_EXPORTS :=
PORT_FILES :=
PORT_DEFINES :=
$(foreach p,$(PORTS),$(eval $(call PORT_READ,$(p))))
$(PROGRAM): $(PORT_OBJECTS)
-include $(PORT_OBJECTS:.o=.d)

# The same program for Linux, to be measured beside: the same files and flags,
# with Debian's own for any package.
$(LAB)/ported-$(NAME): $(PORT_SOURCES:%=$(B)/sources/%) $(PORT_FILES)
	$(call say,LINUX $@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -O2 -fstack-protector-strong -static \
	    $(PORT_DEFINES) $(PORT_EXPORTS) $^ -o $@ -lm

ports:
	@for port in $(PORTS_KNOWN); do \
	    printf '%-12s %-30s %s\n' $$port \
	        $$(sed -n 's/^PACKAGE *:*= *//p' ports/$$port/port.mk) \
	        "$$(grep -ls "^PORTS.*\<$$port\>" examples/*/config.mk | \
	            xargs -r -n 1 dirname | tr '\n' ' ')"; \
	done

.PHONY: ports
