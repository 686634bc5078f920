# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is in a service file: preflight lists what is wrong, and what it lets pass the modules do not refuse."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from examples import example
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.model_serving.openstack.plugins.filter.preflight_problems import preflight_problems
from ansible_collections.model_serving.openstack.plugins.filter.preflight_warnings import preflight_warnings
from ansible_collections.model_serving.openstack.plugins.filter.service_arguments import service_arguments
from ansible_collections.model_serving.openstack.plugins.lookup.model_files import LookupModule
from ansible_collections.model_serving.openstack.plugins.module_utils._numbers import number_problems
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_options import problems as of_replicas
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_options import problems
from ansible_collections.model_serving.openstack.plugins.modules.server_fleet import MODULE as FLEET
from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic import kept_fleets
from ansible_collections.model_serving.openstack.plugins.plugin_utils._fleets import service_fleets
from ansible_collections.model_serving.openstack.plugins.plugin_utils._group_options import group_problems

from ..documentation import role_options
from ..hostile import HOSTILE, spoilt, subsets
from .preflight_values import CAPACITY

ROOT = Path(__file__).resolve().parents[4]
SPEC: dict[str, Any] = role_options("preflight", "service")["model_service"]["options"]
EXAMPLE = example()
MODELS = ROOT / "playbooks/files/models"
EXAMPLE["models"][0] |= {"path": str(MODELS / "digits.onnx"), "known_answer": str(MODELS / "digits.sample.json")}
ELASTIC = {**CAPACITY, "services": [{"type": kind} for kind in ("orchestration", "alarming", "metric")]}
REHEARSED: dict[str, Any] = {"actions": [], "load_balancer": None}


def judged(service: Any) -> tuple[dict[str, Any], list[str]]:
    """Do what preflight does with a service file; return the complete service and its problems."""
    before = repr(service)
    result = service_arguments(service, SPEC)
    complete, found = result["service"], list(result["problems"])
    assert repr(service) == before
    fleets = service_fleets(complete)
    readable = [model for fleet in fleets for model in fleet["models"] or () if model["name"] and model["path"]]
    for read in LookupModule(loader=DataLoader()).run(copy.deepcopy(readable)):
        found += read["problems"]
    kept = kept_fleets(fleets, CAPACITY, (), ())
    preflight_problems(complete, CAPACITY, kept, existing={}, balancer=REHEARSED)
    preflight_warnings(complete, CAPACITY, kept, existing={}, balancer=REHEARSED)
    assert all(isinstance(problem, str) and problem for problem in found)
    return complete, found


def refused(fleet: dict[str, Any]) -> list[str]:
    """What server_fleet says about what playbooks/tasks/fleet.yml gives it."""
    params = {name: option.get("default") for name, option in FLEET.argument_spec.items()}
    given = {name: fleet[name] for name in ("replicas", "boot_volume", "tags", "description", "lock")}
    given |= {name: value for name, value in {**fleet["rollout"], **fleet["health"]}.items() if value is not None}
    ports = {"network": fleet["network"], "fixed_ports": True, "subnet": fleet["subnet"]}
    given["networks"] = [ports if fleet["fixed_ports"] else fleet["network"], *(fleet["additional_networks"] or [])]
    pool = {"load_balancer": "x", "pool": fleet["pool"], "protocol_port": fleet["port"], "weight": None}
    other = {"monitor_port": None, "monitor_address": None, "subnet": None, "backup": None, "tags": None}
    params |= {**given, "pools": [{**pool, **other, "weight": fleet["member_weight"]}], "security_groups": ["x"]}
    return number_problems(FLEET.argument_spec, params) + problems(params) + of_replicas(params)


def refused_groups(complete: dict[str, Any]) -> list[str]:
    """What autoscaling_group says about what playbooks/tasks/group.yml gives it, if preflight lets it have that."""
    fleets = kept_fleets(service_fleets(complete), ELASTIC, (), ())
    server = {"user_data": "#cloud-config\n", "ready_path": "/ready"}
    groups = [fleet for fleet in fleets if not fleet["obstacles"]]
    return list(group_problems(groups, {fleet["name"]: server for fleet in groups}))


@given(st.one_of(spoilt(EXAMPLE, SPEC), subsets(SPEC), HOSTILE))
def test_any_service(service: Any) -> None:
    complete, found = judged(service)
    if not found:
        for fleet in service_fleets(complete):
            assert not refused(fleet)
        assert not refused_groups(complete)


def test_the_example_is_good() -> None:
    complete, found = judged(EXAMPLE)
    assert found == []
    assert [refused(fleet) for fleet in service_fleets(complete)] == [[]]
    assert refused_groups(complete) == []
