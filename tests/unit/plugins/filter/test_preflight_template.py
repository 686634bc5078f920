# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight says about networks and boot volumes."""

from __future__ import annotations

from .preflight_values import CAPACITY, looked_up, problems, quota


def test_every_network_needs_ports() -> None:
    more = {"additional_networks": ["storage", {"network": "lan", "fixed_ports": True}, {}, 7]}
    free = {"server_id": None}
    assert problems(service=more)[0].startswith("10 more ports are needed, but only 4")
    assert problems(service=more, replicas=2, ports=[free, {"server_id": "s1"}]) == []
    assert problems(service=more, replicas=1, ports=[free])[0].startswith("6 more ports are needed")


def test_ports_that_the_user_made_are_not_made() -> None:
    given = {"additional_networks": [{"network": "lan", "ports": ["p1", "p2", "p3"]}]}
    assert problems(service=given) == []


def test_networks_without_port_security() -> None:
    lan = looked_up("lan", subnet_ids=["l"], external=False, port_security_enabled=False)
    cloud = {"networks": [*CAPACITY["networks"], lan], "quotas": {}}
    (found,) = problems(cloud, service={"additional_networks": ["lan"]})
    fixed = {"additional_networks": [{"network": "lan", "fixed_ports": True}]}
    (half,) = problems(cloud, service=fixed)

    assert found.startswith("network 'lan' has port security disabled")
    assert found == half
    assert problems(cloud, service={**fixed, "fixed_ports": True}) == []


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
    image = looked_up("server", size=2**30, min_ram=256, min_disk=10)

    assert problems(service=wanted) == ["boot_volume needs block storage, but the cloud has no such service (Cinder)"]
    assert len(problems({"problems": [unread]}, service=wanted)) == 1
    assert problems({"problems": [unread]}) == []
    assert problems({"services": CINDER, "problems": [unread]}, service=wanted) == ["Could not read"]
    assert problems({"services": CINDER, "problems": [unread]}) == []
    assert problems({"services": CINDER, "quotas": quotas}, service=wanted) == [
        "3 more volumes are needed, but only 2 of the project's quota of 9 are free",
        "60 more GiB of volumes are needed, but only 59 of the project's quota of 99 are free",
    ]
    # The disk of the flavor, 2 GiB, is not used.
    assert problems({"services": CINDER, "images": [image]}, service=wanted) == []
    small = {"boot_volume": {**VOLUME, "size": 9}}
    assert "the boot volume has 9" in problems({"services": CINDER, "images": [image]}, service=small)[0]
    assert "flavor 'small' has 2" in problems({"images": [image]}, service={"boot_volume": {**VOLUME, "size": 0}})[0]
