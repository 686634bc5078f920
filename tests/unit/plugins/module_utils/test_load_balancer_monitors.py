# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When the health monitor of a pool is made whose listeners change.

One of ovn knows the port of the listener that points to its pool when it is made. Without a port it checks nothing,
the members are ONLINE for ever, and nothing but another monitor helps. A new listener of the pool gives it another
port, but ovn cuts addresses of IPv6 at the wrong colon then.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import CreateChild, Made
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_plan import plan
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Pool

from .load_balancer_values import ONE, SIXTH, declared, kinds, listener, member, observed, pool

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


DELETE_WEB, CREATE_WEB = (f"{verb} health monitor 'of pool web'" for verb in ("delete", "create"))
REPLACE = ["create listener 'http'", "delete listener 'http'"]
MOVED_PORT = {"name": "http", "protocol": "TCP", "protocol_port": 81}
SECOND = {**MOVED_PORT, "name": "second", "default_pool": "web"}
STAYS = {**MOVED_PORT, "protocol_port": 80}
WITH_IPV6: list[dict[str, Any]] = [{"vip_address": "2001:db8::1"}, {"additional_vips": SIXTH}]


@pytest.mark.parametrize(
    ("listeners", "writes"), [([MOVED_PORT], REPLACE), ([STAYS, SECOND], ["create listener 'second'"])]
)
@pytest.mark.parametrize("vips", [*WITH_IPV6, {}])
def test_a_new_listener_spoils_the_monitor_of_a_vip_of_ipv6(
    vips: dict[str, Any], listeners: list[Any], writes: list[str]
) -> None:
    old = observed(listener(protocol="TCP"), there("web"), placement={"provider": "ovn"}, **vips)

    found = kinds(plan(declared(listeners=listeners), old).actions)

    assert found == ([DELETE_WEB, *writes, CREATE_WEB] if vips else writes)


@pytest.mark.parametrize("vips", [*WITH_IPV6, {}])
def test_a_killed_run_leaves_the_monitor_to_the_listener_that_stays(vips: dict[str, Any]) -> None:
    """As long as the former listener is there, ovn may take its port."""
    twins = [replace(listener(protocol="TCP", protocol_port=port), id=f"id-{port}") for port in (80, 81)]
    web = {"name": "web", "protocol": "TCP", "healthmonitor": TCP}

    for monitored in (True, False):
        old = observed(*twins, there("web", monitored=monitored), placement={"provider": "ovn"}, **vips)
        found = kinds(plan(declared(listeners=[MOVED_PORT], pools=[web]), old).actions)
        assert found == [*[DELETE_WEB] * monitored, "delete listener 'http'", CREATE_WEB]


def test_a_pool_that_loses_one_of_its_listeners_has_its_members_checked_for_the_other() -> None:
    two = [listener(protocol="TCP"), listener("second", protocol="TCP", protocol_port=81)]

    for provider, anew in (("ovn", True), ("amphora", False)):
        old = observed(*two, there("web"), placement={"provider": provider})
        found = kinds(plan(declared(listeners=[STAYS]), old).actions)
        assert found == [*[DELETE_WEB] * anew, "delete listener 'second'", *[CREATE_WEB] * anew]


def test_a_monitor_stays_that_no_listener_moves_to() -> None:
    pools = [{"name": "web", "protocol": "TCP"}, {**NEW, "healthmonitor": {**TCP, "delay": 9}}]
    stays = {**LISTENER, "default_pool": "web"}

    assert steps("ovn", there("web"), there("new"), listeners=[stays], wanted=pools) == [CHANGE]


def test_other_providers_have_the_members_checked_before_listeners_move() -> None:
    pools = [{"name": "web", "protocol": "TCP"}, NEW]

    assert steps("amphora", there("web"), there("new"), listeners=[LISTENER], wanted=pools) == [MOVE]
    found = steps("amphora", there("web"), there("new", monitored=False), listeners=[LISTENER], wanted=pools)
    assert found == [CREATE, MOVE]
