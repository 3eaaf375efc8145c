COMPONENTS = blkfront ext2
PORTS = sqlite3
