# SPDX-License-Identifier: BSD-2-Clause
#
# How the C library gets into an image. For LIBC = none only lib/bare.

LIBC_DIR := $(if $(filter newlib,$(LIBC)),lib/libc,lib/bare)
LIBC_SOURCES := $(wildcard $(LIBC_DIR)/*.c $(LIBC_DIR)/*.S)
LIBC_OBJECTS := $(LIBC_SOURCES:%=$(B)/obj/%.o)
LIBC_READY :=
LIBC_ARCHIVES :=
LIBC_FLAGS = $(KERNEL_FLAGS)

# Programs check their stack at every function's entry and grow it as needed
# (arch/x86/morestack.S); clang's form of it cannot do varargs.
PROGRAM_FLAGS = $(KERNEL_FLAGS) $(if $(IS_CLANG),,-fsplit-stack)
