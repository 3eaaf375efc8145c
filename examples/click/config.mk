COMPONENTS := netfront click
# CLICK=router.click: the configuration goes along as the ramdisk.
RAMDISK ?= $(CLICK)
# Most of an image is the packet graph; its main() runs once.
APP_CFLAGS := -Oz
