/* SPDX-License-Identifier: BSD-2-Clause */
/* Debian's names of folders for several architectures: there are none. */
