# SPDX-License-Identifier: BSD-2-Clause
"""What can be behind a guest's disk: devices of dom0's, made for a test."""


def run(dom0, command):
    """What dom0 said to a command that must not fail."""
    status, said = dom0.sh(command)
    assert status == 0, said
    return said


def loop(dom0, name, size):
    """A new file of zeros as a loop device, whose path is returned."""
    return run(dom0, f"truncate -s {size} {name} && losetup -f &&"
               f" losetup $(losetup -f) {name}").split()[0]


NULL_DISKS = "/sys/kernel/config/nullb"


def null_disk(dom0, name, **settings):
    """/dev/NAME, of the driver null_blk (Linux, Documentation/block)."""
    words = " && ".join(f"echo {value} > {key}"
                        for key, value in settings.items())
    run(dom0, "modprobe -a null_blk configfs; cd /sys/kernel/config;"
        " [ -d nullb ] || mount -t configfs none /sys/kernel/config;"
        f" cd {NULL_DISKS} && mkdir {name} && cd {name} && {words}"
        " && echo 1 > power")


def remove_null_disk(dom0, name):
    run(dom0, f"rmdir {NULL_DISKS}/{name}")
