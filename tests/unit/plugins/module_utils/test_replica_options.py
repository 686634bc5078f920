# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._replica_options import (
    BootVolumeOption,
    NetworkOption,
    boot_volume,
    networks,
    port_security_problems,
    problems,
)

NOTHING: dict[str, Any] = {
    "networks": ["private"],
    "security_groups": None,
    "boot_volume": None,
    "tags": None,
    "description": None,
    "lock": None,
    "state": "present",
}
OPEN = {"network": "a", "fixed_ports": True, "port_security_enabled": False}


def volume(size: int, volume_type: str | None = None) -> dict[str, Any]:
    return {"size": size, "volume_type": volume_type, "delete_on_termination": True}


def test_networks_are_typed() -> None:
    given = [
        "a",
        {"network": "b"},
        {"network": "c", "fixed_ports": "yes", "subnet": "s"},
        {"network": 1, "ports": "p,q"},
    ]

    assert networks(given) == (
        NetworkOption(network="a"),
        NetworkOption(network="b"),
        NetworkOption(network="c", fixed_ports=True, subnet="s"),
        NetworkOption(network="1", ports=("p", "q")),
    )
    assert [option.fixed for option in networks(given)] == [False, False, True, True]


def test_boot_volume() -> None:
    assert boot_volume(None) is None
    assert boot_volume(volume(4, "ssd")) == BootVolumeOption(size=4, volume_type="ssd")


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"networks": None},
        {"networks": ["a", {"network": "b", "fixed_ports": True, "vnic_type": "direct"}]},
        {"networks": ["a", OPEN], "security_groups": ["web"]},
        {"networks": [OPEN]},
        {"tags": ["x" * 60, "with space"], "description": "x" * 255, "lock": True},
        {"boot_volume": volume(0)},
        {"tags": [], "description": ""},
        {"state": "absent", "lock": False, "networks": None},
    ],
)
def test_no_problems(params: dict[str, Any]) -> None:
    assert problems({**NOTHING, **params}) == []


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"networks": [7]}, "networks[0] must be the name or id of a network, or a mapping, not 7"),
        ({"networks": ["a", ""]}, "networks[1] must be"),
        ({"networks": [{}]}, "networks[0]: missing required arguments: network"),
        ({"networks": [{"network": "a", "fixed_port": True}]}, "fixed_port"),
        ({"networks": [{"network": "a", "vnic_type": "x", "fixed_ports": True}]}, "value of vnic_type must be one of"),
        ({"networks": [{"network": "a", "subnet": "s"}]}, "'subnet' can be set on ports that the fleet makes only"),
        ({"networks": [{"network": "a", "fixed_ports": True, "ports": ["p"]}]}, "use one of both"),
        ({"networks": [{"network": "a", "ports": ["p", "p"]}]}, "names a port twice"),
        ({"networks": [OPEN], "security_groups": ["web"]}, "'security_groups' need port security"),
        ({"boot_volume": volume(-1)}, "boot_volume.size is -1"),
        ({"boot_volume": volume(0, "ssd")}, "boot_volume.volume_type goes with a volume"),
        ({"tags": ["a,b"]}, "neither ',' nor '/'"),
        ({"tags": ["a/b"]}, "neither ',' nor '/'"),
        ({"tags": ["x" * 61]}, "1 to 60 characters"),
        ({"tags": [""]}, "1 to 60 characters"),
        ({"tags": [str(number) for number in range(51)]}, "Nova takes 50 at most"),
        ({"tags": [str(number) * 30 for number in range(9)]}, "278 characters with commas between them, but 255"),
        ({"description": "x" * 256}, "256 characters, but Nova takes 255"),
        ({"description": "a\nb"}, "one line"),
        ({"state": "absent", "lock": True, "networks": None}, "'lock' protects the replicas"),
    ],
)
def test_problems(params: dict[str, Any], problem: str) -> None:
    (found,) = problems({**NOTHING, **params})

    assert problem in found


@pytest.mark.parametrize(
    ("given", "fleet", "problem"),
    [
        (["a", "b"], True, ""),
        (["a", "open"], True, "network 'open' has port security disabled, and Nova builds no server"),
        (["a", "open"], False, "for an autoscaling group, choose another network"),
        (["a", {**OPEN, "network": "open"}], True, "give all networks 'fixed_ports: true', or choose another"),
        ([{"network": "a", "fixed_ports": True}, {**OPEN, "network": "open"}], True, ""),
        ([{"network": "a", "fixed_ports": True}, {"network": "open", "fixed_ports": True}], True, ""),
        ([{"network": "a", "subnet": "s"}, {"network": "open", "subnet": "s"}], False, "choose another network"),
        ([{"network": "open", "fixed_ports": True}], True, "need port security on one network at least"),
        ([{"network": "open", "fixed_ports": True, "port_security_enabled": True}], True, ""),
        ([{"network": "open", "ports": ["p"]}], True, ""),
    ],
)
def test_networks_without_port_security(given: list[Any], fleet: bool, problem: str) -> None:
    found = port_security_problems(networks(given), {"open", "other"}, fleet=fleet)

    assert len(found) == bool(problem)
    assert problem in "".join(found)
