# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.model_serving.openstack.plugins.filter.preflight_problems import preflight_problems
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    CreateFloatingIp,
    CreateVipPort,
    Vip,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

SERVICE: dict[str, Any] = {
    "name": "chat",
    "replicas": 3,
    "image": "server",
    "flavor": "small",
    "network": "private",
    "key_name": None,
    "availability_zones": None,
    "additional_networks": None,
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
    "images": [looked_up("server", min_ram=256, min_disk=0)],
    "flavors": [looked_up("small", vcpus=2, ram=512, disk=2)],
    "networks": [
        looked_up("private", subnet_ids=["s"], external=False),
        looked_up("public", subnet_ids=["p"], external=True),
    ],
    "key_pairs": [],
    "volume_types": [],
    "problems": [],
}
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
) -> list[str]:
    fleets = [{"name": "chat", "replicas": [REPLICA] * replicas, "ports": list(ports)}] if replicas else []
    capacity = {**copy.deepcopy(CAPACITY), **(change or {})}
    return preflight_problems({**SERVICE, **(service or {})}, capacity, fleets, balancer or {"actions": FIRST})


def test_what_just_fits_is_no_problem() -> None:
    assert problems() == []


@pytest.mark.parametrize("kind", ["instances", "cores", "ram", "ports", "floating_ips", "load_balancers"])
def test_a_quota_that_is_one_too_small(kind: str) -> None:
    needed = {"instances": 3, "cores": 6, "ram": 1536, "ports": 4, "floating_ips": 1, "load_balancers": 1}[kind]
    found = problems({"quotas": {**CAPACITY["quotas"], kind: quota(50, needed - 1)}})
    assert found == [f"{needed} more {kind} are needed, but only {needed - 1} of the project's quota of 50 are free"]


def test_only_what_is_added_counts() -> None:
    used_up = {name: quota(3, 0) for name in ("instances", "cores", "ram", "ports", "floating_ips", "load_balancers")}
    assert problems({"quotas": used_up}, replicas=3, balancer={"actions": []}) == []
    assert problems({"quotas": used_up}, replicas=5, balancer={"actions": []}) == []
    found = problems({"quotas": used_up}, replicas=2, balancer={"actions": []})
    assert [text.partition(" are needed")[0] for text in found] == [
        "1 more instances",
        "2 more cores",
        "512 more ram",
        "1 more ports",
    ]


def test_every_network_needs_ports() -> None:
    more = {"additional_networks": ["storage", {"network": "lan", "fixed_ports": True}, {}, 7]}
    free = {"server_id": None}
    assert problems(service=more)[0].startswith("10 more ports are needed, but only 4")
    assert problems(service=more, replicas=2, ports=[free, {"server_id": "s1"}]) == []
    assert problems(service=more, replicas=1, ports=[free])[0].startswith("6 more ports are needed")


def test_networks_without_subnets() -> None:
    networks = [*CAPACITY["networks"], looked_up("storage", subnet_ids=[], external=False)]
    found = problems({"networks": networks, "quotas": {}}, service={"additional_networks": [{"network": "storage"}]})
    assert found == ["network 'storage' has no subnet, so servers get no address from it"]


VOLUME = {"size": 20, "volume_type": None, "delete_on_termination": True}
CINDER = [*CAPACITY["services"], {"type": "block-storage"}]


def test_boot_volumes() -> None:
    wanted = {"boot_volume": VOLUME}
    unread = {"service": "block-storage", "message": "Could not read", "status": None}
    quotas = {"volumes": quota(9, 2), "gigabytes": quota(99, 59)}
    image = looked_up("server", min_ram=256, min_disk=10)

    assert problems(service=wanted) == ["boot_volume needs block storage, but the cloud has no such service (Cinder)"]
    assert len(problems({"problems": [unread]}, service=wanted)) == 1
    assert problems({"problems": [unread]}) == []
    assert problems({"services": CINDER, "problems": [unread]}, service=wanted) == ["Could not read"]
    assert problems({"services": CINDER, "quotas": quotas}, service=wanted) == [
        "3 more volumes are needed, but only 2 of the project's quota of 9 are free",
        "60 more gigabytes are needed, but only 59 of the project's quota of 99 are free",
    ]
    # The disk of the flavor, 2 GiB, is not used.
    assert problems({"services": CINDER, "images": [image]}, service=wanted) == []
    small = {"boot_volume": {**VOLUME, "size": 9}}
    assert "the boot volume has 9" in problems({"services": CINDER, "images": [image]}, service=small)[0]
    assert "flavor 'small' has 2" in problems({"images": [image]}, service={"boot_volume": {**VOLUME, "size": 0}})[0]


def test_unlimited_quotas_and_unknown_ones_are_no_problem() -> None:
    assert problems({"quotas": {"instances": {"limit": None, "used": 9, "free": None}}}) == []


def test_more_replicas_than_a_server_group_takes() -> None:
    found = problems({"quotas": {"server_group_members": {"limit": 2, "used": None, "free": None}}})
    assert found == ["3 replicas do not fit into a server group: the quota server_group_members is 2"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"flavors": [{"reference": "small", "found": False, "problems": ["there is no flavor 'small'"]}]},
            "there is no flavor 'small'",
        ),
        ({"images": [looked_up("server", min_ram=1024, min_disk=0)]}, "image 'server' needs 1024 MiB of RAM"),
        (
            {"networks": [looked_up("private", subnet_ids=[], external=False)]},
            "network 'private' has no subnet",
        ),
        (
            {"networks": [looked_up("private", subnet_ids=["s"]), looked_up("public", subnet_ids=[], external=False)]},
            "network 'public' is not external",
        ),
        (
            {"services": [{"type": kind} for kind in ("compute", "image", "network")]},
            "the cloud has no service of type 'load-balancer' (Octavia)",
        ),
        ({"problems": [{"service": "compute", "message": "Could not read", "status": 503}]}, "Could not read"),
        (
            {"load_balancer_providers": [{"name": "ovn"}]},
            "there is no load balancer provider 'amphora' (there are: ovn)",
        ),
    ],
)
def test_what_the_cloud_lacks(change: dict[str, Any], message: str) -> None:
    found = problems(change)
    assert len(found) == 1
    assert message in found[0]


def test_a_missing_service_is_told_once() -> None:
    services = [{"type": kind} for kind in ("compute", "image", "network")]
    unread = [{"service": "load-balancer", "message": "Could not read", "status": None}]
    assert len(problems({"services": services, "problems": unread})) == 1


def test_zones() -> None:
    found = problems(service={"availability_zones": ["az1", "az2", "az3"]})
    assert found == [
        "availability zone 'az2' is not available at the moment",
        "there is no availability zone 'az3' (there are: az1, az2)",
    ]


def problems_of_existing() -> list[str]:
    """What is said when the provider is not named, and the load balancer that is there has another one."""
    unnamed = {**SERVICE["load_balancer"], "provider": None}
    return problems(service={"load_balancer": unnamed}, balancer={"actions": [], "load_balancer": {"provider": "ovn"}})


def test_weights_and_routes_that_the_provider_cannot_do() -> None:
    able = {**SERVICE["load_balancer"], "provider": "ovn", "protocol": "TCP"}
    canary = {
        "name": "canary",
        "replicas": 1,
        "weight": 1,
        "image": None,
        "flavor": None,
        "models": None,
        "routes": None,
    }
    plenty = {name: quota(9999, 9999) for name in CAPACITY["quotas"]}
    change = {"quotas": plenty}
    found = problems(change, service={"load_balancer": able, "weight": 9, "fleets": [canary]})
    assert found == ["provider 'ovn' has no weights, so 'weight' of the service and of its fleets would have no effect"]
    assert problems(change, service={"load_balancer": able, "weight": 3, "fleets": [canary]}) == []
    routed = {**canary, "routes": [{"path": "/x", "host": None}]}
    found = problems(change, service={"load_balancer": able, "fleets": [routed]})
    assert found == ["provider 'ovn' cannot do 'l7policies' of listener 'models'"]


def test_quotas_of_several_fleets() -> None:
    canary = {
        "name": "canary",
        "replicas": 2,
        "weight": 1,
        "image": None,
        "flavor": None,
        "models": None,
        "routes": None,
    }
    found = problems(service={"fleets": [canary]})
    assert [text.partition(" are needed")[0] for text in found] == [
        "5 more instances",
        "10 more cores",
        "2560 more ram",
        "6 more ports",
    ]


def test_what_the_provider_cannot_do() -> None:
    found = problems(service={"load_balancer": {**SERVICE["load_balancer"], "provider": "ovn"}})
    assert len(found) == 3
    assert all("provider 'ovn' cannot do" in text for text in found)
    assert problems_of_existing() == found
    able = {"provider": "ovn", "protocol": "TCP", "lb_algorithm": "SOURCE_IP_PORT"}
    assert problems(service={"load_balancer": {**SERVICE["load_balancer"], **able}}) == []


@pytest.mark.parametrize(
    ("rehearsal", "expected"),
    [
        # What a task with failed_when=false registers.
        ({"failed": False, "msg": "no", "failure": {"problems": ["one", "two", "one"]}}, ["one", "two"]),
        ({"failed": False, "msg": "Could not", "failure": {"status": 500}}, ["Could not"]),
        ({"failed": False, "msg": "Unsupported parameters"}, ["Unsupported parameters"]),
        ({"skipped": True}, []),
    ],
)
def test_what_the_rehearsal_says(rehearsal: dict[str, Any], expected: list[str]) -> None:
    assert problems(balancer=rehearsal) == expected


def test_a_service_full_of_mistakes_raises_nothing() -> None:
    empty = {
        **dict.fromkeys(SERVICE),
        "load_balancer": {**dict.fromkeys(SERVICE["load_balancer"]), "healthmonitor": {"type": None}},
    }
    assert problems(service=empty, balancer={"skipped": True}) == []
