# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flavors without a disk, on which most clouds let nobody boot an image."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.filter.preflight_warnings import preflight_warnings

from .preflight_values import CAPACITY, SERVICE, looked_up


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

    warned = preflight_warnings(service, capacity, {"actions": []})

    assert any("flavor 'small' of 'chat' has no disk. Most clouds" in text for text in warned) is told
    assert any("set 'boot_volume.size'" in text for text in warned) is told
