# SPDX-License-Identifier: BSD-2-Clause
"""`make bench`, middleboxes: what it makes of the numbers it got."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "lab")]

from coraclebench import boxes, crowd, middlebox, profile, swap  # noqa: E402


def rows(figures):
    return {figure.key: figure for figure in figures}


def test_three_times_fewer_instructions_than_linux():
    found = rows(middlebox.figures(
        {"nat-60": 2000.0, "nat-60-rate": 70.0, "wire-60": 4000.0,
         "wire-60-rate": 80.0},
        {"nat-60": 9000.0, "nat-60-rate": 60.0, "wire-60": 9000.0,
         "wire-60-rate": 50.0}))
    assert found["box-nat-60"].goal == 3000 and found["box-nat-60"].met
    assert found["box-wire-60"].met is False
    assert found["box-nat-60-rate"].peer == 60
    assert "box-router-60" not in found


def test_without_linux_there_is_no_goal():
    found = rows(middlebox.figures({"nat-60": 1.0, "nat-60-rate": 2.0}, {}))
    assert found["box-nat-60"].met is None
    assert found["box-nat-60"].peer_name == ""


def test_all_of_a_crowd_must_forward():
    found = {"crowd": 20, "crowd-busy": 19, "crowd-least": 0,
             "crowd-memory": 5.1}
    found = rows(crowd.figures(found, 20))
    assert found["crowd-boxes"].met is True
    assert found["crowd-busy"].met is False


def test_each_router_of_a_crowd_has_a_card_of_its_own():
    cards = {crowd.mac(side, number) for side in (4, 5)
             for number in range(1, crowd.COUNT + 1)}
    assert len(cards) == 2 * crowd.COUNT


def test_each_rule_of_the_firewall_names_what_filters_sends():
    rules = boxes.FILTER.split(", ")
    for rule in (0, boxes.RULES - 2):
        assert rules[rule] == (f"drop src net 10.{rule + 100}.0.0/16 and dst"
                               f" udp port {rule + 1000}")


def test_a_forwarder_that_took_nothing():
    # 3 million instructions a megabyte are 8 Mbit in 3 ms.
    found = rows(middlebox.figures(
        {"wire-tcp": 8 / 3, "wire-tcp-cost": 1e6, "wire-tcp-rest": 2e6},
        {"wire-tcp": 2.0, "wire-tcp-cost": 2e6, "wire-tcp-rest": 2e6}))
    assert found["box-wire-tcp-free"].ours == 4.0
    assert found["box-wire-tcp"].goal == 3.0 and not found["box-wire-tcp"].met
    assert found["box-wire-tcp-cost"].ratio == 2.0


def test_times_of_configurations():
    said = ("click: config: 4 elements started in 0.615 ms\r\n"
            "click: config: 4 elements took over in 0.393 ms\r\n"
            "click: config: 5 elements took over in 2.5 ms\r\n")
    assert swap.milliseconds(swap.STARTED, said) == [0.615]
    assert swap.milliseconds(swap.SWAPPED, said) == [0.393, 2.5]
    found = rows(swap.time_figures({"wire": (0.6, [2.5, 9.0, 2.1])}))
    assert found["started-wire"].met
    assert found["swapped-wire"].ours == 2.5
    assert found["swapped-wire"].met is False


def test_each_example_is_started():
    folder = pathlib.Path(ROOT / "examples/click")
    assert set(swap.EXAMPLES) == {path.stem for path in folder.glob("*.click")}


def test_a_packet_lost_by_a_swap_is_a_goal_missed():
    found = rows(swap.stream_figures(
        "wire", {"ms": [0.4, 0.5, 3.0], "lost": 0, "uncounted": 1}))
    assert found["swap-wire-ms"].ours == 0.5
    assert found["swap-wire-lost"].met is True
    assert found["swap-wire-uncounted"].met is False


# ---- make profile ------------------------------------------------------------

def test_what_ran_in_between_goes_to_functions():
    names = {"xen": profile.Names("ffff82d040000100 T memcpy\n"
                                  "ffff82d040000200 t gnttab_copy\n"),
             "kernel": profile.Names("ffffffff81000000 T __schedule\n"),
             "guest": profile.Names("ffffffff80000000 T receive_take\n"
                                    "not a symbol\n")}
    before = {(0xffff82d040000100, 4): 10}
    after = {(0xffff82d040000100, 4): 15,  # 5 times 4 more
             (0xffff82d040000180, 2): 1, (0xffff82d040000240, 3): 1,
             (0xffffffff81000010, 7): 1, (0xffffffff80000fff, 1): 2,
             (0x400000, 9): 1}
    sums = profile.functions(before, after, names)
    assert sums == {"xen memcpy": 22, "xen gnttab_copy": 3,
                    "kernel __schedule": 7, "guest receive_take": 2,
                    "programs": 9}
    found = profile.kinds(sums)
    assert found["bytes moved and cleared"] == 22
    assert found["the guest"] == 2
    assert sum(found.values()) == sum(sums.values())
