COMPONENTS := blkfront ext2
