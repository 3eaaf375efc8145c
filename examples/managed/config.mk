# The program is examples/click's, with TCP/IP and disks besides.
COMPONENTS := netfront lwip blkfront ext2 click
APP_SOURCES := ../click/main.c
RAMDISK ?= $(CLICK)
