# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags, description and lock of replicas: what is changed in place, and who owns it. Pure.

Nova has one list of tags for a server and does not tell who set which. So the tags that the fleet set are noted in
metadata, before they are set: like that a run that is killed never leaves a tag that nobody feels responsible for. A
tag that was there before the fleet wanted it is not noted and stays.

A lock of the fleet has the reason C(model_serving.service=NAME), and other locks are somebody else's. The fleet opens
its own ones where it has to: Nova lets nobody but the operator delete a locked server or set its metadata.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import (
    SLOT_KEY,
    TAGS_KEY,
    TEMPLATE_KEY,
    names,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import (
    CreateReplicas,
    DeleteReplica,
    FleetAction,
    SetMetadata,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import Template
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica


@dataclass(frozen=True, kw_only=True)
class ReplicaChange(FleetAction):
    """Something that is changed on a replica that stays."""

    id: str
    name: str

    def show(self, shown: dict[str, Any]) -> None:
        """Change the replica as a diff shows it."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class SetDescription(ReplicaChange):
    description: str

    def __str__(self) -> str:
        return f"{'set' if self.description else 'clear'} the description of replica {self.name!r}"

    def show(self, shown: dict[str, Any]) -> None:
        shown["description"] = self.description


@dataclass(frozen=True, kw_only=True)
class ChangeTags(ReplicaChange):
    """C(noted) is the new list of the fleet's own tags, None when it stays."""

    add: tuple[str, ...]
    remove: tuple[str, ...]
    noted: str | None

    def __str__(self) -> str:
        changes = [f"add {tag!r}" for tag in self.add] + [f"remove {tag!r}" for tag in self.remove]
        return f"change the tags of replica {self.name!r}: {', '.join(changes) or 'note which are the own ones'}"

    def show(self, shown: dict[str, Any]) -> None:
        shown["tags"] = sorted({*shown.get("tags", ()), *self.add} - set(self.remove))
        if self.noted is not None:
            shown["metadata"] = {**shown["metadata"], TAGS_KEY: self.noted}


@dataclass(frozen=True, kw_only=True)
class LockReplica(ReplicaChange):
    reason: str

    def __str__(self) -> str:
        return f"lock replica {self.name!r}"

    def show(self, shown: dict[str, Any]) -> None:
        shown["locked"] = True


@dataclass(frozen=True, kw_only=True)
class UnlockReplica(ReplicaChange):
    def __str__(self) -> str:
        return f"unlock replica {self.name!r}"

    def show(self, shown: dict[str, Any]) -> None:
        shown["locked"] = False


def deletion(replica: Replica, service: str, reason: str, batch: int) -> DeleteReplica:
    """Return the deletion of a replica. A lock of the fleet is opened for it."""
    return DeleteReplica(
        batch=batch,
        service=service,
        id=replica.id,
        name=replica.name,
        reason=reason,
        unlock=replica.own_lock,
    )


def in_place(
    kept: Sequence[Replica], template: Template, lock: bool | None, others: Sequence[FleetAction] = ()
) -> list[FleetAction]:
    """Return what brings tags, description and lock into shape.

    :param lock: None leaves locks as they are
    :param others: what else is changed in place; locks that are in the way of it are opened and closed again
    :raises InvalidInputError: when somebody else's lock is in the way
    """
    labels = [change for replica in kept if replica.status == "ACTIVE" for change in changed_labels(replica, template)]
    # Neighbours of one kind are done side by side.
    changes = [*others, *sorted(labels, key=lambda change: type(change).__name__)]
    written = {change.id for change in changes if isinstance(change, SetMetadata)}
    written |= {change.id for change in changes if isinstance(change, ChangeTags) and change.noted is not None}
    _refuse_if_locked_by_others(kept, written)
    opened = {replica.id for replica in kept if replica.own_lock and (replica.id in written or lock is False)}
    closed = [
        replica for replica in kept if (replica.id in opened and lock is not False) or (lock and not replica.locked)
    ]
    return [
        *(UnlockReplica(id=replica.id, name=replica.name) for replica in kept if replica.id in opened),
        *changes,
        *(LockReplica(id=replica.id, name=replica.name, reason=replica.lock_reason) for replica in closed),
    ]


def _refuse_if_locked_by_others(kept: Sequence[Replica], written: set[str]) -> None:
    problems = [
        f"the metadata of replica {replica.name!r} ({replica.id}) has to be set, but somebody else has locked it"
        f" ({replica.locked_reason or 'no reason given'}); unlock it"
        for replica in kept
        if replica.id in written and replica.protected
    ]
    if problems:
        raise InvalidInputError(problems)


def changed_labels(replica: Replica, template: Template) -> list[ReplicaChange]:
    """Return what brings the tags and the description of a replica into shape."""
    changes: list[ReplicaChange] = []
    if template.tags is not None and (change := _tags(replica, template.tags)):
        changes.append(change)
    if template.description is not None and template.description != replica.description:
        changes.append(SetDescription(id=replica.id, name=replica.name, description=template.description))
    return changes


def _tags(replica: Replica, wanted: Sequence[str]) -> ChangeTags | None:
    recorded = replica.metadata.get(TAGS_KEY, "")
    own = set(filter(None, recorded.split(",")))
    add = sorted(set(wanted) - replica.tags)
    remove = sorted((own & replica.tags) - set(wanted))
    noted = noted_tags(tag for tag in wanted if tag in own or tag not in replica.tags)
    if not add and not remove and noted == recorded:
        return None
    return ChangeTags(
        id=replica.id,
        name=replica.name,
        add=tuple(add),
        remove=tuple(remove),
        noted=noted if noted != recorded else None,
    )


def noted_tags(tags: Iterable[str]) -> str:
    """Return tags as the value of C(TAGS_KEY). A tag cannot have a comma."""
    return ",".join(sorted(set(tags)))


def shown_labels(replica: Replica) -> dict[str, Any]:
    """Return what a diff shows of a replica that is there."""
    labels = {"description": replica.description, "tags": sorted(replica.tags), "locked": replica.locked}
    return {label: value for label, value in labels.items() if value}


def shown_creation(action: CreateReplicas) -> dict[str, dict[str, Any]]:
    """Return what a diff shows of the replicas that will be made, by name."""
    template = action.template
    labels = {
        "availability_zone": action.zone,
        "description": template.description,
        "tags": sorted(template.tags or ()),
        "locked": action.lock,
    }
    metadata = {**action.metadata, **({TAGS_KEY: noted_tags(template.tags)} if template.tags else {})}
    shown = {
        **template.shown(),
        **{label: value for label, value in labels.items() if value},
        "security_groups": sorted(names(template.security_groups or ())),
        "metadata": {key: value for key, value in metadata.items() if key != TEMPLATE_KEY},
    }
    slots = action.slots or (None,) * len(action.names)
    return {
        name: {**shown, "metadata": {**shown["metadata"], **({SLOT_KEY: str(slot)} if slot else {})}}
        for name, slot in zip(action.names, slots, strict=True)
    }
