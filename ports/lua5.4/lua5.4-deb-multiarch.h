/* SPDX-License-Identifier: BSD-2-Clause */
/* Debian's folders for several architectures, of which there is one here. */
#define DEB_HOST_MULTIARCH "x86_64-coracle"
