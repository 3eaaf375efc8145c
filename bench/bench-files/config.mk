# A program of POSIX' calls, with files on a disk.
COMPONENTS = blkfront ext2
