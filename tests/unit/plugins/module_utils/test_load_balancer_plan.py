# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    CreateChild,
    DeleteChild,
    SetMembers,
    UpdateBalancer,
    UpdateChild,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_plan import plan

from .load_balancer_values import (
    HTTP,
    MONITOR,
    ONE,
    OURS,
    RULE,
    SIXTH,
    WEB,
    declared,
    kinds,
    listener,
    member,
    observed,
    policy,
    pool,
)

AS_IT_IS = observed(listener(), pool(members=(member(),)))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"listeners": [HTTP], "pools": [WEB]},
        {"listeners": [{**HTTP, "default_pool": "web", "connection_limit": -1, "insert_headers": {}}]},
        {"pools": [{**WEB, "healthmonitor": MONITOR, "members": [ONE], "session_persistence": {}}]},
        {"pools": [{**WEB, "members": [{**ONE, "weight": 1, "backup": False, "name": ""}]}]},
        {"tags": [], "provider": "amphora", "purge": True},
    ],
)
def test_nothing_to_do(options: dict[str, Any]) -> None:
    decided = plan(declared(**options), AS_IT_IS)

    assert decided.actions == ()
    assert decided.before == decided.after


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"description": "x"}, ["change load balancer 'chat'"]),
        ({"tags": ["x"]}, ["change load balancer 'chat'"]),
        ({"listeners": [{**HTTP, "connection_limit": 9}]}, ["change listener 'http'"]),
        ({"listeners": [{**HTTP, "default_pool": ""}]}, ["change listener 'http'"]),
        ({"listeners": [{**HTTP, "protocol_port": 81}]}, ["create listener 'http'", "delete listener 'http'"]),
        ({"listeners": [{**HTTP, "protocol": "TCP"}]}, ["delete listener 'http'", "create listener 'http'"]),
        ({"listeners": []}, ["delete listener 'http'"]),
        ({"pools": [{**WEB, "lb_algorithm": "SOURCE_IP"}]}, ["change pool 'web'"]),
        ({"pools": [{**WEB, "healthmonitor": {**MONITOR, "delay": 9}}]}, ["change health monitor 'of pool web'"]),
        ({"pools": [{**WEB, "healthmonitor": {}}]}, ["delete health monitor 'of pool web'"]),
        (
            {"pools": [{**WEB, "healthmonitor": {**MONITOR, "type": "TCP"}}]},
            ["delete health monitor 'of pool web'", "create health monitor 'of pool web'"],
        ),
        ({"pools": [{**WEB, "members": [{**ONE, "weight": 0}]}]}, ["set members of pool 'web'"]),
        ({"pools": [{**WEB, "members": []}]}, ["set members of pool 'web'"]),
        (
            {
                "listeners": [{**HTTP, "default_pool": "new"}],
                "pools": [{"name": "new", "protocol": "HTTP", "members": [ONE], "healthmonitor": MONITOR}],
            },
            [
                "create pool 'new'",
                "create health monitor 'of pool new'",
                "set members of pool 'new'",
                "change listener 'http'",
                "delete pool 'web'",
            ],
        ),
        (
            {"listeners": [{**HTTP, "l7policies": [{"name": "no", "action": "REJECT", "rules": [RULE]}]}]},
            ["create L7 policy 'http/no'", "create L7 rule 'http/no/PATH /a'"],
        ),
    ],
)
def test_smallest_set_of_writes(options: dict[str, Any], expected: list[str]) -> None:
    decided = plan(declared(**options), AS_IT_IS)

    assert kinds(decided.actions) == expected
    assert decided.before != decided.after


def test_a_replaced_listener_keeps_what_is_not_declared() -> None:
    old = observed(listener(connection_limit=7, policies=(policy("no"),)), pool())

    create, *rest = plan(declared(listeners=[{**HTTP, "protocol_port": 81}]), old).actions

    assert isinstance(create, CreateChild)
    assert (create.body["connection_limit"], create.body["default_pool_id"]) == (7, "id-web")
    made = ["create L7 policy 'http/no'", "create L7 rule 'http/no/PATH /a'"]
    assert kinds(tuple(rest)) == [*made, "delete listener 'http'"]


def test_what_others_made_stays_unless_purged() -> None:
    old = observed(listener("theirs", ours=False), listener(), pool(members=(member(ours=False),)))
    wanted: dict[str, Any] = {"listeners": [HTTP], "pools": [{**WEB, "members": []}]}

    assert plan(declared(**wanted), old).actions == ()
    purged = plan(declared(**wanted, purge=True), old).actions
    assert kinds(purged) == ["set members of pool 'web'", "delete listener 'theirs'"]


def test_members_are_sent_complete() -> None:
    old = observed(pool(members=(member("10.0.0.1", weight=0, monitor_port=9), member("10.0.0.2"))))

    (action,) = plan(declared(pools=[{**WEB, "members": [{**ONE, "name": "a"}]}]), old).actions

    assert isinstance(action, SetMembers)
    assert action.removed == (("10.0.0.2", 80),)
    (sent,) = action.members
    assert (sent["weight"], sent["monitor_port"], sent["name"], sent["tags"]) == (0, 9, "a", [OURS])
    assert {"backup", "admin_state_up", "monitor_address"} <= sent.keys()


def test_networks_are_compared_as_octavia_keeps_them() -> None:
    kept = ["192.0.2.0/24", "192.0.2.7/32", "2001:db8::/32"]
    written = ["2001:DB8:0::/32", "192.0.2.7", "192.0.2.7/32", "192.0.2.1/24"]
    old = observed(listener(allowed_cidrs=kept), pool(), additional_vips=SIXTH)

    assert plan(declared(listeners=[{**HTTP, "allowed_cidrs": written}]), old).actions == ()
    (change,) = plan(declared(listeners=[{**HTTP, "allowed_cidrs": written[1:]}]), old).actions
    assert isinstance(change, UpdateChild)
    assert change.changes == {"allowed_cidrs": kept[:2]}


def test_clearing_sends_what_the_api_clears_by() -> None:
    old = observed(
        listener(insert_headers={"X-Forwarded-For": "true"}, allowed_cidrs=["10.0.0.0/8"], description="x"),
        pool(session_persistence={"type": "SOURCE_IP"}),
    )
    cleared = {**HTTP, "insert_headers": {}, "allowed_cidrs": [], "description": ""}

    persistence, headers = plan(declared(listeners=[cleared], pools=[{**WEB, "session_persistence": {}}]), old).actions

    assert isinstance(persistence, UpdateChild)
    assert persistence.changes == {"session_persistence": None}
    assert isinstance(headers, UpdateChild)
    assert headers.changes == {"insert_headers": {}, "allowed_cidrs": [], "description": ""}


def test_policies_are_moved_only_where_they_must() -> None:
    old = observed(listener(policies=(policy("a"), policy("b"), policy("c"))), pool())
    wanted = [{"name": name, "action": "REJECT", "rules": [RULE]} for name in ("c", "a", "new", "b")]

    moved, made, _rule = plan(declared(listeners=[{**HTTP, "l7policies": wanted}]), old).actions

    assert isinstance(moved, UpdateChild)
    assert (moved.id, moved.changes) == ("id-c", {"position": 1})
    assert isinstance(made, CreateChild)
    assert made.body["position"] == 3


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ("old", "new"),
        ("old a", "a new"),
        ("a old b", "b new a"),
        ("x a y b z", "a b"),
        ("x y a b", "new b a"),
        ("a x b c", "c b new a"),
    ],
)
def test_policies_that_go_do_so_when_the_new_ones_are_there(there: str, wanted: str) -> None:
    """So a path whose fleet is renamed is never nobody's. Positions are those that Octavia has at each moment."""
    old = observed(listener(policies=tuple(policy(name) for name in there.split())), pool())
    l7 = [{"name": name, "action": "REJECT", "rules": [RULE]} for name in wanted.split()]

    actions = plan(declared(listeners=[{**HTTP, "l7policies": l7}]), old).actions

    order, deleted = there.split(), False
    for action in actions:
        name = getattr(action, "name", "").removeprefix("http/")
        if isinstance(action, DeleteChild):
            order.remove(name)
            deleted = True
        elif isinstance(action, CreateChild) and "position" in action.body:
            assert not deleted
            order.insert(action.body["position"] - 1, name)
        elif isinstance(action, UpdateChild):
            order.remove(name)
            order.insert(action.changes["position"] - 1, name)
    assert order == wanted.split()


def test_policy_with_several_rules_is_enabled_when_it_has_them_all() -> None:
    wanted = {"name": "a", "action": "REJECT", "rules": [RULE, {**RULE, "value": "/b"}]}

    first, *rules, last = plan(declared(listeners=[{**HTTP, "l7policies": [wanted]}]), AS_IT_IS).actions

    assert isinstance(first, CreateChild)
    assert first.body["admin_state_up"] is False
    assert len(rules) == 2
    assert isinstance(last, UpdateChild)
    assert last.changes == {"admin_state_up": True}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("ACTIVE", ["create L7 rule 'http/a/PATH /b'", "change L7 policy 'http/a'"]),
        ("ERROR", ["change L7 policy 'http/a'", "create L7 rule 'http/a/PATH /b'", "change L7 policy 'http/a'"]),
    ],
)
def test_policy_of_a_killed_run_is_enabled_when_it_has_all_its_rules(status: str, expected: list[str]) -> None:
    """Until then it would match too much. In ERROR, it has to be sent again before Octavia takes rules for it."""
    half = replace(policy("a", admin_state_up=False), provisioning_status=status)
    wanted = {"name": "a", "action": "REJECT", "rules": [RULE, {**RULE, "value": "/b"}]}

    actions = plan(
        declared(listeners=[{**HTTP, "l7policies": [wanted]}]), observed(listener(policies=(half,)), pool())
    ).actions

    assert kinds(actions) == expected
    changes = [action.changes for action in actions if isinstance(action, UpdateChild)]
    assert changes[-1] == {"admin_state_up": True}
    assert {"admin_state_up": True} not in changes[:-1]


def test_tags_of_others_stay() -> None:
    old = observed(settings={"tags": [OURS, "theirs"]})

    (added,) = plan(declared(tags=["mine"]), old).actions
    (purged,) = plan(declared(tags=["mine"], purge=True), old).actions

    assert isinstance(added, UpdateBalancer)
    assert added.changes == {"tags": ["mine", OURS, "theirs"]}
    assert isinstance(purged, UpdateBalancer)
    assert purged.changes == {"tags": ["mine", OURS]}
