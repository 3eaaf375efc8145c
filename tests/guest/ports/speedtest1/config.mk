# SQLite's speedtest1.
COMPONENTS = blkfront ext2
PORTS = sqlite3
PORT_SOURCES = sqlite3/test/speedtest1.c
