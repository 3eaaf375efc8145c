# config.mk: what is linked into a guest besides the kernel proper.
#
# An example's own config.mk (or the command line) may set any of these; what
# it leaves out has the value below. No .c file asks for them: a component is
# in a guest when its folder is linked.

# The C library: `newlib` (lib/libc: stdio, malloc, pthreads, POSIX) or `none`
# (lib/bare: main() has only the kernel's own interface, include/coracle/).
LIBC ?= newlib

# What else: a list of `netfront` (network interfaces: coracle/netdev.h),
# `lwip` (TCP/IP and sockets; needs netfront and newlib), `blkfront` (disks),
# `ext2` (files on disks, mounted before main(); needs blkfront and newlib),
# `click` (Click's packet graph; needs netfront and newlib).
COMPONENTS ?=

# More sources of the program than the *.c and *.S of its folder, relative to
# that folder, and flags for compiling and linking the program.
APP_SOURCES ?=
APP_CFLAGS ?=
APP_LDLIBS ?=

# Other people's programs and libraries, from Debian's sources: a list of folders
# in ports/, and files of theirs that are part of the program (ports/ports.mk).
PORTS ?=
PORT_SOURCES ?=

# What the guest gets as its ramdisk (boot_ramdisk() in coracle/lifecycle.h): a
# file, or a folder, which is made into an archive (cpio, build/NAME.cpio).
RAMDISK ?=

# 1: check the use of locks at run time (sched/spinlock_checked.c); slower.
LOCKCHECK ?=
