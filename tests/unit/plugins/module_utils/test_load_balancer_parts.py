# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Further addresses, QoS policy, security groups, tags of parts, and members at rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    AddressVipPort,
    CreateBalancer,
    CreateChild,
    CreateVipPort,
    SetMembers,
    UpdateBalancer,
    UpdateChild,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_address import VipPort
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import Observed, References
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_plan import plan
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import AdditionalVip

from .load_balancer_values import (
    HTTP,
    MONITOR,
    ONE,
    OURS,
    RULE,
    WEB,
    declared,
    listener,
    member,
    observed,
    policy,
    pool,
)

SIX = AdditionalVip(subnet_id="s6", address="2001:db8::5")
ANY = AdditionalVip(subnet_id="s6")
REFERENCES = References(vip_subnet_id="s1", vip_network_id="n1", additional_vips=(ANY,))
PORT = VipPort(id="p1", name="chat-vip", address="10.0.0.5", subnet_id="s1", network_id="n1", ours=True)
VIPS: dict[str, Any] = {"additional_vips": [{"subnet": "six"}]}
DRAINED = "model_serving.drained=7"


def test_further_addresses_are_on_the_vip_port() -> None:
    port, balancer = plan(declared(provider="amphora", **VIPS), Observed(references=REFERENCES)).actions

    assert isinstance(port, CreateVipPort)
    assert port.vip.fixed_ips == [{"subnet_id": "s1"}, {"subnet_id": "s6"}]
    assert isinstance(balancer, CreateBalancer)
    assert balancer.body["additional_vips"] == [{"subnet_id": "s6"}]


def test_ovn_makes_ports_for_further_addresses_itself() -> None:
    port, balancer = plan(declared(provider="ovn", **VIPS), Observed(references=REFERENCES)).actions

    assert isinstance(port, CreateVipPort)
    assert port.vip.fixed_ips == [{"subnet_id": "s1"}]
    assert isinstance(balancer, CreateBalancer)
    assert balancer.body["additional_vips"] == [{"subnet_id": "s6"}]


def test_rebuilt_balancer_has_its_further_addresses_again() -> None:
    old = observed(provisioning_status="ERROR", additional_vips=(SIX,))

    _delete, create = plan(declared(), replace(old, port=replace(PORT, more=(SIX,)))).actions

    assert isinstance(create, CreateBalancer)
    assert create.body["additional_vips"] == [{"subnet_id": "s6", "ip_address": "2001:db8::5"}]


def test_kept_port_gets_the_further_addresses_that_are_declared_now() -> None:
    kept = Observed(port=PORT, references=REFERENCES)

    address, create = plan(declared(provider="amphora", **VIPS), kept).actions

    assert isinstance(address, AddressVipPort)
    assert address.vip.fixed_ips == [{"subnet_id": "s1", "ip_address": "10.0.0.5"}, {"subnet_id": "s6"}]
    assert isinstance(create, CreateBalancer)
    there = replace(kept, port=replace(PORT, more=(SIX,)))
    assert len(plan(declared(provider="amphora", **VIPS), there).actions) == 1


@pytest.mark.parametrize(
    ("wanted", "there", "fine"),
    [
        ((ANY,), (SIX,), True),
        ((SIX,), (SIX,), True),
        ((), (), True),
        ((replace(SIX, address="2001:db8::6"),), (SIX,), False),
        ((replace(ANY, subnet_id="s7"),), (SIX,), False),
        ((), (SIX,), False),
        ((ANY,), (), False),
    ],
)
def test_further_addresses_cannot_be_changed(
    wanted: tuple[AdditionalVip, ...], there: tuple[AdditionalVip, ...], *, fine: bool
) -> None:
    old = replace(observed(additional_vips=there), references=References(additional_vips=wanted))

    if fine:
        assert plan(declared(additional_vips=[]), old).actions == ()
    else:
        with pytest.raises(InvalidInputError, match=r"has 'additional_vips' .*cannot be changed.*keep_address"):
            plan(declared(additional_vips=[]), old)


@pytest.mark.parametrize(
    ("options", "references"),
    [({}, REFERENCES), ({"provider": "amphora"}, replace(REFERENCES, vip_subnet_id=None))],
)
def test_further_addresses_need_to_know_where(options: dict[str, Any], references: References) -> None:
    with pytest.raises(InvalidInputError, match="'additional_vips' needs 'vip_subnet' and 'provider'"):
        plan(declared(**options, **VIPS), Observed(references=references))


@pytest.mark.parametrize(
    ("there", "references", "changes"),
    [
        ({"vip_qos_policy_id": "q1"}, References(vip_qos_policy_id="q2"), {"vip_qos_policy_id": "q2"}),
        ({"vip_qos_policy_id": "q1"}, References(vip_qos_policy_id=""), {"vip_qos_policy_id": None}),
        ({"vip_qos_policy_id": "q1"}, References(vip_qos_policy_id="q1"), {}),
        ({"vip_qos_policy_id": "q1"}, References(), {}),
        ({"vip_sg_ids": ["g1"]}, References(vip_sg_ids=["g2"]), {"vip_sg_ids": ["g2"]}),
        ({"vip_sg_ids": ["g1"]}, References(vip_sg_ids=[]), {"vip_sg_ids": []}),
        ({"vip_sg_ids": ["g1"]}, References(), {}),
    ],
)
def test_what_applies_to_the_vip_is_changed_in_place(
    there: dict[str, Any], references: References, changes: dict[str, Any]
) -> None:
    old = replace(observed(settings={"tags": [OURS], **there}), references=references)

    actions = plan(declared(), old).actions

    assert [action.changes for action in actions if isinstance(action, UpdateBalancer)] == [changes] * bool(changes)


def test_what_applies_to_the_vip_survives_a_rebuild() -> None:
    old = observed(settings={"tags": [OURS], "vip_qos_policy_id": "q1"}, provisioning_status="ERROR")

    (create,) = [action for action in plan(declared(), old).actions if isinstance(action, CreateBalancer)]

    assert create.body["vip_qos_policy_id"] == "q1"


def test_tags_of_parts_are_added_and_purged() -> None:
    old = observed(listener(policies=(policy("no"),)), pool(members=(member(),)))
    rule = {**RULE, "tags": ["r"]}
    l7 = {"name": "no", "action": "REJECT", "tags": ["p"], "rules": [rule]}
    web = {**WEB, "tags": ["w"], "members": [{**ONE, "tags": ["m"]}], "healthmonitor": {**MONITOR, "tags": ["h"]}}
    wanted: dict[str, Any] = {"listeners": [{**HTTP, "tags": ["l"], "l7policies": [l7]}], "pools": [web]}

    actions = plan(declared(**wanted), old).actions

    changed = {action.kind.name: action.changes["tags"] for action in actions if isinstance(action, UpdateChild)}
    assert changed == {
        "pool": [OURS, "w"],
        "health monitor": ["h"],
        "listener": ["l", OURS],
        "L7 policy": [OURS, "p"],
        "L7 rule": ["r"],
    }
    (members,) = [action for action in actions if isinstance(action, SetMembers)]
    assert members.members[0]["tags"] == ["m", OURS]
    tagged = observed(pool(members=(member(),)))
    theirs = replace(tagged.balancer.pools[0], settings={**pool().settings, "tags": [OURS, "theirs"]})  # type: ignore[union-attr,index]
    there = observed(theirs)
    assert plan(declared(pools=[{**WEB, "tags": []}]), there).actions == ()
    (purged,) = plan(declared(pools=[{**WEB, "tags": []}], purge=True), there).actions
    assert isinstance(purged, UpdateChild)
    assert purged.changes == {"tags": [OURS]}


def test_a_replaced_listener_keeps_mark_and_tags() -> None:
    old = listener()
    tagged = replace(old, settings={**old.settings, "tags": [OURS, "theirs"]})
    wanted = {**HTTP, "protocol": "TCP", "tags": ["l"]}

    (create,) = [
        action
        for action in plan(declared(listeners=[wanted]), observed(tagged, pool())).actions
        if isinstance(action, CreateChild)
    ]

    assert create.body["tags"] == ["l", OURS, "theirs"]


@pytest.mark.parametrize(
    ("there", "options", "sent"),
    [
        ({"weight": 0}, {"keep_drained": True}, None),
        ({"weight": 0, "tags": [DRAINED]}, {"keep_drained": True}, None),
        ({"weight": 2, "tags": [DRAINED]}, {"keep_drained": True}, None),
        ({"weight": 2}, {"keep_drained": True}, (3, [])),
        ({"weight": 0, "tags": [DRAINED]}, {}, (3, [])),
    ],
)
def test_members_at_rest(there: dict[str, Any], options: dict[str, Any], sent: tuple[int, list[str]] | None) -> None:
    resting = replace(member(ours=False), settings={**member(ours=False).settings, **there})

    actions = plan(
        declared(pools=[{**WEB, "members": [{**ONE, "weight": 3}]}], **options), observed(pool(members=(resting,)))
    ).actions

    got = [
        (body["weight"], body["tags"])
        for action in actions
        if isinstance(action, SetMembers)
        for body in action.members
    ]
    assert got == ([sent] if sent else [])


def test_reserved_tags_are_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"tag 'model_serving\.x' begins with"):
        declared(pools=[{**WEB, "members": [{**ONE, "tags": ["model_serving.x"]}]}])


def test_rule_is_switched_off_in_place() -> None:
    old = observed(listener(policies=(policy("no"),)), pool())
    l7 = {"name": "no", "action": "REJECT", "rules": [{**RULE, "admin_state_up": False}]}

    (change,) = plan(declared(listeners=[{**HTTP, "l7policies": [l7]}]), old).actions

    assert isinstance(change, UpdateChild)
    assert (change.id, change.parent, change.changes) == ("rule-no", "id-no", {"admin_state_up": False})
