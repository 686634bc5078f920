# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is said to keep a microversion away: the cloud, or a pin in clouds.yaml."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._nova_abilities import (
    unchangeable,
    unsupported,
)

CLOUD = "this cloud's has {} at most"
PIN = "but clouds.yaml pins {} ('compute_default_microversion')"


def connection(highest: tuple[int, int] | None, pin: str | None) -> Any:
    endpoint = SimpleNamespace(max_microversion=highest)
    compute = SimpleNamespace(get_endpoint_data=lambda: endpoint, default_microversion=pin)
    return cast("Any", SimpleNamespace(compute=compute))


@pytest.mark.parametrize(
    ("highest", "pin", "limit"),
    [
        ((2, 60), None, CLOUD.format("2.60")),
        ((2, 60), "2.100", CLOUD.format("2.60")),
        ((2, 60), "2.53", PIN.format("2.53")),
        ((2, 100), "2.60", PIN.format("2.60")),
        ((2, 100), "2.73", None),
        (None, "2.73", CLOUD.format("2.1")),
    ],
)
def test_who_keeps_it_away(highest: tuple[int, int] | None, pin: str | None, limit: str | None) -> None:
    conn = connection(highest, pin)

    locks, disks = unsupported(conn, ["lock"]), unchangeable(conn, ["boot volume"])

    assert locks == ([f"'lock' needs microversion 2.73 of Nova, {limit}"] if limit else [])
    reason = "to rebuild the boot volume of a server needs microversion 2.93 of Nova"
    assert disks == {"boot volume": f"{reason}, {limit or PIN.format('2.73')}"}


@pytest.mark.parametrize(("highest", "refused"), [((2, 100), False), ((2, 60), True)])
def test_heat_does_not_know_the_pin(highest: tuple[int, int], refused: bool) -> None:
    told = unsupported(connection(highest, "2.50"), ["boot_volume.volume_type"], by_heat=True)

    assert bool(told) is refused
    assert all(CLOUD.format("2.60") in problem for problem in told)
