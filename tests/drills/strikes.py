# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done to one replica: each way in which it breaks alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import guests
from scene import Scene

UNIT = "model-server.service"


@dataclass(frozen=True)
class Strike:
    """A way to break a server as Nova has it; `text` says in the record what happens to its address."""

    text: str
    do: Callable[[Scene, Any], None]


@dataclass(frozen=True)
class Hit:
    """Who was hit when; `process` is the id that its model server had then, inside the guest."""

    server: str
    instance_name: str
    address: str
    at: float
    process: int


def one_replica(scene: Scene, strike: Strike) -> Hit:
    """Break one replica of the scene's project."""
    project = scene.conn().current_project_id
    victim = next(iter(scene.operator.compute.servers(all_projects=True, project_id=project)))
    address = next(str(found["addr"]) for group in victim.addresses.values() for found in group)
    process = guests.main_process(victim.instance_name, UNIT)
    at = scene.mark("fault", strike.text.format(address))
    strike.do(scene, victim)
    return Hit(victim.id, str(victim.instance_name), address, at, process)


end = Strike(
    "the model server at {} ends for good", lambda _scene, server: guests.end_for_good(server.instance_name, UNIT)
)
kill = Strike(
    "the model server's process at {} is killed",
    lambda _scene, server: guests.signal_to(server.instance_name, UNIT, "SIGKILL"),
)
hang = Strike(
    "the model server at {} answers no more, and still accepts connections",
    lambda _scene, server: guests.signal_to(server.instance_name, UNIT, "SIGSTOP"),
)
delete = Strike(
    "the server at {} is deleted through Nova", lambda scene, server: scene.conn().compute.delete_server(server.id)
)
