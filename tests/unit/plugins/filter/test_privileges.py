# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flavors without a disk and external networks: most clouds leave both to administrators."""

from __future__ import annotations

from typing import Any

import pytest

from .preflight_values import CAPACITY, SERVICE, looked_up, warnings_of


@pytest.mark.parametrize(
    ("disk", "volume", "told"),
    [
        (0, None, True),
        (0, {"size": 0}, True),
        (0, {"size": 20}, False),
        (2, None, False),
        (None, None, False),
    ],
)
def test_a_flavor_without_a_disk_is_told(disk: int | None, volume: dict[str, int] | None, told: bool) -> None:
    capacity = {**CAPACITY, "flavors": [looked_up("small", vcpus=2, ram=512, disk=disk)]}
    service: dict[str, Any] = {**SERVICE, "boot_volume": volume, "autoscaling": {"enabled": False}}

    warned = warnings_of(service, capacity, {"actions": []})

    assert any("flavor 'small' of 'chat' has no disk. Most clouds" in text for text in warned) is told
    assert any("set 'boot_volume.size'" in text for text in warned) is told


@pytest.mark.parametrize(
    ("details", "addresses", "told"),
    [
        ({"external": True, "shared": False}, {}, True),
        ({"external": True, "shared": False}, {"lan": ["10.0.0.5"]}, True),
        # It is allowed to whoever has a replica there.
        ({"external": True, "shared": False}, {"wan": ["192.0.2.5"]}, False),
        ({"external": True, "shared": True}, {}, False),
        ({"external": False, "shared": False}, {}, False),
    ],
)
@pytest.mark.parametrize("kind", ["fleets", "groups"])
def test_an_external_network_is_told(
    details: dict[str, bool], addresses: dict[str, list[str]], kind: str, *, told: bool
) -> None:
    capacity = {**CAPACITY, "networks": [*CAPACITY["networks"], looked_up("wan", subnet_ids=["w"], **details)]}
    service = {**SERVICE, "additional_networks": ["wan"], "autoscaling": {"enabled": False}}
    existing = {kind: [{"name": "other", "replicas": [{"name": "other-1-1", "addresses": addresses}]}]}

    warned = warnings_of(service, capacity, {"actions": []}, **existing)

    assert any("network 'wan' of 'chat' is external. Most clouds" in text for text in warned) is told
