# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images that are larger than the disk they shall boot from: Nova and Cinder refuse them, whatever they declare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.flavor import Flavor
from openstack.image.v2.image import Image

from ..conftest import in_catalogue
from .conftest import GIB
from .fake_heat import CHAT as GROUP
from .fleet_behind_pool import CHAT, weights
from .fleet_options import OPTIONS

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .conftest import Nova
    from .fake_heat import Heat
    from .fake_octavia import Octavia

LARGE = Image(id="i1", name="model-server", status="active", size=30 * GIB, min_disk=0, min_ram=0)


@pytest.mark.parametrize("update", [{"update_policy": "recreate"}, {"max_unavailable": 2}])
@pytest.mark.usefixtures("fleet")
def test_no_replica_goes_for_a_flavor_that_is_too_small(
    conn: Mock, nova: Nova, pool: Octavia, run_module: RunModule, update: dict[str, Any]
) -> None:
    nova.image = LARGE
    small = Flavor(id="f2", name="m2", ram=512, disk=10)
    conn.compute.flavors.return_value = [Flavor(id="f1", name="m1", ram=512, disk=40), small]

    refused = run_module("server_fleet", {**CHAT, "flavor": "m2", **update})

    assert refused["failure"]["problems"] == ["image 'model-server' needs 30 GiB of disk, flavor 'm2' has 10"]
    assert sorted(weights(pool).items()) == [("chat-1-1", 1), ("chat-1-2", 1), ("chat-1-3", 1)]


def test_no_group_is_made_of_it(heat: Heat, nova: Nova, run_module: RunModule) -> None:
    nova.image = LARGE

    refused = run_module("autoscaling_group", GROUP)

    assert "needs 30 GiB of disk, flavor 'm1' has 10" in refused["msg"]
    assert heat.writes == []


@pytest.mark.parametrize(
    ("size", "disk", "volume", "whose"),
    [
        (10 * GIB, 10, 0, None),
        (10 * GIB + 1, 10, 0, "flavor 'm1' has 10"),
        (10 * GIB + 1, 10, 11, None),
        (11 * GIB + 1, 99, 11, "the boot volume has 11"),
        # Glance does not tell the size of each image.
        (None, 10, 0, None),
    ],
)
def test_what_nova_takes_is_taken(
    conn: Mock, nova: Nova, run_module: RunModule, size: int | None, disk: int, volume: int, whose: str | None
) -> None:
    conn.service_catalog = in_catalogue("block-storage")
    conn.compute.flavors.return_value = [Flavor(id="f1", name="m1", ram=512, disk=disk)]
    nova.image = Image(id="i1", name="model-server", status="active", size=size, min_disk=0, min_ram=0)

    answer = run_module("server_fleet", {**OPTIONS, "boot_volume": {"size": volume}})

    assert (whose or "") in answer.get("msg", "")
    assert bool(answer.get("failed")) is bool(whose)
    assert len(nova.servers) == (0 if whose else 3)
