# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service and a cloud that just fits it, for tests of preflight."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.filter.preflight_problems import preflight_problems
from ansible_collections.model_serving.openstack.plugins.filter.preflight_warnings import preflight_warnings
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    CreateFloatingIp,
    CreateVipPort,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Vip, mark_of
from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic import kept_fleets
from ansible_collections.model_serving.openstack.plugins.plugin_utils._fleets import service_fleets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SERVICE: dict[str, Any] = {
    "name": "chat",
    "replicas": 3,
    "image": "server",
    "flavor": "small",
    "network": "private",
    "key_name": None,
    "availability_zones": None,
    "additional_networks": None,
    "additional_security_groups": None,
    "boot_volume": None,
    "load_balancer": {
        "provider": "amphora",
        "floating_ip_network": "public",
        "protocol": "HTTP",
        "lb_algorithm": None,
        "healthmonitor": {"type": None},
    },
}


def quota(limit: int, free: int) -> dict[str, int]:
    return {"limit": limit, "used": limit - free, "free": free}


def looked_up(reference: str, **details: Any) -> dict[str, Any]:
    return {"reference": reference, "name": reference, "id": reference, "found": True, "problems": [], **details}


CAPACITY: dict[str, Any] = {
    "services": [{"type": kind} for kind in ("compute", "image", "network", "load-balancer")],
    "quotas": {
        "instances": quota(3, 3),
        "cores": quota(6, 6),
        "ram": quota(1536, 1536),
        "ports": quota(4, 4),
        "floating_ips": quota(1, 1),
        "load_balancers": {"limit": None, "used": 0, "free": None},
        "server_group_members": {"limit": 3, "used": None, "free": None},
    },
    "availability_zones": [{"name": "az1", "available": True}, {"name": "az2", "available": False}],
    "load_balancer_providers": [{"name": "amphora"}, {"name": "ovn"}],
    "images": [looked_up("server", size=2**30, min_ram=256, min_disk=0)],
    "flavors": [looked_up("small", vcpus=2, ram=512, disk=2)],
    "networks": [
        looked_up("private", subnet_ids=["s"], external=False, shared=False),
        looked_up("public", subnet_ids=["p"], external=True, shared=False),
    ],
    "security_groups": [],
    "key_pairs": [],
    "volume_types": [],
    "problems": [],
}
OWN_TAGS = [mark_of("chat")]
VIP = Vip(name="chat-vip", mark="", network_id="n", subnet_id=None, address=None)
# The words that are counted come from the classes, so that they cannot drift apart.
FIRST = [
    str(CreateVipPort(vip=VIP)),
    str(CreateFloatingIp(network_id="p", mark="", address=None)),
    "create load balancer 'chat'",
]
REPLICA = {"name": "chat-1-1"}


def problems(
    change: dict[str, Any] | None = None,
    *,
    service: dict[str, Any] | None = None,
    replicas: int = 0,
    balancer: dict[str, Any] | None = None,
    ports: Sequence[dict[str, Any]] = (),
    **existing: Any,
) -> list[str]:
    fleets = [{"name": "chat", "replicas": [REPLICA] * replicas, "ports": list(ports)}] if replicas else []
    capacity = {**copy.deepcopy(CAPACITY), **(change or {})}
    wanted = {**SERVICE, **(service or {})}
    return problems_of(wanted, capacity, balancer or {"actions": FIRST}, fleets=fleets, **existing)


def problems_of(
    service: Mapping[str, Any], capacity: Mapping[str, Any], balancer: Mapping[str, Any], **existing: Any
) -> list[str]:
    """What preflight refuses, with what it decides before on who keeps the replicas."""
    return preflight_problems(service, capacity, kept(service, capacity, **existing), existing, balancer)


def warnings_of(
    service: Mapping[str, Any], capacity: Mapping[str, Any], balancer: Mapping[str, Any], **existing: Any
) -> list[str]:
    """What preflight warns of, likewise."""
    return preflight_warnings(service, capacity, kept(service, capacity, **existing), existing, balancer)


def kept(service: Mapping[str, Any], capacity: Mapping[str, Any], **existing: Any) -> list[dict[str, Any]]:
    return kept_fleets(service_fleets(service), capacity, existing.get("groups", ()), existing.get("fleets", ()))
