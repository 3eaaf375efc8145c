COMPONENTS = blkfront ext2
