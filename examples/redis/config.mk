# Redis' server.
COMPONENTS = netfront lwip blkfront ext2
PORTS = redis
