# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members whose address somebody wrote in another spelling: Octavia keeps it, and compares letter by letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fleet_behind_pool import CHAT, POOL

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_octavia import Octavia

OURS = {"address": "2001:db8::10", "protocol_port": 80}
THEIRS = {"address": "2001:DB8:0::10", "protocol_port": 80}
OTHER = {"address": "10.0.0.99", "protocol_port": 80}


def made_by_hand(octavia: Octavia, **member: Any) -> dict[str, Any]:
    return octavia.add("members", owner=POOL, name="", weight=3, backup=False, **member)


def of_the_address(octavia: Octavia) -> list[dict[str, Any]]:
    return [row for row in octavia.members(POOL) if ":" in row["address"]]


@pytest.mark.parametrize(
    ("members", "options", "weight"),
    [
        ([OURS], {"state": "drained"}, 0),
        ([{**OURS, "weight": 7}], {}, 7),
        ([{**OURS, "weight": 7}], {"purge": True}, 7),
        ([OTHER], {"state": "absent"}, 3),
    ],
)
def test_it_is_the_same_member(
    members: list[dict[str, Any]], options: dict[str, Any], weight: int, pool: Octavia, run_module: RunModule
) -> None:
    there = made_by_hand(pool, **THEIRS)
    made_by_hand(pool, **OTHER)
    arguments = {"pool": "replicas", "members": members, **options}

    assert run_module("pool_members", arguments)["changed"] is True

    assert of_the_address(pool) == [there]
    assert (there["address"], there["weight"]) == (THEIRS["address"], weight)
    assert run_module("pool_members", arguments)["changed"] is False


def test_two_spellings_that_octavia_took_stay_two_members(pool: Octavia, run_module: RunModule) -> None:
    both = [made_by_hand(pool, **OURS), made_by_hand(pool, **THEIRS)]
    made_by_hand(pool, **OTHER)
    arguments = {"pool": "replicas", "members": [OTHER], "state": "absent"}

    assert len(run_module("pool_members", arguments)["pool"]["members"]) == 2

    assert of_the_address(pool) == both
    assert run_module("pool_members", {**arguments, "members": [OTHER]})["changed"] is False


def test_a_fleet_that_removes_a_member_does_not_make_it_anew(
    pool: Octavia, nova: Nova, fleet: dict[str, Any], run_module: RunModule
) -> None:
    assert fleet["changed"] is True
    there = made_by_hand(pool, **THEIRS)

    run_module("server_fleet", {**CHAT, "replicas": 2})

    assert len(nova.servers) == 2
    assert of_the_address(pool) == [there]
