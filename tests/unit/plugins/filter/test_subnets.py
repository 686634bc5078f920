# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service on a network with subnets of IPv4 and of IPv6."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.model_serving.openstack.plugins.filter.group_options import group_options
from ansible_collections.model_serving.openstack.plugins.plugin_utils._subnets import vip_problems

from .preflight_values import CAPACITY, SERVICE, kept, looked_up, problems, warnings_of
from .test_group_options import SERVER, fleets

ROOT = Path(__file__).resolve().parents[4]
HEAT = [*CAPACITY["services"], *({"type": kind} for kind in ("orchestration", "alarming"))]
V4 = {"id": "s4", "name": "v4", "ip_version": 4, "automatic": False}
V6 = {"id": "s6", "name": "v6", "ip_version": 6, "automatic": False}
GROUP = {"name": "chat", "replicas": [], "server_groups": []}
ENABLED = {"autoscaling": {"enabled": True, "health_check_type": "none"}}


def cloud(*subnets: dict[str, Any]) -> dict[str, Any]:
    ids = [subnet["id"] for subnet in subnets]
    networks = [looked_up("private", subnet_ids=ids, external=False, subnets=subnets), CAPACITY["networks"][1]]
    return {"networks": networks, "services": HEAT, "quotas": {}}


def elastic(capacity: dict[str, Any], groups: tuple[dict[str, Any], ...] = (), **options: Any) -> bool:
    (found,) = kept({**SERVICE, **options}, {**CAPACITY, **capacity}, groups=groups)
    return bool(found["elastic"])


def test_a_new_service_becomes_a_fleet_which_can_choose_the_address() -> None:
    both = cloud(V6, V4)
    warned = warnings_of(SERVICE, {**CAPACITY, **both}, {"actions": []})

    assert not elastic(both)
    assert problems(both) == []
    assert any("is no autoscaling group" in text and text.endswith("subnet of IPv4: subnet: v4") for text in warned)
    assert elastic(cloud(V4))


def test_a_group_that_is_wanted_is_a_problem() -> None:
    (found,) = problems(cloud(V6, V4), service=ENABLED)

    assert "'chat' cannot be an autoscaling group" in found
    assert "name the subnet of IPv4: subnet: v4; with autoscaling.enabled: false" in found


def test_a_group_that_is_there_stays_one() -> None:
    assert elastic(cloud(V6, V4), groups=(GROUP,))
    assert problems(cloud(V6, V4), groups=[GROUP], service=ENABLED) == []


def test_the_subnet_that_is_named_makes_it_a_group() -> None:
    assert elastic(cloud(V6, V4), subnet="v4")
    assert problems(cloud(V6, V4), service={"subnet": "v4", **ENABLED}) == []
    assert not elastic(cloud({**V6, "automatic": True}, V4), subnet="v4")


def test_a_subnet_that_is_not_there() -> None:
    (found,) = problems(cloud(V6, V4), service={"subnet": "x", **ENABLED})

    assert found == "network 'private' has no subnet 'x' (it has: v4, v6)"


@pytest.mark.parametrize(("fixed", "count"), [(False, 1), (True, 0)])
def test_a_subnet_is_for_ports_that_nova_does_not_make(fixed: bool, count: int) -> None:
    found = problems(cloud(V6, V4), service={"subnet": "v4", "fixed_ports": fixed, "autoscaling": {"enabled": False}})

    assert len(found) == count
    assert all("'subnet' has no effect on server fleet 'chat'" in text for text in found)


def test_it_is_handed_on() -> None:
    (fleet,) = fleets(subnet="v4", additional_networks=["st"])
    tasks = yaml.safe_load((ROOT / "playbooks/tasks/fleet.yml").read_text(encoding="utf-8"))
    (ports,) = [task["vars"]["site_ports"] for task in tasks if "site_ports" in task.get("vars", {})]

    assert group_options(fleet, SERVER)["networks"] == [{"network": "d", "subnet": "v4"}, "st"]
    assert ports["subnet"] == "{{ site_fleet.subnet }}"


@pytest.mark.parametrize(("wanted", "right"), [(None, True), ("v4", True), ("s6", True), ("typo", False)])
def test_the_subnet_of_the_load_balancer_is_one_of_its_network(wanted: str | None, right: bool) -> None:
    subnets = [{"id": "s4", "name": "v4", "ip_version": 4}, {"id": "s6", "name": "v6", "ip_version": 6}]
    network = {"reference": "private", "found": True, "subnets": subnets}
    service = {"network": "private", "load_balancer": {"vip_subnet": wanted}}

    told = list(vip_problems(service, {"networks": [network]}))

    assert (told == []) is right
    assert right or "load_balancer.vip_subnet: network 'private' has no subnet 'typo' (it has: v4, v6)" in told[0]
