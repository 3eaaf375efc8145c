# SPDX-License-Identifier: BSD-2-Clause
"""Several virtual CPUs under a real xl: how many there are, and xl vcpu-set."""

import itertools
import re

import pytest

VCPUS = "tests/lab/guests/vcpus"
TORTURE = "tests/guest/torture"


def vcpu_states(dom0, guest):
    """xl's word for each of the guest's vCPUs: "r--", "-b-", "--p"."""
    status, said = dom0.sh(f"xl vcpu-list {guest.name}")
    assert status == 0, said
    return [line.split()[4] for line in said.splitlines()[1:]]


def set_vcpus(dom0, guest, number):
    """And the program finds out; more than the machine has needs -i."""
    status, said = dom0.sh(f"xl vcpu-set -i {guest.name} {number}")
    assert status == 0, said
    so_far = guest.text
    guest.send(f"{number}\n")
    guest.wait_for(so_far + f"all go on with {number}\n")


@pytest.mark.parametrize("vcpus, at_most, steps", [
    (4, 4, (4, 1, 4, 2)), (2, 4, (2, 4, 1)), (8, 8, (8, 1))])
def test_cpus_come_and_go(dom0_smp, vcpus, at_most, steps):
    guest = dom0_smp.create(VCPUS, vcpus=vcpus, memory=16,
                            extra_cfg=f"maxvcpus = {at_most}\n")
    guest.wait_for("begun with ")
    begun = int(re.search(r"begun with (\d+)", guest.wait_for("\n"))[1])
    # Some may have no real CPU yet; but none that is not wanted is started.
    assert begun <= vcpus
    for number in steps:
        set_vcpus(dom0_smp, guest, number)
        states = vcpu_states(dom0_smp, guest)
        assert len(states) == at_most
        assert states.count("--p") == at_most - number, states
    guest.send("\4")
    assert guest.wait_end() == ("poweroff", 0)
    assert guest.text.endswith("\nall have ended\n")


def test_torture_while_cpus_come_and_go(dom0_smp):
    changes = 0
    for seconds in 10, 100:  # the machine may be slow
        guest = dom0_smp.create(TORTURE, args=f"SECONDS={seconds}", memory=64,
                                vcpus=4)
        guest.wait_for("torture: SEED=")
        for number in itertools.cycle((1, 4, 2, 3)):
            if guest.wait_end(0.3):
                break
            status, _ = dom0_smp.sh(f"xl vcpu-set -i {guest.name} {number}")
            changes += status == 0
        assert guest.wait_end() == ("poweroff", 0), guest.text
        assert "nothing lost\n" in guest.text
        if changes >= 4:
            return
    pytest.fail(f"only {changes} changes")
