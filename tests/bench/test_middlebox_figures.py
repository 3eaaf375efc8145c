# SPDX-License-Identifier: BSD-2-Clause
"""`make bench`, middleboxes: what it makes of the numbers it got."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "lab")]

from coraclebench import crowd, middlebox  # noqa: E402


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
    rules = middlebox.FILTER.split(", ")
    for rule in (0, middlebox.RULES - 2):
        assert rules[rule] == (f"drop src net 10.{rule + 100}.0.0/16 and dst"
                               f" udp port {rule + 1000}")
