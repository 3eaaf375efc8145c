LIBC = none
COMPONENTS = netfront
