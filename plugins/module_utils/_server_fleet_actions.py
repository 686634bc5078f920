# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The writes that keep a fleet in shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import Template


@dataclass(frozen=True, kw_only=True)
class DeleteReplica(Action):
    service: str
    id: str
    name: str
    reason: str
    unlock: bool = False

    def __str__(self) -> str:
        return f"{'unlock and ' if self.unlock else ''}delete replica {self.name!r} ({self.id}): {self.reason}"


@dataclass(frozen=True, kw_only=True)
class CreateReplicas(Action):
    """Replicas of one zone: one multi-create call or, with fixed ports, one call after another.

    :param names: what Nova will call them
    :param zone: None leaves the choice to Nova
    :param server_group: id of the server group they become members of
    :param slots: numbers of their fixed ports; none without fixed ports
    :param lock: whether they are locked when they are there
    """

    service: str
    names: tuple[str, ...]
    zone: str | None
    template: Template = field(repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict)
    server_group: str | None = None
    slots: tuple[int, ...] = ()
    lock: bool = False

    def __str__(self) -> str:
        where = f" in availability zone {self.zone!r}" if self.zone else ""
        noun = "replica" if len(self.names) == 1 else "replicas"
        locked = " and lock them" if self.lock else ""
        return f"create {noun} {', '.join(repr(name) for name in self.names)}{where}{locked}"


@dataclass(frozen=True, kw_only=True)
class SetMetadata(Action):
    """Sets these keys; all others stay."""

    id: str
    name: str
    metadata: Mapping[str, str]

    def __str__(self) -> str:
        return f"set metadata {', '.join(sorted(self.metadata))} of replica {self.name!r}"


@dataclass(frozen=True, kw_only=True)
class ChangeSecurityGroups(Action):
    """C(add) are ids or names, C(remove) names, as Nova shows no ids. C(described) are the names to add."""

    id: str
    name: str
    add: tuple[str, ...]
    remove: tuple[str, ...]
    described: tuple[str, ...]

    def __str__(self) -> str:
        changes = [f"add {name!r}" for name in self.described] + [f"remove {name!r}" for name in self.remove]
        return f"change the security groups of replica {self.name!r}: {', '.join(changes)}"
