/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rename.h: the kernel's names for memory and string functions, when they must
 * not clash with the host's. lib/string.c is compiled with this for the host.
 */
#define memcpy  kernel_memcpy
#define memmove kernel_memmove
#define memset  kernel_memset
#define memcmp  kernel_memcmp
#define memchr  kernel_memchr
#define strlen  kernel_strlen
#define strnlen kernel_strnlen
#define strcmp  kernel_strcmp
#define strncmp kernel_strncmp
#define strchr  kernel_strchr
#define strcspn kernel_strcspn
#define strrchr kernel_strrchr
