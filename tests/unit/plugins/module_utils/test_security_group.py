# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._security_group_plan import (
    NEW,
    CreateGroup,
    CreateRules,
    DeleteGroup,
    DeleteRule,
    Desired,
    Group,
    Observed,
    SetTags,
    UpdateGroup,
    plan,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._security_group_rules import (
    Rule,
    default_egress,
    normalised,
    problems,
)

HTTP = Rule(protocol="tcp", port_range_min=8000, port_range_max=8000)
PING = Rule(protocol="icmp")
EGRESS = {"e4": default_egress("IPv4"), "e6": default_egress("IPv6")}
GROUP = Group(id="g1", name="chat", description="d", stateful=True, tags=("theirs",), rules={**EGRESS, "r1": PING})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"protocol": "6", "port_range_min": 80}, {"protocol": "TCP", "port_range_min": 80, "port_range_max": 80}),
        ({"protocol": "tcp", "port_range_min": 1, "port_range_max": 65535}, {"protocol": "tcp"}),
        ({"remote_ip_prefix": "0.0.0.0/0"}, {}),
        ({"ether_type": "IPv6", "remote_ip_prefix": "::/0"}, {"ether_type": "IPv6"}),
        ({"remote_ip_prefix": "10.0.0.5"}, {"remote_ip_prefix": "10.0.0.5/32"}),
        ({"remote_ip_prefix": "10.0.0.5/24"}, {"remote_ip_prefix": "10.0.0.0/24"}),
        ({"ether_type": "IPv6", "protocol": "icmp"}, {"ether_type": "IPv6", "protocol": "ipv6-icmp"}),
        ({"ether_type": "IPv6", "protocol": "icmpv6"}, {"ether_type": "IPv6", "protocol": 58}),
        ({"protocol": "any"}, {"protocol": None}),
        ({"remote_group": "g2"}, {"remote_group_id": "g2"}),
    ],
)
def test_two_spellings_are_one_rule(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"protocol": "icmp", "port_range_min": 8}, {"protocol": "icmp", "port_range_min": 8, "port_range_max": 8}),
        ({"remote_address_group_id": "a1"}, {}),
        ({"direction": "egress"}, {}),
    ],
)
def test_different_rules_stay_different(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert normalised(one) != normalised(other)


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"remote_ip_prefix": "10.0.0.0/33"}, "remote_ip_prefix"),
        ({"remote_ip_prefix": "10.0.0.0/8", "remote_group": "g2"}, "exclude each other"),
        ({"remote_ip_prefix": "fd00::/8"}, "not an IPv4 network"),
        ({"remote_ip_prefix": "::/0"}, "not an IPv4 network"),
        ({"ether_type": "IPv6", "remote_ip_prefix": "0.0.0.0/0"}, "not an IPv6 network"),
        ({"port_range_min": 80}, "ports need one of the protocols"),
        ({"protocol": "tcp", "port_range_min": 90, "port_range_max": 80}, "greater than"),
        ({"protocol": "tcp", "port_range_max": 80}, "needs 'port_range_min'"),
        ({"protocol": "udp", "port_range_min": 0}, "between 1 and 65535"),
        ({"protocol": "icmp", "port_range_min": 300}, "between 0 and 255"),
        ({"protocol": "icmp", "port_range_max": 0}, "needs an ICMP type"),
    ],
)
def test_impossible_rules(rule: dict[str, Any], problem: str) -> None:
    (found,) = problems([rule])

    assert problem in found
    assert found.startswith("rule 1")


def test_all_problems_are_found_at_once() -> None:
    assert len(problems([{"port_range_min": 80}, {}, {"remote_ip_prefix": "x"}])) == 2


def created(*rules: Rule) -> CreateRules:
    return CreateRules(name="chat", id="g1", rules=rules, described=rules)


@pytest.mark.parametrize(
    ("desired", "actions"),
    [
        pytest.param(Desired(name="chat"), (), id="nothing-managed"),
        pytest.param(Desired(name="chat", description="d", stateful=True, rules=(PING,)), (), id="as-it-is"),
        pytest.param(Desired(name="chat", rules=(HTTP,)), (created(HTTP),), id="foreign-rule-stays"),
        pytest.param(Desired(name="chat", rules=(HTTP, HTTP)), (created(HTTP),), id="same-rule-twice"),
        pytest.param(
            Desired(name="chat", rules=(HTTP,), purge_rules=True),
            (created(HTTP), DeleteRule(name="chat", rule_id="r1", rule=PING, described=PING)),
            id="purge-spares-egress",
        ),
        pytest.param(
            Desired(name="chat", rules=(PING, EGRESS["e4"]), purge_rules=True, keep_default_egress=False),
            (DeleteRule(name="chat", rule_id="e6", rule=EGRESS["e6"], described=EGRESS["e6"]),),
            id="purge-egress-that-is-not-declared",
        ),
        pytest.param(
            Desired(name="chat", rules=(), purge_rules=True),
            (DeleteRule(name="chat", rule_id="r1", rule=PING, described=PING),),
            id="empty-list-clears",
        ),
        pytest.param(
            Desired(name="chat", description=""),
            (UpdateGroup(name="chat", id="g1", attributes={"description": ""}),),
            id="empty-description-clears",
        ),
        pytest.param(
            Desired(name="chat", tags=("ours",)),
            (SetTags(name="chat", id="g1", tags=("ours", "theirs")),),
            id="foreign-tag-stays",
        ),
        pytest.param(
            Desired(name="chat", tags=(), purge_tags=True), (SetTags(name="chat", id="g1", tags=()),), id="purge-tags"
        ),
        pytest.param(Desired(name="chat", present=False), (DeleteGroup(name="chat", id="g1"),), id="delete"),
    ],
)
def test_plan_for_an_existing_group(desired: Desired, actions: tuple[object, ...]) -> None:
    decided = plan(desired, Observed(group=GROUP))

    assert decided.actions == actions
    assert (decided.before != decided.after) is decided.changed


def test_plan_for_a_new_group_knows_its_default_rules() -> None:
    desired = Desired(name="chat", rules=(HTTP, EGRESS["e4"]), purge_rules=True, keep_default_egress=False)

    decided = plan(desired, Observed(group=None))

    assert decided.actions == (
        CreateGroup(name="chat", allowed=frozenset([HTTP, *EGRESS.values()])),
        CreateRules(name="chat", id=NEW, rules=(HTTP,), described=(HTTP,)),
        DeleteRule(name="chat", rule_id=NEW, rule=EGRESS["e6"], described=EGRESS["e6"]),
    )
    assert decided.after["rules"] == sorted([str(HTTP), str(EGRESS["e4"])])


def test_plan_for_an_absent_group() -> None:
    assert not plan(Desired(name="chat", present=False), Observed(group=None)).changed


def test_remote_groups_are_compared_by_id_and_shown_by_name() -> None:
    from_lb = Rule(remote_group="lb")
    observed = Observed(group=GROUP, remote_ids={"lb": "g2"}, names={"g2": "lb"})

    decided = plan(Desired(name="chat", rules=(from_lb,)), observed)
    with_rule = replace(GROUP, rules={**GROUP.rules, "r2": Rule(remote_group="g2")})

    (action,) = decided.actions
    assert isinstance(action, CreateRules)
    assert action.rules == (Rule(remote_group="g2"),)
    assert "from group 'lb'" in str(action)
    assert not plan(Desired(name="chat", rules=(from_lb,)), replace(observed, group=with_rule)).changed


def test_a_group_may_refer_to_itself() -> None:
    itself = Desired(name="chat", rules=(Rule(remote_group="chat"),))
    with_rule = replace(GROUP, rules={**EGRESS, "r2": Rule(remote_group="g1")})

    assert not plan(itself, Observed(group=with_rule)).changed
    (_create, action) = plan(itself, Observed(group=None)).actions
    assert isinstance(action, CreateRules)
    assert action.rules[0].remote_group == NEW
