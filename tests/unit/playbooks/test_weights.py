# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which weights site.yml lets server_fleet give, by the expressions of its own files."""

from __future__ import annotations

from typing import Any

import pytest

from ..templates import read, value_of

MAIN = {"name": "a", "elastic": False, "pool": "replicas-http", "member_weight": 33}
ROUTED = {"name": "a.canary", "elastic": False, "pool": "a.canary-http", "member_weight": 1}
CANARY = {
    "name": "a.canary-1-1",
    "address": "10.0.0.9",
    "protocol_port": 80,
    "tags": ["model_serving.service=a.canary"],
}


def weight(fleet: dict[str, Any], leaving: list[dict[str, str]], **rehearsal: Any) -> int | None:
    (play,) = read("playbooks/site.yml")
    (task,) = [each for each in read("playbooks/tasks/fleet.yml") if "compute_pools" in each.get("vars", {})]
    known = {
        "preflight_result": {"fleets": [MAIN, ROUTED], "surplus": {"leaving": leaving}, "rehearsal": rehearsal},
        "site_fleet": fleet,
    }
    found: int | None = value_of(task["vars"]["compute_pools"][0]["weight"], {**play["vars"], **known})
    return found


def balancer(*members: dict[str, Any]) -> dict[str, Any]:
    return {"pools": [{"name": "replicas-http", "members": list(members)}]}


@pytest.mark.parametrize("rehearsal", [{}, {"load_balancer": None}, {"load_balancer": balancer()}, {"skipped": True}])
def test_members_get_the_weight_that_is_calculated(rehearsal: dict[str, Any]) -> None:
    assert (weight(MAIN, [], **rehearsal), weight(ROUTED, [], **rehearsal)) == (33, 1)


def test_a_fleet_without_replicas_asks_for_no_weight() -> None:
    """The one that is calculated for nobody is 0."""
    assert weight({**MAIN, "member_weight": 0}, []) is None


def test_a_fleet_that_leaves_a_shared_pool_gets_no_larger_share_before() -> None:
    leaving = [{"name": "a.old", "pool": ""}]

    assert weight(MAIN, leaving) is None
    assert weight(ROUTED, leaving) == 1
    # The pool of its own goes with it.
    assert weight(MAIN, [{"name": "a.old", "pool": "a.old-http"}]) == 33


def test_nor_does_a_fleet_that_gets_routes() -> None:
    there = balancer(CANARY)

    assert weight(MAIN, [], load_balancer=there) is None
    assert weight(ROUTED, [], load_balancer=there) == 1


def test_replicas_rest_in_the_pool_that_they_leave_before_any_step_sets_weights_there() -> None:
    (play,) = read("playbooks/site.yml")
    files = [task.get("ansible.builtin.include_tasks", "") for task in play["tasks"]]

    # Where a fleet with a pool of its own leaves the file, its routes go by a run of the role load_balancer.
    assert "balancer.yml" in [task.get("ansible.builtin.include_tasks") for task in read("playbooks/tasks/leaving.yml")]
    assert files.index("tasks/strays.yml") < files.index("tasks/leaving.yml") < files.index("tasks/balancer.yml")
