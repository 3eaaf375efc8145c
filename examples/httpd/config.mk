COMPONENTS := netfront lwip
RAMDISK ?= examples/httpd/www
