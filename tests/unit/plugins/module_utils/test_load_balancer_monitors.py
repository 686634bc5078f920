# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When the health monitor of a pool is made to which listeners move.

One of ovn knows the port of the listener that points to its pool when it is made. Without a port it checks nothing,
the members are ONLINE for ever, and nothing but another monitor helps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import CreateChild, Made
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_plan import plan
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Pool

from .load_balancer_values import ONE, declared, kinds, listener, member, observed, pool

TCP: dict[str, Any] = {"type": "TCP", "delay": 2, "timeout": 1, "max_retries": 1}
LISTENER: dict[str, Any] = {"name": "http", "protocol": "TCP", "protocol_port": 80, "default_pool": "new"}
NEW: dict[str, Any] = {"name": "new", "protocol": "TCP", "healthmonitor": TCP, "members": [ONE]}
DELETE, CREATE = "delete health monitor 'of pool new'", "create health monitor 'of pool new'"
CHANGE, MOVE = "change health monitor 'of pool new'", "change listener 'http'"


def there(name: str, *, monitored: bool = True) -> Pool:
    known = pool(name, members=(member(),), protocol="TCP")
    assert known.monitor is not None
    return replace(known, monitor=replace(known.monitor, id=f"m-{name}", settings=TCP) if monitored else None)


def steps(provider: str, *pools: Pool, listeners: list[Any], wanted: list[Any] | None = None) -> list[str]:
    old = observed(listener(protocol="TCP"), *pools, placement={"provider": provider})
    return kinds(plan(declared(listeners=listeners, pools=wanted), old).actions)


def test_a_new_pool_gets_its_monitor_when_its_listener_points_to_it() -> None:
    old = observed(listener(protocol="TCP"), there("web"), placement={"provider": "ovn"})

    actions = plan(declared(listeners=[LISTENER], pools=[NEW]), old).actions

    assert kinds(actions) == ["create pool 'new'", "set members of pool 'new'", MOVE, CREATE, "delete pool 'web'"]
    assert isinstance(actions[3], CreateChild)
    assert actions[3].body["pool_id"] == Made(kind="pool", name="new")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, [DELETE, MOVE, CREATE]),
        ([NEW], [DELETE, MOVE, CREATE]),
        ([{**NEW, "healthmonitor": {**TCP, "delay": 9}}], [DELETE, MOVE, CREATE]),
        ([{**NEW, "healthmonitor": {}}], [DELETE, MOVE]),
    ],
)
def test_the_monitor_of_a_pool_that_a_listener_moves_to_is_made_anew(
    wanted: list[Any] | None, expected: list[str]
) -> None:
    pools = wanted and [{"name": "web", "protocol": "TCP"}, *wanted]

    assert steps("ovn", there("web"), there("new"), listeners=[LISTENER], wanted=pools) == expected


def test_what_a_killed_run_left_without_a_monitor_gets_one_last() -> None:
    pools = [{"name": "web", "protocol": "TCP"}, NEW]

    found = steps("ovn", there("web"), there("new", monitored=False), listeners=[LISTENER], wanted=pools)

    assert found == [MOVE, CREATE]


def test_a_monitor_stays_that_no_listener_moves_to() -> None:
    pools = [{"name": "web", "protocol": "TCP"}, {**NEW, "healthmonitor": {**TCP, "delay": 9}}]
    stays = {**LISTENER, "default_pool": "web"}

    assert steps("ovn", there("web"), there("new"), listeners=[stays], wanted=pools) == [CHANGE]


def test_other_providers_have_the_members_checked_before_listeners_move() -> None:
    pools = [{"name": "web", "protocol": "TCP"}, NEW]

    assert steps("amphora", there("web"), there("new"), listeners=[LISTENER], wanted=pools) == [MOVE]
    found = steps("amphora", there("web"), there("new", monitored=False), listeners=[LISTENER], wanted=pools)
    assert found == [CREATE, MOVE]
