LIBC = none
