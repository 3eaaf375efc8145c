# The kernel's own interface is all it takes.
LIBC = none
COMPONENTS = blkfront
