COMPONENTS := netfront lwip
RAMDISK ?= $(APP_DIR)/www
