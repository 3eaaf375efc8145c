# SQLite's own shell.
PORTS = sqlite3
PORT_SOURCES = sqlite3/made/shell.c
