# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""More members than Octavia takes in one request. It refuses more than 114688 bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .fake_octavia import CHAT, Octavia, only

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .fake_neutron import Neutron


BALANCERS = "/lbaas/loadbalancers"


def members(count: int, network: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "address": f"10.{network}.{number // 250}.{number % 250 + 1}",
            "protocol_port": 8080,
            "name": f"chat-1-{number}",
        }
        for number in range(count)
    ]


def tree(count: int) -> dict[str, Any]:
    """Two pools with so many members each, one of them for some paths."""
    (pool,), (listener,) = CHAT["pools"], CHAT["listeners"]
    rule = {"type": "PATH", "compare_type": "STARTS_WITH", "value": "/letters"}
    policy = {"name": "letters", "action": "REDIRECT_TO_POOL", "redirect_pool": "letters", "rules": [rule]}
    return {
        **CHAT,
        "listeners": [{**listener, "l7policies": [policy]}],
        "pools": [{**pool, "members": members(count)}, {**pool, "name": "letters", "members": members(count, 1)}],
    }


def shape(octavia: Octavia) -> dict[str, Any]:
    """What there is, without ids."""
    names = {row_id: row.get("name") for rows in octavia.rows.values() for row_id, row in rows.items()}

    def bare(row: dict[str, Any]) -> str:
        values = {key: names.get(value, value) if isinstance(value, str) else value for key, value in row.items()}
        return json.dumps({key: values[key] for key in sorted(values) if key != "id"})

    return {kind: sorted(map(bare, rows.values())) for kind, rows in octavia.rows.items() if kind != "loadbalancers"}


@pytest.mark.usefixtures("neutron")
def test_the_members_of_a_balancer_come_after_it(conn: Mock, octavia: Octavia, run_module: RunModule) -> None:
    run_module("load_balancer", tree(3))
    small = shape(octavia)
    again = Octavia(conn)

    done = run_module("load_balancer", tree(600))
    unchanged = run_module("load_balancer", tree(600))

    assert not done.get("failed"), done["msg"]
    assert unchanged["changed"] is False
    assert len(again.rows["members"]) == 1200
    assert [path for method, path in again.writes if method == "POST"] == [BALANCERS]
    large = shape(again)
    assert {kind: large[kind] for kind in large if kind != "members"} == {
        kind: small[kind] for kind in small if kind != "members"
    }


@pytest.mark.parametrize(
    ("outcomes", "creations"),
    [
        ([], 2),
        # The new one breaks, too: when it was made, or when the first of the members came.
        (["ERROR"], 3),
        (["ACTIVE", "ERROR"], 3),
    ],
)
def test_one_that_is_broken_is_made_again_with_all_that_it_had(
    octavia: Octavia, neutron: Neutron, run_module: RunModule, outcomes: list[str], creations: int
) -> None:
    run_module("load_balancer", tree(600))
    before, port = shape(octavia), only(neutron.ports).id
    only(octavia.rows["loadbalancers"])["provisioning_status"] = "ERROR"
    octavia.outcomes = outcomes

    # What is not declared is what others have there.
    done = run_module("load_balancer", {key: CHAT[key] for key in ("name", "provider", "vip_subnet")})

    assert not done.get("failed"), done["msg"]
    assert octavia.writes.count(("POST", BALANCERS)) == creations
    assert shape(octavia) == before
    assert only(neutron.ports).id == port


@pytest.mark.usefixtures("neutron")
def test_one_that_octavia_would_not_take_is_refused_before_anything_is_removed(
    octavia: Octavia, run_module: RunModule
) -> None:
    wanted = tree(3)
    (listener,) = wanted["listeners"]
    (policy,) = listener["l7policies"]
    rules = [{**policy["rules"][0], "value": f"/{number}/{'x' * 200}"} for number in range(50)]
    policies = [{**policy, "name": f"letters-{number}", "rules": rules} for number in range(12)]
    run_module("load_balancer", wanted)
    only(octavia.rows["loadbalancers"])["provisioning_status"] = "ERROR"
    octavia.requests.clear()

    refused = run_module("load_balancer", {**wanted, "listeners": [{**listener, "l7policies": policies}]})

    assert "and Octavia takes 114688 unless" in refused["msg"]
    assert octavia.writes == []


@pytest.fixture
def pool(octavia: Octavia, run_module: RunModule) -> Octavia:
    run_module("load_balancer", tree(600))
    octavia.requests.clear()
    return octavia


def member_writes(octavia: Octavia) -> list[tuple[str, int]]:
    """The writes to members that were not refused for their size, with how many members they had."""
    sent = [(method, body) for method, path, body in octavia.requests if method != "GET" and "/members" in path]
    told = [(method, len((body or {}).get("members", [0])), len(json.dumps(body))) for method, body in sent]
    return [(method, count) for method, count, size in told if size <= 114688]


@pytest.mark.usefixtures("neutron")
def test_few_of_many_are_removed_one_by_one(pool: Octavia, run_module: RunModule) -> None:
    place = {"load_balancer": "chat", "pool": "replicas"}
    gone, changed = members(600)[:2], {**members(600)[5], "weight": 7}
    pool_id = next(row["id"] for row in pool.rows["pools"].values() if row["name"] == "replicas")

    done = run_module(
        "pool_members", {**place, "members": [*members(600)[2:5], changed, *members(600)[6:]], "purge": True}
    )

    assert not done.get("failed"), done["msg"]
    assert member_writes(pool) == [("PUT", 1), ("DELETE", 1), ("DELETE", 1)]
    left = {row["address"]: row for row in pool.members(pool_id)}
    assert len(left) == 598
    assert left.keys().isdisjoint(member["address"] for member in gone)
    assert left[changed["address"]]["weight"] == 7


@pytest.mark.usefixtures("neutron")
def test_many_come_in_several_requests(pool: Octavia, run_module: RunModule) -> None:
    done = run_module("pool_members", {"load_balancer": "chat", "pool": "replicas", "members": members(900, 2)})

    assert not done.get("failed"), done["msg"]
    sent = member_writes(pool)
    assert {method for method, _count in sent} == {"PUT"}
    assert len(sent) > 1
    assert sum(count for _method, count in sent) == 900
