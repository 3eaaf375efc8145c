# SPDX-License-Identifier: BSD-2-Clause
"""The grant table, with Xen and one's own domain as the other side."""


def test_grants(bare):
    result = bare("tests/guest/grant", mem=16)
    assert result.status == 0, result.console
