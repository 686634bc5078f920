# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an engine of Heat leaves that dies while it changes a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .answers import ago
from .fake_heat import CHAT

if TYPE_CHECKING:
    from .fake_heat import Heat

SCALED = {**CHAT, "target_tracking": {"target_value": 50}, "timeout": 1800}
REPAIR = ["repair autoscaling group 'chat'"]
LONG = 7.0  # minutes: longer than Heat is given without an event
GROUP, READY, DRAIN, SERVER, MEMBER = "group", "ready_1", "drain_1", "server_1", "member_p1_8080_1"
TYPES = {
    GROUP: "OS::Heat::AutoScalingGroup",
    READY: "OS::Heat::WaitCondition",
    DRAIN: "OS::Heat::Delay",
    SERVER: "OS::Nova::Server",
    MEMBER: "OS::Octavia::PoolMember",
}


def busy(heat: Heat, minutes: float, *resources: str, stack: str = "group") -> None:
    """A nested stack is in progress since so many minutes, and so are some resources of a new replica."""
    heat.statuses = {stack: ["UPDATE_IN_PROGRESS"]}
    assert heat.stack is not None
    heat.stack["updated_time"] = heat.nested_updated = heat.changed_at = ago(minutes)
    for name in resources:
        heat.resource(name, TYPES[name], "CREATE_IN_PROGRESS", parent="r9")


def stuck(heat: Heat, status: str = "UPDATE_IN_PROGRESS") -> dict[str, Any]:
    """The engine is dead that changed the group's own stack, which is returned."""
    assert heat.stack is not None
    heat.stack["stack_status"], heat.engine_died = status, True
    return heat.stack
