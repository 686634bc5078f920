# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused because replicas that serve would be out of rotation before others serve."""

from __future__ import annotations

from typing import Any

import pytest

from .preflight_values import problems

ADDRESS = "10.0.0.1"
THERE = [{"name": "chat", "replicas": [{"name": "chat-1-1", "addresses": {"private": [ADDRESS]}}]}]


def member(port: int, status: str = "ONLINE", weight: int | None = 1, address: str = ADDRESS) -> dict[str, Any]:
    return {"address": address, "protocol_port": port, "operating_status": status, "weight": weight}


def found_with(*members: dict[str, Any], port: int | None = 9000) -> list[str]:
    pools = [{"name": "replicas-http", "members": list(members)}, {"name": "other-http", "members": [member(1)]}]
    balancer = {"actions": [], "load_balancer": {"pools": pools}}
    told = problems(service={"port": port}, balancer=balancer, groups=THERE)
    return [text for text in told if "a port cannot be changed" in text]


@pytest.mark.parametrize("serving", [member(8080), member(8080, "NO_MONITOR"), member(8080, weight=None)])
def test_a_port_that_replicas_serve_at_is_not_changed(serving: dict[str, Any]) -> None:
    (problem,) = found_with(serving)

    assert "'chat' serve at port 8080" in problem
    assert "at port 9000" in problem


@pytest.mark.parametrize(
    "members",
    [
        [],
        [member(9000)],
        [member(8080), member(9000)],
        # Nothing is lost.
        [member(8080, "ERROR")],
        [member(8080, weight=0)],
        # Somebody else's.
        [member(8080, address="10.0.0.2")],
    ],
)
def test_other_ports_are_no_problem(members: list[dict[str, Any]]) -> None:
    assert found_with(*members) == []
    assert found_with(member(8080), port=None) == []
