# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet is to the module autoscaling_group, and what that would refuse."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.filter.group_options import group_options
from ansible_collections.model_serving.openstack.plugins.filter.group_problems import group_problems
from ansible_collections.model_serving.openstack.plugins.filter.service_arguments import service_arguments
from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic import kept_fleets
from ansible_collections.model_serving.openstack.plugins.plugin_utils._fleets import service_fleets

from ...templates import handed_on, read
from .test_service_arguments import MINIMAL, SPEC

CLOUD = {"services": [{"type": kind} for kind in ("orchestration", "alarming", "metric")]}
SERVER = {"user_data": "#cloud-config\n", "ready_path": "/ready"}


def fleets(**options: Any) -> list[dict[str, Any]]:
    found = service_arguments({**MINIMAL, **options}, SPEC)
    assert found["problems"] == []
    return kept_fleets(service_fleets(found["service"]), CLOUD, (), ())


def test_the_smallest_service() -> None:
    (fleet,) = fleets()
    assert group_options(fleet, SERVER) == {
        "name": "a",
        "min_size": 1,
        "max_size": 1,
        "desired_capacity": 1,
        "availability_zones": [],
        "anti_affinity": "anti-affinity",
        "max_server_per_host": None,
        "image": "b",
        "flavor": "c",
        "networks": ["d"],
        "key_name": None,
        "config_drive": None,
        "metadata": {},
        "boot_volume": {},
        "tags": [],
        "user_data": "#cloud-config\n",
        "pools": [{"pool": fleet["pool"], "protocol_port": 8080}],
        "readiness": {"url": "http://127.0.0.1:8080/ready", "timeout": 600},
        "drain_timeout": 30,
        "rolling_update": {"max_batch_size": 1, "pause": 0},
        "rollback": True,
        "target_tracking": {},
        "step_scaling": [],
        "health_check_type": "load_balancer",
    }


def test_what_is_left_out_is_left_to_the_module() -> None:
    steps = [{"metric": "m", "steps": [{"lower_bound": 5, "adjustment": 1}]}]
    scaling = {"target_tracking": {"target_value": 50}, "step_scaling": steps, "max_size": 9}
    rollout = {"drain_timeout": 0, "max_surge": 2, "pause": 5, "on_failure": "halt"}
    (fleet,) = fleets(autoscaling=scaling, rollout=rollout, boot_volume={"size": 3}, additional_networks=["st"])
    wanted = group_options(fleet, SERVER, pools={fleet["pool"]: "p1"}, endpoint="http://10.0.0.1:8004")
    assert wanted["target_tracking"] == {"target_value": 50.0}
    assert wanted["step_scaling"] == [{"metric": "m", "steps": [{"lower_bound": 5.0, "adjustment": 1}]}]
    assert wanted["boot_volume"] == {"size": 3, "delete_on_termination": True}
    assert wanted["networks"] == ["d", "st"]
    assert wanted["pools"][0]["pool"] == "p1"
    assert wanted["readiness"]["endpoint"] == "http://10.0.0.1:8004"
    assert (wanted["drain_timeout"], wanted["rollback"]) == (0, False)
    assert wanted["rolling_update"] == {"max_batch_size": 2, "pause": 5}
    assert group_problems([fleet], {"a": SERVER}) == []


@pytest.mark.parametrize(("options", "size"), [({}, None), ({"desired_capacity": 2}, 2)])
def test_a_group_that_is_there_keeps_its_size(options: dict[str, int], size: int | None) -> None:
    (fleet,) = fleets(autoscaling={"max_size": 3, **options})
    assert group_options({**fleet, "group_exists": True}, SERVER)["desired_capacity"] == size


def test_the_playbook_hands_on_all_of_them() -> None:
    handed = read("playbooks/tasks/group.yml")[0]["vars"]
    (fleet,) = fleets()
    for name in group_options(fleet, SERVER):
        assert handed[f"autoscaling_{name}"] == f"{{{{ site_wanted.{name} }}}}"


def test_so_it_does_with_what_only_the_playbook_knows() -> None:
    (fleet,) = fleets(
        port=8081, security_group={"allowed_cidrs": ["10.0.0.0/24"]}, additional_security_groups=["bastion"]
    )
    facts = {
        **read("playbooks/tasks/group.yml")[0]["vars"],
        "site_balancer_name": read("playbooks/vars/service.yml")["site_balancer_name"],
        "load_balancer_result": {"pools": [{"name": fleet["pool"], "id": "p1"}]},
        "site_balancer": {"join": None},
        "site_fleet": fleet,
        "site_heat_endpoint": "http://10.0.0.1:8004",
        "site_model_servers": {"a": SERVER},
        "site_service": {"name": "a"},
    }

    (rule,) = handed_on("autoscaling", "security_group", "security_group", facts)["rules"]
    options = handed_on("autoscaling", "present", "autoscaling_group", facts)

    assert (rule["port_range_min"], rule["remote_ip_prefix"]) == (8081, "10.0.0.0/24")
    assert options["security_groups"] == ["model_serving.a", "bastion"]
    assert options["pools"] == [{"pool": "p1", "protocol_port": 8081}]
    assert options["readiness"]["endpoint"] == "http://10.0.0.1:8004"


@pytest.mark.parametrize(("joined", "balancer"), [(None, "a"), ("front", "front")])
def test_a_pool_that_is_not_there_yet_has_the_name_that_it_will_have(joined: str | None, balancer: str) -> None:
    (fleet,) = fleets()
    facts = {
        **read("playbooks/tasks/group.yml")[0]["vars"],
        "site_balancer_name": read("playbooks/vars/service.yml")["site_balancer_name"],
        "load_balancer_result": {"pools": []},
        "site_balancer": {"join": joined},
        "site_fleet": fleet,
        "site_model_servers": {"a": SERVER},
        "site_service": {"name": "a"},
    }

    options = handed_on("autoscaling", "present", "autoscaling_group", facts)

    assert options["pools"] == [{"pool": "replicas-http", "load_balancer": balancer, "protocol_port": 8080}]


def test_user_data_need_room_for_what_signals_readiness() -> None:
    just_fits = "#cloud-config\n" + "x" * 49_000
    (fleet,) = fleets()
    servers = {"a": {**SERVER, "user_data": just_fits}}
    (told,) = group_problems([fleet], servers)
    assert "'a' cannot be an autoscaling group: 'user_data' takes " in told
    assert "with autoscaling.enabled: false it is a server fleet of 1 replicas" in told
    assert group_problems([{**fleet, "elastic": False}], servers) == []


def test_whatever_the_module_refuses_is_told() -> None:
    (fleet,) = fleets()
    wrong = {**fleet, "metadata": {"model_serving.x": "y"}, "autoscaling": {**fleet["autoscaling"], "max_size": "x"}}
    (told,) = group_problems([wrong], {"a": SERVER})
    assert "max_size" in told
    (told,) = group_problems([{**fleet, "metadata": {"model_serving.x": "y"}}], {"a": SERVER})
    assert "the collection's own" in told
