# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides on fleets. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports_plan import (
    removals,
    shown_ports,
    with_slots,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import (
    SERVICE_KEY,
    TEMPLATE_KEY,
    Template,
    written,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action, Plan, differing
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels import (
    ReplicaChange,
    in_place,
    shown_creation,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import (
    ChangeSecurityGroups,
    CreateReplicas,
    DeleteReplica,
    SetMetadata,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_placement import (
    batches,
    distribute,
    free_batch_numbers,
    names_of_batch,
    surplus,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import (
    Desired,
    Observed,
    Replica,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def plan(desired: Desired, observed: Observed) -> Plan:
    """Return what is to be done.

    First go replicas that are broken, that differ from the template (when the policy says so) and that are too many;
    then the ones that lack are made; what can be changed in place is changed on those that stay.

    :raises InvalidInputError: when a replica that has to go is locked
    """
    doomed = _doomed(desired, observed)
    kept = [replica for replica in observed.replicas if replica.id not in doomed]
    _refuse_if_locked(observed.replicas, doomed)
    actions: list[Action] = []
    lacking = desired.replicas - len(kept) if desired.present else 0
    create = distribute(lacking, desired.availability_zones, (replica.zone for replica in kept))
    by_id = {replica.id: replica for replica in observed.replicas}
    for batch in batches(tuple(doomed), create):
        for replica_id in batch.remove:
            replica, reason = by_id[replica_id], doomed[replica_id]
            unlock = replica.own_lock
            actions.append(
                DeleteReplica(service=desired.name, id=replica_id, name=replica.name, reason=reason, unlock=unlock)
            )
        actions.extend(_creations(desired, observed, batch.create))
    if observed.template:
        others = _changes_in_place(kept, observed.template)
        actions.extend(in_place(kept, observed.template, desired.lock, others))
    actions = with_slots(actions, observed.replicas, observed.ports) if desired.present else actions
    actions.extend(() if desired.present else removals(observed.ports))
    return Plan(
        actions=tuple(actions),
        before=_shown(desired, observed, observed.replicas, ()),
        after=_after(desired, observed, kept, actions),
        warnings=_warnings(desired, observed, kept),
    )


def _doomed(desired: Desired, observed: Observed) -> dict[str, str]:
    """Return the ids of the replicas that have to go, and why."""
    if not desired.present:
        return {replica.id: "the fleet shall be absent" for replica in observed.replicas}
    doomed: dict[str, str] = {}
    for replica in observed.replicas:
        if replica.leaving:
            doomed[replica.id] = "its deletion has begun"
        elif replica.broken:
            doomed[replica.id] = f"it is in status {replica.status}" + (f" ({replica.fault})" if replica.fault else "")
        elif desired.update_policy == "recreate" and (parts := observed.drift.get(replica.id)):
            doomed[replica.id] = f"it differs in {', '.join(parts)}"
    left = [replica for replica in observed.replicas if replica.id not in doomed]
    drifted = frozenset(replica_id for replica_id, parts in observed.drift.items() if parts)
    for replica in surplus(left, len(left) - desired.replicas, drifted):
        doomed[replica.id] = f"{desired.replicas} replicas are wanted"
    return doomed


def _refuse_if_locked(replicas: Iterable[Replica], doomed: Mapping[str, str]) -> None:
    locked = [replica for replica in replicas if replica.id in doomed and replica.protected and not replica.leaving]
    if locked:
        raise InvalidInputError(
            [
                f"replica {replica.name!r} ({replica.id}) has to be deleted ({doomed[replica.id]}), but it is locked"
                f" ({replica.locked_reason or 'no reason given'})"
                for replica in locked
            ]
        )


def _creations(desired: Desired, observed: Observed, create: Mapping[str | None, int]) -> list[Action]:
    if not create or observed.template is None:
        return []
    numbers = free_batch_numbers(desired.name, (replica.name for replica in observed.replicas), len(create))
    template = observed.template
    metadata = {
        **template.metadata,
        SERVICE_KEY: desired.name,
        TEMPLATE_KEY: written(template.digests()),
    }
    return [
        CreateReplicas(
            service=desired.name,
            names=names_of_batch(desired.name, number, count),
            zone=zone,
            template=template,
            metadata=metadata,
            server_group=observed.server_group.id if observed.server_group else None,
            lock=bool(desired.lock),
        )
        for number, (zone, count) in zip(numbers, create.items(), strict=True)
    ]


def _changes_in_place(kept: Sequence[Replica], template: Template) -> list[Action]:
    actions: list[Action] = []
    for replica in kept:
        metadata = differing(template.metadata, replica.metadata)
        if metadata:
            actions.append(SetMetadata(id=replica.id, name=replica.name, metadata=metadata))
        # While a server is built its ports are incomplete, and with them the list of groups.
        if template.security_groups is not None and replica.status == "ACTIVE":
            wanted = {group.name: group.id or group.name for group in template.security_groups}
            add = [name for name in sorted(wanted) if name not in replica.security_groups]
            remove = tuple(sorted(replica.security_groups - wanted.keys()))
            if add or remove:
                actions.append(
                    ChangeSecurityGroups(
                        id=replica.id,
                        name=replica.name,
                        add=tuple(wanted[name] for name in add),
                        remove=remove,
                        described=tuple(add),
                    )
                )
    return actions


def _shown(
    desired: Desired, observed: Observed, replicas: Iterable[Replica], actions: Iterable[Action]
) -> dict[str, Any]:
    listed = {replica.name: shown(replica, observed.template) for replica in replicas}
    ports = shown_ports(observed.ports, actions)
    if not listed and not ports:
        return {}
    return {"name": desired.name, "replicas": listed, **({"ports": ports} if ports else {})}


def _after(desired: Desired, observed: Observed, kept: Iterable[Replica], actions: Sequence[Action]) -> dict[str, Any]:
    """Return the fleet as it will be; the zone of a replica that Nova places is not known before."""
    after = _shown(desired, observed, kept, actions)
    replicas: dict[str, dict[str, Any]] = after.setdefault("replicas", {})
    for action in actions:
        match action:
            case CreateReplicas():
                replicas.update(shown_creation(action))
            case SetMetadata():
                replicas[action.name]["metadata"].update(action.metadata)
            case ChangeSecurityGroups():
                current = set(replicas[action.name]["security_groups"]) - set(action.remove)
                replicas[action.name]["security_groups"] = sorted(current | set(action.described))
            case ReplicaChange():
                action.show(replicas[action.name])
    after["replicas"] = dict(sorted(replicas.items()))
    return {"name": desired.name, **after} if replicas or "ports" in after else {}


def _warnings(desired: Desired, observed: Observed, kept: Iterable[Replica]) -> tuple[str, ...]:
    drifted = {replica.name: observed.drift[replica.id] for replica in kept if observed.drift.get(replica.id)}
    if not drifted:
        return ()
    parts = "; ".join(f"{name!r} in {', '.join(parts)}" for name, parts in sorted(drifted.items()))
    return (
        f"Replicas of fleet {desired.name!r} differ and stay, as update_policy is {desired.update_policy!r}: {parts}",
    )
