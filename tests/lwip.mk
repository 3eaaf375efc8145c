# SPDX-License-Identifier: BSD-2-Clause
#
# Host tests and the fuzzer with lwIP in them.

# Those named test_lwip_*: lwIP as in a guest (tests/host/lwip_world.h).

HOST_PORT := -I lib/lwip/include -isystem $(LWIPDIR)/include
$(HOST)/obj/tests/host/test_lwip_%.o: HOST_FLAGS += $(HOST_PORT)
$(patsubst tests/host/%.c,$(HOST)/obj/tests/host/%.o,\
    $(wildcard tests/host/test_lwip_*.c)): | $(LWIP_STAMP)
$(filter $(HOST)/test_lwip_%,$(HOST_TESTS)): $(HOST)/lwip.a

# In one piece: its files are not known before it is fetched.
$(HOST)/lwip.a: $(LWIP_STAMP) $(wildcard lib/lwip/include/*.h \
    lib/lwip/include/arch/*.h) $(HOST_BEFORE)
	$(call say,HOST $@)
	$(Q)rm -rf $(HOST)/lwip $@ && mkdir -p $(HOST)/lwip
	$(Q)ls $(LWIPDIR)/core/*.c $(LWIPDIR)/core/ipv[46]/*.c \
	    $(LWIPDIR)/netif/ethernet.c | xargs -P $$(nproc) -I {} sh -c '\
	    $(HOST_CC) $(HOST_FLAGS) $(HOST_PORT) -w -c {} \
	        -o $(HOST)/lwip/$$(basename {}).o'
	$(Q)ar rcs $@ $(HOST)/lwip/*.o

# lwIP with our options (tests/host/lwip/lwipopts.h), for its fuzzer.
HOST_LWIP_FLAGS = $(HOST_FLAGS) -D_GNU_SOURCE -Itests/host/lwip \
    -isystem $(LWIPDIR)/include -idirafter lib/lwip/include
HOST_LWIP := $(HOST)/obj/lwip.a

$(HOST_LWIP): $(LWIP_STAMP) $(wildcard tests/host/lwip/*.h \
    tests/host/lwip/arch/*.h lib/lwip/include/*.h) $(HOST_BEFORE)
	$(call say,HOST $@)
	@rm -rf $(@:.a=) $@ && mkdir -p $(@:.a=)
	$(Q)for file in $(LWIPDIR)/core/*.c $(LWIPDIR)/core/ipv[46]/*.c \
	    $(LWIPDIR)/netif/ethernet.c; do \
	    clang $(HOST_LWIP_FLAGS) -fsanitize=fuzzer-no-link -w -c $$file \
	        -o $(@:.a=)/$$(basename $$file .c).o || exit 1; done
	$(Q)ar rcs $@ $(@:.a=)/*.o

$(HOST)/fuzz_lwip: tests/host/fuzz_lwip.c $(HOST_LWIP) $(HOST)/basics.a \
    $(HOST_BEFORE)
	$(call say,FUZZ $@)
	$(Q)clang $(HOST_LWIP_FLAGS) -fsanitize=fuzzer -MMD -MP -MF $@.d $< \
	    $(HOST_LWIP) $(HOST)/basics.a -o $@
