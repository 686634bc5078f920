# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups in several zones, of which one goes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .test_autoscaling_group import KEY, group

if TYPE_CHECKING:
    from openstack.connection import Connection

    from .conftest import Modules

__all__ = ["group"]


def running(cloud: Connection, name: str) -> int:
    """Return how many servers of a group run."""
    found = [one for one in cloud.compute.servers() if (one.metadata or {}).get(KEY) == name]
    return sum(one.status == "ACTIVE" and one.task_state is None for one in found)


def test_a_zone_goes_after_the_others_have_its_share(
    modules: Modules, cloud: Connection, group: dict[str, Any]
) -> None:
    zones = sorted(zone.name for zone in cloud.compute.availability_zones() if zone.name.startswith("az"))
    group |= {"min_size": 2, "max_size": 2, "anti_affinity": "soft-anti-affinity"}
    modules.run("autoscaling_group", {**group, "availability_zones": zones})
    assert running(cloud, group["name"]) == 2

    change = modules.start("autoscaling_group", {**group, "availability_zones": zones[:1]})
    seen = []
    while change.poll() is None:
        seen.append(running(cloud, group["name"]))
        time.sleep(1)

    assert not modules.answer(change).get("failed")
    assert running(cloud, group["name"]) == 2
    assert min(seen) >= 2
