# zlib's own self-test. It writes and reads a file.
COMPONENTS = blkfront ext2
PORTS = zlib
PORT_SOURCES = zlib/test/example.c
