# SPDX-License-Identifier: BSD-2-Clause
#
# How the C library gets into an image: newlib's archives, made once by
# build-newlib, under the objects of lib/libc. For LIBC = none there is only
# lib/bare and the command line.

NEWLIB := $(B)/newlib

ifeq ($(LIBC),newlib)

LIBC_SOURCES := $(wildcard lib/libc/*.c lib/libc/*.S)
ifneq ($(filter lwip,$(COMPONENTS)),)
LIBC_SOURCES := $(filter-out lib/libc/no_sockets.c,$(LIBC_SOURCES))
endif
LIBC_READY := $(NEWLIB)/stamp

# What needs newlib's printf() and streams is in an archive: it comes into an
# image, and they with it, only if something calls it.
LIBC_CALLED := $(patsubst %,lib/libc/%.c,err inet services streams)
LIBC_SOURCES := $(filter-out $(LIBC_CALLED),$(LIBC_SOURCES))
LIBC_ARCHIVES = $(O)/lib/libc/called.a $(NEWLIB)/libm.a $(NEWLIB)/libc.a

# A program's headers: the compiler's, ours over newlib's, newlib's, Xen's,
# and last the kernel's. It is no Linux program, whatever the compiler thinks.
LIBC_INCLUDES = -nostdinc -isystem $(GCC_INCLUDE) -isystem lib/libc/include \
    -isystem $(NEWLIB)/include -isystem $(SYSROOT)/xen
LIBC_DEFINES := -U__linux__ -U__linux -Ulinux -U__gnu_linux__ -D__coracle__=1 \
    -D__XEN_INTERFACE_VERSION__=0x00040e00

LIBC_FLAGS = -std=gnu11 -D_GNU_SOURCE $(COMMON_FLAGS) $(WARNINGS) \
    -fno-builtin \
    $(LIBC_INCLUDES) $(LIBC_DEFINES) -I. $(INCLUDE:%=-I%)

# Programs check their stack at every function's entry and grow it as needed
# (arch/x86/morestack.S); clang's form of it cannot do varargs.
PROGRAM_STACK = $(if $(IS_CLANG),,-fsplit-stack)
PROGRAM_FLAGS = -std=gnu11 $(COMMON_FLAGS) -Wall -Wextra $(PROGRAM_STACK) \
    $(LIBC_INCLUDES) $(LIBC_DEFINES) -iquote . $(INCLUDE:%=-iquote %)

else

LIBC_SOURCES := $(wildcard lib/bare/*.c lib/bare/*.S) lib/libc/cmdline.c
LIBC_READY :=
LIBC_ARCHIVES :=
LIBC_FLAGS = $(KERNEL_FLAGS)
PROGRAM_STACK = $(if $(IS_CLANG),,-fsplit-stack)
PROGRAM_FLAGS = $(KERNEL_FLAGS) $(PROGRAM_STACK)

endif

LIBC_OBJECTS := $(LIBC_SOURCES:%=$(O)/%.o)
LIBC_CALLED_OBJECTS := $(LIBC_CALLED:%=$(O)/%.o)

$(O)/lib/libc/called.a: $(LIBC_CALLED_OBJECTS)
	@rm -f $@
	$(Q)ar rcs $@ $^

# `make -n` and friends aside, the number of jobs is make's own.
NEWLIB_JOBS = $(or $(patsubst -j%,%,$(filter -j%,$(MAKEFLAGS))),$(shell nproc))

$(NEWLIB)/stamp: lib/libc/build-newlib lib/libc/include/machine/_types.h \
    | $(B)/.packages
	$(Q)$< $(NEWLIB) $(NEWLIB_JOBS)

$(NEWLIB)/libc.a $(NEWLIB)/libm.a: $(NEWLIB)/stamp ;

# The program as one object of which only main can be seen. So it may call its
# own functions what it likes: mutex_lock, panic and list_add are common names,
# and the kernel has them too.
PROGRAM := $(O)/app/$(NAME)/program.o

$(PROGRAM): $(APP_OBJECTS)
	@$(if $^,,echo "no C sources in $(APP_DIR)/" >&2; exit 1)
	@mkdir -p $(@D)
	$(Q)$(LD) -r $^ $(APP_LDLIBS) -Map $(@:.o=.map) -o $@.all
	$(Q)objcopy --keep-global-symbol=main $@.all $@
	@rm -f $@.all
