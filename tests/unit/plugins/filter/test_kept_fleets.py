# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What preflight publishes about a fleet has all that the playbooks read of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from examples import example

from ansible_collections.model_serving.openstack.plugins.filter.service_arguments import service_arguments
from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic import kept_fleets
from ansible_collections.model_serving.openstack.plugins.plugin_utils._fleets import service_fleets
from ansible_collections.model_serving.openstack.plugins.plugin_utils._group_options import group_options

from .test_service_arguments import MINIMAL, ROOT, SPEC

TASKS = [ROOT / "playbooks/tasks" / name for name in ("group.yml", "fleet.yml", "user_data.yml")]
READ = sorted({path for file in TASKS for path in re.findall(r"\bsite_fleet((?:\.[a-z_]+)+)", file.read_text("utf-8"))})
CLOUD = {"services": [{"type": kind} for kind in ("orchestration", "alarming", "metric")]}


def with_fleet(**options: Any) -> dict[str, Any]:
    return {**MINIMAL, "fleets": [{"name": "more", "replicas": 1, **options}]}


def test_there_is_something_to_look_for() -> None:
    assert {".anti_affinity.policy", ".security_group.allowed_cidrs"} <= set(READ)


@pytest.mark.parametrize(
    "service",
    [
        example("digits"),
        example("two_models"),
        MINIMAL,
        with_fleet(),
        with_fleet(autoscaling={"max_size": 3}),
        {**with_fleet(), "autoscaling": {"max_size": 3}},
        {**with_fleet(), "autoscaling": {"target_tracking": {"target_value": 50}}},
    ],
)
def test_each_fleet_is_complete(service: dict[str, Any]) -> None:
    found = service_arguments(service, SPEC)
    assert found["problems"] == []
    for fleet in kept_fleets(service_fleets(found["service"]), CLOUD, (), ()):
        for path in READ:
            value: Any = fleet
            for name in path[1:].split("."):
                assert name in value, f"fleet{path} of {fleet['name']}"
                value = value[name]
        # Raises for what is missing.
        assert group_options(fleet, {"user_data": "", "ready_path": "/"})["name"] == fleet["name"]
