# SPDX-License-Identifier: BSD-2-Clause
#
# lwIP, from Debian's source package, unmodified, and our port around it. Its
# own list says which files there are.

LWIP_VERSION := 2.1.3+dfsg1-2
LWIPDIR := $(B)/sources/lwip/src
LWIP_STAMP := $(B)/sources/lwip/.source

$(LWIP_STAMP): lib/lwip/build.mk lab/source | $(B)/.packages
	$(Q)lab/source lwip=$(LWIP_VERSION) $(B)/sources/lwip
	@touch $@

ifneq ($(filter lwip,$(COMPONENTS)),)

# Made by the rule above before make reads it a second time.
-include $(LWIPDIR)/Filelists.mk
$(LWIPDIR)/Filelists.mk: $(LWIP_STAMP)
	@touch $@

# inet6.c has nothing but in6addr_any, which is lib/libc's.
LWIP_FILES := $(COREFILES) $(CORE4FILES) \
    $(filter-out %/inet6.c,$(CORE6FILES)) \
    $(addprefix $(LWIPDIR)/,api/tcpip.c netif/ethernet.c)
LWIP_OBJECTS := $(LWIP_FILES:$(LWIPDIR)/%.c=$(O)/lwip/%.o)
LWIP_PORT := $(patsubst %,$(O)/%.o,$(filter-out lib/lwip/interfaces_$(if \
    $(filter click,$(COMPONENTS)),all,named).c,$(wildcard lib/lwip/*.c)))
LWIP_INCLUDES := -I lib/lwip/include -isystem $(LWIPDIR)/include

# -MD: lwipopts.h is included by lwIP's headers, which count as the system's.
$(LWIP_OBJECTS): $(O)/lwip/%.o: $(LWIPDIR)/%.c $(BEFORE_CC) $(LIBC_READY)
	$(call say,CC lwip/$*.c)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_FLAGS) -Os -w $(LWIP_INCLUDES) -MD -MP -c $< -o $@

$(LWIP_PORT): $(O)/%.o: % $(BEFORE_CC) $(LIBC_READY) $(LWIP_STAMP)
	$(call say,CC $<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_FLAGS) $(LWIP_INCLUDES) -MD -MP -c $< -o $@

COMPONENT_OBJECTS += $(LWIP_OBJECTS) $(LWIP_PORT)

endif
