# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a run made twice, or did not set, the counts show it."""

from __future__ import annotations

import functools
from collections import Counter
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import cloud
import pytest
import shapes
from openstack.orchestration.v1.stack_template import StackTemplate

RULE = {"direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "port_range_min": 80, "port_range_max": 80}


def thing(**values: Any) -> SimpleNamespace:
    return SimpleNamespace(**{"id": "1", "name": "chat", "type": "HTTP", **values})


def group(name: str, *rules: str) -> SimpleNamespace:
    found = [{"id": rule, "remote_ip_prefix": None, **RULE} for rule in rules]
    return thing(id=name, name=name, tags=[], security_group_rules=found)


def trust(number: str, project: str = "here") -> SimpleNamespace:
    return SimpleNamespace(id=number, trustee_user_id="heat", project_id=project)


def listed(found: list[Any], above: str = "1") -> list[Any]:
    """Only the first pool has members, and only the first policy rules."""
    return found if above == "1" else []


class Parts:
    """A project with a balancer and all that can be below it, one of each kind."""

    def __init__(self) -> None:
        self.pool = thing(protocol="HTTP", lb_algorithm="ROUND_ROBIN", health_monitor_id="1")
        states = {"provisioning_status": "ACTIVE", "operating_status": "ONLINE"}
        balancer = thing(provider="ovn", vip_port_id="1", pools=[{"id": "1"}], **states)
        self.found: dict[str, list[Any]] = {
            "load_balancers": [balancer],
            "pools": [self.pool],
            "members": [thing(address="10.0.0.1", protocol_port=80, operating_status="ONLINE")],
            "listeners": [thing(protocol="HTTP", protocol_port=80)],
            "health_monitors": [thing(name="", delay=5, pools=[{"id": "1"}])],
            "l7_policies": [thing(action="REJECT", listener_id="1")],
            "l7_rules": [thing(rule_value="/v2")],
        }
        self.groups = [group("default", "d1", "d2"), group("web", "r1")]
        self.trusts = [trust("1")]
        self.servers: list[Any] = []
        self.template: dict[str, Any] = {}

    def connection(self) -> Mock:
        conn = Mock()
        for kind, found in self.found.items():
            getattr(conn.load_balancer, kind).side_effect = functools.partial(listed, found)
        conn.network.security_groups.return_value = self.groups
        conn.compute.servers.return_value = self.servers
        for empty in (conn.compute.server_groups, conn.network.ports, conn.network.ips):
            empty.return_value = []
        conn.orchestration.stacks.return_value = [thing(status="UPDATE_COMPLETE")] if self.template else []
        conn.orchestration.get_stack_template.return_value = StackTemplate(resources=self.template)
        conn.current_user_id, conn.current_project_id = "me", "here"
        conn.identity.trusts.side_effect = lambda trustor_user_id: self.trusts if trustor_user_id == "me" else []
        return conn


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Parts:
    monkeypatch.setattr(cloud, "Adapter", lambda **_: Mock(get=lambda _: Mock(json=list)))
    return Parts()


def shape(parts: Parts) -> Counter[str]:
    project = object.__new__(shapes.Project)
    project.healthy, project.conn = False, parts.connection()
    return project.shape()


def test_every_kind_is_counted(parts: Parts) -> None:
    assert shape(parts) == {
        "security_groups default": 1,
        "security_groups web": 1,
        "security_group_rules web ingress IPv4 tcp 80-80": 1,
        "load_balancers chat": 1,
        "members chat": 1,
        "listeners chat": 1,
        "pools chat": 1,
        "health_monitors HTTP every 5 s": 1,
        "l7_policies chat": 1,
        "l7_rules chat HTTP": 1,
        "trusts": 1,
    }


@pytest.mark.parametrize("kind", ["pools", "listeners", "health_monitors", "l7_policies", "l7_rules"])
def test_a_second_one_is_seen_though_nothing_is_in_it(parts: Parts, kind: str) -> None:
    before = shape(parts)

    parts.found[kind].append(SimpleNamespace(**{**vars(parts.found[kind][0]), "id": "2"}))

    ((name, count),) = (shape(parts) - before).items()
    assert (name.partition(" ")[0], count) == (kind, 1)


def test_a_second_rule_is_seen(parts: Parts) -> None:
    before = shape(parts)
    parts.groups[1] = group("web", "r1", "r2")
    assert shape(parts) - before == {"security_group_rules web ingress IPv4 tcp 80-80": 1}


def test_a_trust_that_stayed_is_seen_but_none_for_another_project(parts: Parts) -> None:
    before = shape(parts)
    parts.trusts += [trust("2"), trust("3", "elsewhere")]
    assert shape(parts) - before == {"trusts": 1}


def server(number: str, stage: str) -> SimpleNamespace:
    metadata = {"stage": stage, "model_serving.autoscaling_group": "chat", "metering.server_group": "an id"}
    facts = dict.fromkeys(("status", "host_id", "availability_zone", "tags", "description", "locked_reason"), "")
    empty = {"image": SimpleNamespace(id="1"), "security_groups": [], "addresses": {}}
    return thing(id=number, name=f"chat-1-{number}", metadata=metadata, **facts, **empty)


def test_a_replica_that_has_not_got_its_user_s_metadata_is_seen(parts: Parts) -> None:
    parts.servers = [server("1", "changed"), server("2", "made")]
    found = shape(parts)
    assert (found["servers chat stage=changed"], found["servers chat stage=made"]) == (1, 1)


def test_another_delay_of_a_monitor_is_seen(parts: Parts) -> None:
    (monitor,) = parts.found["health_monitors"]
    monitor.delay = 4
    assert shape(parts)["health_monitors HTTP every 4 s"] == 1


def test_other_limits_of_a_group_are_seen(parts: Parts) -> None:
    zones = {f"zone_{low}": {"properties": {"min_size": low, "max_size": 3}} for low in (1, 2)}
    parts.template = {**zones, "all_zones": {"type": "OS::Heat::Value"}}
    assert shape(parts)["stacks chat 1-3 2-3"] == 1


@pytest.mark.parametrize(
    ("name", "known_as"),
    [
        ("chat-1-2", "chat"),
        ("chat-zone_1-abcdef123456-server", "chat-zone_1-server"),
        (
            "chat-security_group-abcdef123456 ingress IPv4 tcp 8080-8080",
            "chat-security_group ingress IPv4 tcp 8080-8080",
        ),
        ("10.0.0.1", ""),
    ],
)
def test_what_is_different_each_time_is_left_out(name: str, known_as: str) -> None:
    assert shapes.steady(name) == known_as
