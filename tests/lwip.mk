# SPDX-License-Identifier: BSD-2-Clause
#
# Host tests and fuzzers with lwIP in them, configured as in a guest
# (tests/host/lwip_world.h): those that are named test_lwip_* and fuzz_lwip_*.

HOST_LWIP := -I lib/lwip/include -isystem $(LWIPDIR)/include
$(HOST)/obj/tests/host/test_lwip_%.o: HOST_FLAGS += $(HOST_LWIP)
$(HOST)/fuzz_lwip_%: HOST_FLAGS += $(HOST_LWIP)
$(patsubst tests/host/%.c,$(HOST)/obj/tests/host/%.o,\
    $(wildcard tests/host/test_lwip_*.c)): | $(LWIP_STAMP)
$(filter $(HOST)/test_lwip_% $(HOST)/fuzz_lwip_%,\
    $(HOST_TESTS) $(HOST_FUZZERS)): $(HOST)/lwip.a

# In one piece: its files are not known before it is fetched.
$(HOST)/lwip.a: $(LWIP_STAMP) $(wildcard lib/lwip/include/*.h \
    lib/lwip/include/arch/*.h) $(HOST_BEFORE)
	$(call say,HOST $@)
	$(Q)rm -rf $(HOST)/lwip $@ && mkdir -p $(HOST)/lwip
	$(Q)ls $(LWIPDIR)/core/*.c $(LWIPDIR)/core/ipv[46]/*.c \
	    $(LWIPDIR)/netif/ethernet.c | xargs -P $$(nproc) -I {} sh -c '\
	    $(HOST_CC) $(HOST_FLAGS) $(HOST_LWIP) -w -c {} \
	        -o $(HOST)/lwip/$$(basename {}).o'
	$(Q)ar rcs $@ $(HOST)/lwip/*.o
