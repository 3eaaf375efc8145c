COMPONENTS = blkfront
