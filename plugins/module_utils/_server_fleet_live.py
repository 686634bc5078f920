# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is changed on running replicas, without an interruption. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._plan import differing
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels import (
    ChangeTags,
    ReplicaChange,
    SetDescription,
    changed_labels,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import (
    FleetAction,
    SetMetadata,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_members import outside

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import Template
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Observed, Replica

OTHER_GROUPS = "ports_with_other_security_groups"
"""Of a replica in a diff: Nova tells the groups of all its ports together, so that one may be missing on some."""


@dataclass(frozen=True, kw_only=True)
class ChangeSecurityGroups(ReplicaChange):
    """C(ports) and C(groups) are ids, C(described) the names of the groups, which are all that the ports have then."""

    ports: tuple[str, ...]
    groups: tuple[str, ...]
    described: tuple[str, ...]

    def __str__(self) -> str:
        groups, noun = ", ".join(map(repr, self.described)), "port" if len(self.ports) == 1 else "ports"
        return f"set security groups {groups} on {noun} {', '.join(self.ports)} of replica {self.name!r}"

    def show(self, shown: dict[str, Any]) -> None:
        shown["security_groups"] = list(self.described)
        shown.pop(OTHER_GROUPS, None)


WRITTEN: dict[type[FleetAction], str] = {
    SetMetadata: "metadata",
    ChangeSecurityGroups: "security groups",
    ChangeTags: "tags",
    SetDescription: "description",
}
"""What the steps change, in the words of a warning."""


def changes_in_place(
    kept: Sequence[Replica], template: Template, observed: Observed, changed: Collection[str]
) -> list[FleetAction]:
    """Return what is changed on running replicas.

    While a server is built, its ports are incomplete. Until the migration or resize of one is confirmed, Nova sets no
    metadata of it. A later run does it then.

    :param changed: ids of those that are rebuilt or resized, which sets their metadata
    """
    running = [replica for replica in kept if replica.status == "ACTIVE"]
    return [change for replica in running for change in _changes(replica, template, observed, changed)]


def put_off(observed: Observed, changed: Collection[str]) -> list[str]:
    """Return what to tell the user of replicas that Nova is rebooting, moving or the like: a later run changes them.

    A run waits for such a one, but not for long, because a host that dies in the middle leaves it so for ever.

    :param changed: ids of those that are removed, rebuilt or resized
    """
    told: list[str] = []
    template = observed.template
    if template is None:
        return told
    for one in observed.replicas:
        if not one.in_change or one.id in changed:
            continue
        lacking = [*_changes(one, template, observed, ()), *changed_labels(one, template)]
        stays = [WRITTEN[type(change)] for change in lacking]
        if outside(one, observed.pools):
            stays.append("its place outside the rotation")
        if stays:
            told.append(
                f"Replica {one.name!r} ({one.id}) of fleet {observed.name!r} is in status {one.status}. Until a run"
                f" finds it ACTIVE, it keeps what it has: {', '.join(stays)}"
            )
    return told


def _changes(
    replica: Replica, template: Template, observed: Observed, changed: Collection[str]
) -> Iterator[FleetAction]:
    metadata = {} if replica.id in changed else differing(template.metadata, replica.metadata)
    if metadata:
        yield SetMetadata(id=replica.id, name=replica.name, metadata=metadata)
    if ports := differing_ports(replica, observed):
        yield ChangeSecurityGroups(
            id=replica.id,
            name=replica.name,
            ports=ports,
            groups=tuple(sorted(_wanted_groups(template))),
            described=tuple(sorted({group.name for group in template.security_groups or ()})),
        )


def differing_ports(replica: Replica, observed: Observed) -> tuple[str, ...]:
    """Return the ids of a replica's ports that have other security groups than the template, or not all of them."""
    if observed.template is None or observed.template.security_groups is None:
        return ()
    wanted = _wanted_groups(observed.template)
    return tuple(
        port.id for port in observed.replica_ports if port.replica_id == replica.id and port.group_ids != wanted
    )


def _wanted_groups(template: Template) -> frozenset[str]:
    """Return the ids of the security groups; names of those that are not there yet (check mode)."""
    return frozenset(group.id or group.name for group in template.security_groups or ())
