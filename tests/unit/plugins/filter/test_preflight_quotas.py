# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a deployment adds: to server fleets, to autoscaling groups, and when one becomes the other."""

from __future__ import annotations

from typing import Any

import pytest

from .preflight_values import CAPACITY, problems, quota

ELASTIC = [*CAPACITY["services"], *({"type": kind} for kind in ("orchestration", "alarming", "metric"))]
NO_BALANCER: dict[str, Any] = {"actions": []}


def added(quotas: dict[str, dict[str, int]], *, elastic: bool = False, **given: Any) -> list[str]:
    """What is needed and not free."""
    change: dict[str, Any] = {"quotas": quotas, **({"services": ELASTIC} if elastic else {})}
    found = problems(change, balancer=NO_BALANCER, **given)
    assert all(" are needed, but only " in text for text in found)
    return [text.partition(" are needed")[0] for text in found]


def kept(replicas: int, *, zones: int = 1) -> dict[str, Any]:
    """A group, all of whose replicas run in one zone."""
    server_groups = [f"chat-zone_{zone}" for zone in range(zones) for _side in range(2)]
    return {"name": "chat", "replicas": [{"availability_zone": "az1"}] * replicas, "server_groups": server_groups}


def by_nova(*zones: str) -> dict[str, Any]:
    """A group that has left the choice of zones to Nova."""
    return {**kept(0), "replicas": [{"availability_zone": zone} for zone in zones]}


@pytest.mark.parametrize(
    ("options", "existing", "told"),
    [
        # From one to the other: what is there is not the new one.
        ({"enabled": True}, {"replicas": 3}, ["3 more instances"]),
        ({"enabled": False}, {"groups": [kept(3)]}, ["3 more instances"]),
        ({"enabled": True}, {"replicas": 3, "groups": [kept(2)]}, []),
        # A group keeps what its scaling chose, within its sizes.
        ({"min_size": 1}, {"groups": [kept(1)]}, []),
        ({"min_size": 3, "max_size": 9}, {"groups": [kept(1)]}, ["2 more instances"]),
        ({"min_size": 1, "max_size": 9}, {"groups": [kept(9)]}, []),
        ({"min_size": 1}, {}, ["3 more instances"]),
        # A size that is given counts.
        ({"max_size": 9, "desired_capacity": 9}, {}, ["9 more instances"]),
        ({"max_size": 9, "desired_capacity": 5}, {"groups": [kept(3)]}, ["2 more instances"]),
        ({"min_size": 1, "desired_capacity": 1}, {"groups": [kept(3)]}, []),
    ],
)
def test_replicas(options: dict[str, Any], existing: dict[str, Any], told: list[str]) -> None:
    assert added({"instances": quota(9, 1)}, elastic=True, service={"autoscaling": options}, **existing) == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, ["1 more server_groups"]),
        ({"server_groups": [{"fleet": "chat"}]}, []),
        ({"server_groups": [{"fleet": "chats"}]}, ["1 more server_groups"]),
        # Nova takes ten into one.
        ({"service": {"replicas": 21}}, ["3 more server_groups"]),
        ({"service": {"replicas": 21}, "server_groups": [{"fleet": "chat"}] * 2}, ["1 more server_groups"]),
        ({"elastic": True}, ["2 more server_groups"]),
        ({"elastic": True, "groups": [kept(3)]}, []),
        ({"elastic": True, "service": {"availability_zones": ["az1", "az1"]}}, ["2 more server_groups"]),
        ({"elastic": True, "service": {"availability_zones": ["az1"]}, "groups": [kept(0)]}, []),
        (
            {"elastic": True, "service": {"autoscaling": {"enabled": True}}, "server_groups": [{"fleet": "chat"}]},
            ["2 more server_groups"],
        ),
    ],
)
def test_server_groups(given: dict[str, Any], told: list[str]) -> None:
    assert added({"server_groups": quota(9, 0), "server_group_members": quota(10, 10)}, **given) == told


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ((), ["4 more server_groups"]),
        ([kept(3)], ["2 more server_groups"]),
        ([by_nova("az1", "az2")], ["2 more server_groups"]),
        # The last replica in one of its zones was deleted.
        ([kept(3, zones=2)], []),
    ],
)
def test_each_zone_of_a_group_has_two_server_groups(there: Any, told: list[str]) -> None:
    zones = [{"name": name, "available": True} for name in ("az1", "az2")]
    change = {"quotas": {"server_groups": quota(9, 1)}, "services": ELASTIC, "availability_zones": zones}
    service = {"availability_zones": ["az1", "az2"]}
    found = problems(change, service=service, balancer=NO_BALANCER, groups=there)
    assert [text.partition(" are needed, but only 1")[0] for text in found] == told


@pytest.mark.parametrize("elastic", [True, False])
def test_security_groups(*, elastic: bool) -> None:
    none_left = {"security_groups": quota(9, 0), "security_group_rules": quota(9, 3)}
    cidrs = {"security_group": {"allowed_cidrs": ["10.0.0.0/8", "10.0.0.0/8", "fd00::/8"]}}
    canary = dict.fromkeys(("image", "flavor", "models", "routes"))
    more = {**cidrs, "fleets": [{**canary, "name": "canary", "replicas": 1, "weight": 1, "routes": [{"path": "/x"}]}]}

    told = ["1 more security_groups", "4 more security_group_rules"]
    assert added(none_left, elastic=elastic, service=cidrs) == told
    assert added(none_left, elastic=elastic, service=cidrs, security_groups=[{"fleet": "chat"}]) == []
    told = ["2 more security_groups", "8 more security_group_rules"]
    assert added(none_left, elastic=elastic, service=more) == told
    assert added(none_left, elastic=elastic, service=more, security_groups=[{"fleet": "chat.canary"}]) == [
        "1 more security_groups",
        "4 more security_group_rules",
    ]
