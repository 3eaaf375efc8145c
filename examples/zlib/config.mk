# zlib's own self-test. It writes and reads a file.
PORTS = zlib
PORT_SOURCES = zlib/test/example.c
