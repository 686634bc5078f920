# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service file says of its servers comes to the modules that make them, by the playbooks' own expressions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.filter.service_arguments import service_arguments
from ansible_collections.model_serving.openstack.plugins.plugin_utils._fleets import service_fleets
from ansible_collections.model_serving.openstack.plugins.plugin_utils._given_options import given_options

from ..plugins.filter.test_service_arguments import MINIMAL, SPEC
from ..templates import handed_on, read, value_of

# What the module server_fleet has under the same name. All here is something else than what holds without a word.
SAME: dict[str, Any] = {
    "replicas": 4,
    "image": "debian",
    "flavor": "small",
    "boot_volume": {"size": 8, "volume_type": "ssd", "delete_on_termination": False},
    "tags": ["blue"],
    "description": "Answers questions",
    "lock": True,
    "key_name": "ops",
    "availability_zones": ["az1", "az2"],
    "availability_zone_distribution": "balanced-only",
    "termination_policy": "oldest",
    "config_drive": True,
    "metadata": {"team": "blue"},
}
# It has these without the mapping.
IN_A_MAPPING: dict[str, dict[str, Any]] = {
    "rollout": {
        "update_policy": "recreate",
        "max_surge": 2,
        "max_unavailable": 3,
        "min_healthy_percentage": 60,
        "max_healthy_percentage": 140,
        "pause": 5,
        "on_failure": "halt",
        "skip_matching": False,
        "drain_timeout": 7,
    },
    "health": {
        "health_grace_period": 11,
        "max_unhealthy_percentage": 50,
        "build_timeout": 90,
        "readiness_url": "http://{address}:8081/ready",
    },
}
OTHERWISE: dict[str, Any] = {
    "network": "lan",
    "subnet": "lan-4",
    "fixed_ports": True,
    "additional_networks": ["storage"],
    "security_group": {"allowed_cidrs": ["10.0.0.0/24"]},
    "additional_security_groups": ["bastion"],
    "anti_affinity": {"policy": "soft-anti-affinity", "max_server_per_host": 2, "fallback": "soft"},
    "port": 8081,
}
SERVED: dict[str, Any] = {
    "runtime": "custom",
    "runtime_options": {"command": ["/opt/serve"]},
    "object_storage": {"s3_region": "eu"},
    "drain_seconds": 9,
    "log_to_console": False,
    "models": [{"name": "digits", "path": "digits.onnx"}],
}
GIVEN = {**SAME, **IN_A_MAPPING, **OTHERWISE, **SERVED}
NOT_OF_SERVERS = {"name", "project", "autoscaling", "weight", "fleets", "load_balancer"}


def task_vars(name: str, number: int = 0, **changed: Any) -> dict[str, Any]:
    """Return what a task of a file of tasks knows of a service that is given all this."""
    # Some of it excludes each other, which is told, and all of it is handed on none the less.
    service = service_arguments({**MINIMAL, **GIVEN, **changed}, SPEC)["service"]
    return {
        **read("playbooks/vars/service.yml"),
        **read(f"playbooks/tasks/{name}.yml")[number]["vars"],
        "preflight_result": {"service": service, "fleets": service_fleets(service)},
        "site_fleet_name": "a",
        "site_model_servers": {"a": {"user_data": "#cloud-config\n"}},
        "site_unsettled_pools": [],
    }


def unsaid(spec: Mapping[str, Any], given: Mapping[str, Any], where: str = "") -> Iterator[str]:
    """Yield options that nothing is said of but what holds without a word."""
    for name, option in spec.items():
        if option["type"] == "dict" and "options" in option and name in given:
            yield from unsaid(option["options"], given[name], f"{where}{name}.")
        elif given.get(name) in (None, option.get("default")):
            yield f"{where}{name}"


def test_no_option_is_forgotten_here() -> None:
    assert SPEC.keys() - GIVEN.keys() == NOT_OF_SERVERS
    assert list(unsaid({name: SPEC[name] for name in GIVEN.keys() - SERVED.keys()}, GIVEN)) == []


def test_the_servers_of_a_fleet() -> None:
    facts = task_vars("fleet", 1)

    (rule,) = handed_on("compute", "security_group", "security_group", facts)["rules"]
    options = handed_on("compute", "present", "server_fleet", facts)

    assert rule == {"protocol": "tcp", "port_range_min": 8081, "remote_ip_prefix": "10.0.0.0/24"}
    assert options == {
        **SAME,
        **{name: value for mapping in IN_A_MAPPING.values() for name, value in mapping.items()},
        "name": "a",
        "networks": [{"network": "lan", "subnet": "lan-4", "fixed_ports": True}, "storage"],
        "security_groups": ["model_serving.a", "bastion"],
        "server_group": "model_serving.a",
        "fallback": "soft",
        "pools": [{"load_balancer": "a", "pool": "replicas-http", "protocol_port": 8081, "weight": 1}],
        "user_data": "#cloud-config\n",
        "timeout": 600,
    }


@pytest.mark.parametrize(("said", "handed"), [("", [""]), (None, [])])
def test_no_key_pair_is_something_else_than_none_said(said: str | None, handed: list[str]) -> None:
    options = handed_on("compute", "present", "server_fleet", task_vars("fleet", 1, key_name=said))

    assert [value for name, value in options.items() if name == "key_name"] == handed


def test_the_server_group_of_a_fleet() -> None:
    assert handed_on("anti_affinity", "present", "server_group", task_vars("fleet")) == {
        "name": "model_serving.a",
        "policy": "soft-anti-affinity",
        "max_server_per_host": 2,
    }


def test_what_serves_the_models() -> None:
    facts = task_vars("user_data")
    (fleet,) = facts["preflight_result"]["fleets"]

    for name in (*SERVED, "port"):
        said = given_options(fleet[name]) if isinstance(fleet[name], dict) else fleet[name]
        assert value_of(facts[f"model_server_{name}"], facts) == said, name
