# Lua's own interpreter.
PORTS = lua5.4
PORT_SOURCES = lua5.4/src/lua.c
