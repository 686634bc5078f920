# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets in diffs and warnings. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _server_fleet_actions as does
from ansible_collections.model_serving.openstack.plugins.module_utils import _server_fleet_members as members
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports_plan import (
    left_to_others,
    shown_ports,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import TEMPLATE_KEY
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels import (
    ReplicaChange,
    shown_creation,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_doubts import doubts
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_drift import shown
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_groups import (
    fallback_problem,
    unjudged,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_live import (
    OTHER_GROUPS,
    differing_ports,
    put_off,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import (
    SOFT_FALLBACK,
    Desired,
    Observed,
    Replica,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

UNSENT = ", but its last change failed"
"""What is said of a member that its load balancer may not know as it is."""


def before(desired: Desired, observed: Observed) -> dict[str, Any]:
    """Return a fleet as it is."""
    return _described(desired, observed, observed.replicas, [group.name for group in observed.further])


def _described(
    desired: Desired, observed: Observed, replicas: Iterable[Replica], further_groups: Iterable[str]
) -> dict[str, Any]:
    listed = {}
    for replica in replicas:
        listed[replica.name] = shown(replica, observed.template)
        pools = {
            state.use.pool: state.standing(replica) + (UNSENT if state.unsent([replica]) else "")
            for state in observed.pools
            if state.found
        }
        if pools:
            listed[replica.name]["pools"] = pools
        if ports := differing_ports(replica, observed):
            listed[replica.name][OTHER_GROUPS] = list(ports)
    stale = {
        state.use.pool: [
            f"{one.address}:{one.protocol_port}" for one in state.stale(desired.name, observed.replicas, observed.pools)
        ]
        for state in observed.pools
    }
    described: dict[str, Any] = {"name": desired.name, "replicas": listed} if listed else {}
    if fixed := shown_ports(observed.ports):
        described |= {"name": desired.name, "ports": fixed}
    if any(stale.values()):
        described["members_of_lost_replicas"] = {pool: addresses for pool, addresses in stale.items() if addresses}
    if further := sorted(further_groups):
        described["further_server_groups"] = further
    return described


def after(
    desired: Desired, observed: Observed, kept: Sequence[Replica], actions: Sequence[does.FleetAction]
) -> dict[str, Any]:
    """Return a fleet as it will be; the zone of a replica that Nova places is not known before."""
    groups = {group.name for group in observed.further}
    described = _described(desired, observed, kept, ())
    replicas: dict[str, dict[str, Any]] = described.get("replicas", {})
    for action in actions:
        match action:
            case does.CreateReplicas():
                replicas.update(shown_creation(action))
            case does.CreateGroup():
                groups.add(action.group.name)
            case does.DeleteGroup():
                groups.discard(action.name)
            case _:
                _change(replicas, action, observed)
    result: dict[str, Any] = {"name": desired.name, "replicas": dict(sorted(replicas.items()))} if replicas else {}
    if further := sorted(groups):
        result["further_server_groups"] = further
    if ports := shown_ports(observed.ports, actions):
        result |= {"name": desired.name, "ports": ports}
    return result


def _change(replicas: dict[str, dict[str, Any]], action: does.FleetAction, observed: Observed) -> None:
    """Change the descriptions of replicas as a step changes the replicas."""
    match action:
        case does.ChangeInPlace():
            known = replicas[action.name]
            known.update(action.template.shown())
            known["metadata"] = {key: value for key, value in action.metadata.items() if key != TEMPLATE_KEY}
        case does.EnterRotation(pools=True):
            for name in action.names:
                pools = {one.use.pool: members.IN for one in observed.pools if one.found}
                replicas.get(name, {})["pools"] = pools
        case does.PoolAction():
            _change_members(replicas, action)
        case does.SetMetadata():
            replicas[action.name]["metadata"].update(action.metadata)
        case ReplicaChange():
            action.show(replicas[action.name])


def _change_members(replicas: dict[str, dict[str, Any]], action: does.PoolAction) -> None:
    match action:
        case does.SendMembers():
            for name in action.names:
                pools = replicas[name]["pools"]
                pools[action.use.pool] = pools[action.use.pool].removesuffix(UNSENT)
        case does.SetWeights():
            for name in action.names:
                replicas[name].setdefault("weights", {})[action.use.pool] = action.use.weight


def warnings(desired: Desired, observed: Observed, actions: Iterable[does.FleetAction]) -> tuple[str, ...]:
    """Return what to tell the user of load balancers out of order, and of what stays as it should not."""
    actions = list(actions)
    failed = sorted({state.failed for state in observed.pools if state.failed})
    told = [
        f"Load balancer {name!r} is in ERROR. It has to be made again (load_balancer does that) before replicas of"
        f" fleet {desired.name!r} can enter or leave its rotation."
        for name in failed
    ]
    changed = {one.id for one in actions if isinstance(one, (does.DeleteReplica, does.ChangeInPlace))}
    drifted = {
        one.name: parts for one in observed.replicas if one.id not in changed and (parts := observed.drift.get(one.id))
    }
    if drifted:
        listed = "; ".join(f"{name!r} in {', '.join(parts)}" for name, parts in sorted(drifted.items()))
        why = "its load balancer is in ERROR" if failed else f"update_policy is {desired.update.kind!r}"
        told.append(f"Replicas of fleet {desired.name!r} differ and stay, as {why}: {listed}")
    if waiting := [one for one in observed.replicas if one.status == "VERIFY_RESIZE" and one.id not in changed]:
        listed = ", ".join(f"{one.name!r} ({one.id})" for one in waiting)
        told.append(
            "Nova waits until somebody confirms a migration (openstack server resize confirm); until then, metadata and"
            f" security groups of these stay as they are: {listed}"
        )
    told += [*put_off(observed, changed), *_no_fallback(desired, observed), *_unknown_rule(desired, observed)]
    if any(isinstance(one, does.CreateReplicas) for one in actions):
        told += [f"Fleet {desired.name!r}: {doubt}" for doubt in doubts(observed)]
    told += [] if desired.present else left_to_others(observed.ports)
    if outside := _left_outside(desired, observed, actions):
        listed = ", ".join(map(repr, outside))
        told.append(f"Replicas of fleet {desired.name!r} are not in rotation until a run waits (wait: true): {listed}")
    return tuple(told)


def _no_fallback(desired: Desired, observed: Observed) -> list[str]:
    base = observed.server_group if desired.present and desired.fallback == SOFT_FALLBACK else None
    problem = fallback_problem(base, observed.namesakes) if base else None
    return [f"Fleet {desired.name!r}: {problem}"] if problem else []


def _unknown_rule(desired: Desired, observed: Observed) -> list[str]:
    """Return what to tell in check mode, which does not know what the first group is going to be."""
    base = observed.server_group if desired.present else None
    if base is None or not (groups := unjudged(base, observed.groups)):
        return []
    listed = ", ".join(repr(group.name) for group in groups)
    said = f"There is no server group {base.name!r} yet, and replicas of fleet {desired.name!r} are in {listed}."
    replaced = "They are replaced if the policy of the new group, or its limit of servers on one host, is another."
    return [f"{said} {replaced}"]


def _left_outside(desired: Desired, observed: Observed, actions: Sequence[does.FleetAction]) -> list[str]:
    """Return the names of replicas that stay out of rotation because the run does not wait."""
    if desired.wait:
        return []
    gone = {one.id for one in actions if isinstance(one, does.DeleteReplica)}
    entering = {key for one in actions if isinstance(one, does.EnterRotation) for key in one.ids}
    return [
        one.name
        for one in observed.replicas
        if one.running and one.id not in gone | entering and members.standings(one, observed.pools) - {members.IN}
    ]
