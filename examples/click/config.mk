COMPONENTS := netfront click
# CLICK=router.click: the configuration goes along as the ramdisk.
RAMDISK ?= $(CLICK)
