# Lua's own interpreter.
COMPONENTS = blkfront ext2
PORTS = lua5.4
PORT_SOURCES = lua5.4/src/lua.c
