# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets requests, from what HAProxy says."""

from __future__ import annotations

import haproxy
import pytest

HEAD = "# pxname,svname,scur,status,weight,\n"


@pytest.mark.parametrize(
    ("status", "weight", "expected"),
    [
        ("UP", 1, True),
        ("UP 1/2", 1, True),  # going down, but still asked
        ("no check", 1, True),
        ("UP", 0, False),  # drained by weight
        ("DRAIN", 1, False),
        ("DOWN", 1, False),
        ("DOWN 1/2", 1, False),
        ("MAINT", 1, False),
        ("NOLB", 1, False),
    ],
)
def test_in_rotation(status: str, weight: int, expected: bool) -> None:
    statistics = f"{HEAD}listener,FRONTEND,3,OPEN,,\npool,a,3,{status},{weight},\npool,BACKEND,3,UP,1,\n"
    assert haproxy.in_rotation(statistics) == ({"a"} if expected else set())


def test_addresses() -> None:
    config = """
backend pool
    server a-1 10.20.0.5:8080 weight 1 check inter 2s
    server b-2 [fd00::5]:8080 weight 0 check
    timeout server 50000
"""
    assert haproxy.addresses(config) == {"a-1": "10.20.0.5", "b-2": "fd00::5"}
