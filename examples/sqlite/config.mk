# SQLite's own shell.
COMPONENTS = blkfront ext2
PORTS = sqlite3
PORT_SOURCES = sqlite3/made/shell.c
