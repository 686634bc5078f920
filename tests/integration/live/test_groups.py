# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from openstack.connection import Connection

    from .conftest import Modules


def test_server_group(cloud: Connection, modules: Modules, name: str) -> None:
    hard: dict[str, Any] = {"name": name, "policy": "anti-affinity"}
    soft: dict[str, Any] = {"name": name, "policy": "soft-anti-affinity"}

    modules.converges("server_group", hard)
    (group,) = [group for group in cloud.compute.server_groups() if group.name == name]
    assert group.policy == "anti-affinity"

    refused = modules.fails("server_group", soft)
    assert group.id in refused["msg"]
    modules.converges("server_group", {**soft, "recreate": True})
    modules.converges("server_group", {**hard, "recreate": True, "max_server_per_host": 2})
    (group,) = [group for group in cloud.compute.server_groups() if group.name == name]
    assert group.rules == {"max_server_per_host": 2}
    (found,) = modules.run("server_group_info", {"name": name})["server_groups"]
    assert found["id"] == group.id

    modules.converges("server_group", {"name": name, "state": "absent"})
    assert not [group for group in cloud.compute.server_groups() if group.name == name]


def test_groups_of_one_name_are_an_error(cloud: Connection, modules: Modules, name: str) -> None:
    twins = [cloud.compute.create_server_group(name=name, policy="affinity") for _twin in range(2)]
    try:
        refused = modules.fails("server_group", {"name": name, "policy": "affinity"})
    finally:
        for twin in twins:
            cloud.compute.delete_server_group(twin.id, ignore_missing=True)

    assert all(twin.id in refused["msg"] for twin in twins)


# Spelled so that Neutron stores something else than what is written.
RULES: list[dict[str, Any]] = [
    {"protocol": "6", "port_range_min": 8000, "port_range_max": 8010},
    {"protocol": "udp", "port_range_min": 53, "remote_ip_prefix": "10.0.0.5/24"},
    {"protocol": "icmp"},
    {"protocol": "icmp", "port_range_min": 8},
    {"protocol": "icmp", "ether_type": "IPv6"},
    {"protocol": "tcp", "port_range_min": 22, "remote_ip_prefix": "192.0.2.7"},
    {"protocol": "tcp", "port_range_min": 443, "remote_ip_prefix": "0.0.0.0/0"},
    {"direction": "egress", "ether_type": "IPv6", "remote_ip_prefix": "::/0"},
]


def rule_count(cloud: Connection, name: str) -> int:
    group = cloud.network.find_security_group(name, ignore_missing=False)
    return len(list(cloud.network.security_group_rules(security_group_id=group.id)))


def test_security_group(cloud: Connection, modules: Modules, name: str) -> None:
    declared = {"name": name, "description": "d", "tags": ["one"], "rules": [*RULES, {"remote_group": name}]}

    modules.converges("security_group", declared)
    # One declared rule is among the two that Neutron gives to each group.
    assert rule_count(cloud, name) == len(RULES) + 2

    group = cloud.network.find_security_group(name, ignore_missing=False)
    cloud.network.create_security_group_rule(
        security_group_id=group.id, direction="ingress", ether_type="IPv4", protocol="tcp"
    )
    cloud.network.set_tags(group, ["one", "theirs"])
    assert modules.run("security_group", declared)["changed"] is False
    modules.converges("security_group", {**declared, "purge_rules": True, "tags": ["two"], "description": ""})
    assert rule_count(cloud, name) == len(RULES) + 2
    group = cloud.network.get_security_group(group.id)
    assert sorted(group.tags) == ["one", "theirs", "two"]
    assert group.description == ""

    modules.converges("security_group", {"name": name, "rules": [], "purge_rules": True, "keep_default_egress": False})
    assert rule_count(cloud, name) == 0
    modules.converges("security_group", {"name": name, "state": "absent"})
    assert cloud.network.find_security_group(name, ignore_missing=True) is None


def test_new_security_group_without_egress(cloud: Connection, modules: Modules, name: str) -> None:
    modules.converges(
        "security_group",
        {"name": name, "rules": [{"protocol": "icmp"}], "purge_rules": True, "keep_default_egress": False},
    )

    assert rule_count(cloud, name) == 1


def test_a_refusal_has_the_request_id(cloud: Connection, modules: Modules, name: str) -> None:
    group = cloud.network.create_security_group(name=name)
    network = next(network for network in cloud.network.networks() if network.project_id == cloud.current_project_id)
    port = cloud.network.create_port(name=name, network_id=network.id, security_group_ids=[group.id])
    try:
        refused = modules.fails("security_group", {"name": name, "state": "absent"})
    finally:
        cloud.network.delete_port(port.id, ignore_missing=True)

    assert refused["failure"]["status"] == 409
    assert refused["failure"]["request_id"].startswith("req-")
    assert "in use" in refused["msg"]


@pytest.mark.parametrize("module", ["server_group_info", "security_group_info", "server_fleet_info", "service_info"])
def test_info_of_nothing(modules: Modules, module: str) -> None:
    answer = modules.run(module, {"name": "no-such-name"})

    found = [value for value in answer.values() if isinstance(value, list)]
    assert found
    assert not any(found)
