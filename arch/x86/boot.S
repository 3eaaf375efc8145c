/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.S: where Xen starts us, and what we tell its domain builder.
 *
 * The builder (libxenguest under xl, Xen itself for dom0) reads the ELF notes
 * below before it loads the image. Then it starts vCPU 0 at _start in 64-bit
 * mode, paging on, all of the image and some memory behind it mapped at
 * IMAGE_BASE, with rsi pointing to start_info and a small stack of its own
 * which we leave at once. Sources: <xen/elfnote.h>, <xen/xen.h>.
 */
#include <xen/elfnote.h>
#include <xen/features.h>
#include "arch/x86/percpu.h"

#define IMAGE_BASE 0xffffffff80000000

    .section .hypercalls, "ax", @nobits
    /* Xen writes 32 bytes of code for each hypercall into this page. */
    .global hypercall_page
    .type hypercall_page, @function
hypercall_page:
    .skip 4096
    .size hypercall_page, . - hypercall_page

    .text
    .global _start
    .type _start, @function
_start:
    cld
    rdtsc                       /* the time of entry, for the curious */
    shl $32, %rdx
    or %rdx, %rax
    mov %rax, boot_entry_tsc(%rip)
    lea boot_stacks + BOOT_STACK_TOP(%rip), %rsp
    xor %ebp, %ebp              /* where backtraces end */
    push %rbp                   /* and keep calls 16-byte aligned */
    push %rbp
    mov %rsi, %rdi
    call arch_start             /* setup.c; does not return */
    ud2
    .size _start, . - _start

    .bss
    .balign 8
    .global boot_entry_tsc
    .type boot_entry_tsc, @object
boot_entry_tsc:
    .skip 8
    .size boot_entry_tsc, 8

/* One note: 4-byte name length, length of value, type, name, value. */
.macro elfnote type, value:vararg
    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 2f - 1f, \type
    .asciz "Xen"
1:  \value
2:  .balign 4
.endm

    elfnote XEN_ELFNOTE_GUEST_OS,       .asciz "Coracle"
    elfnote XEN_ELFNOTE_LOADER,         .asciz "generic"
    elfnote XEN_ELFNOTE_XEN_VERSION,    .asciz "xen-3.0"
    elfnote XEN_ELFNOTE_VIRT_BASE,      .quad IMAGE_BASE
    elfnote XEN_ELFNOTE_PADDR_OFFSET,   .quad 0
    elfnote XEN_ELFNOTE_ENTRY,          .quad _start
    elfnote XEN_ELFNOTE_HYPERCALL_PAGE, .quad hypercall_page
    elfnote XEN_ELFNOTE_PAE_MODE,       .asciz "yes"
    elfnote XEN_ELFNOTE_L1_MFN_VALID,   .quad 1, 1
    elfnote XEN_ELFNOTE_SUSPEND_CANCEL, .long 1
    /* We run in dom0's place too, when there is nothing but Xen (make qemu). */
    elfnote XEN_ELFNOTE_SUPPORTED_FEATURES, \
        .long (1 << XENFEAT_dom0) | (1 << XENFEAT_mmu_pt_update_preserve_ad)

    .section .note.GNU-stack, "", @progbits
