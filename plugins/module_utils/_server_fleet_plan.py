# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides on fleets. Pure.

In this order: what is broken goes, what lacks is made and brought into rotation, what is too much goes, what differs
is replaced batch by batch, and what can be changed on running replicas is changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _server_fleet_actions as does
from ansible_collections.model_serving.openstack.plugins.module_utils import _server_fleet_members as members
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports_plan import removals, with_slots
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels import deletion, in_place
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_creation import Maker, change_of
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_doubts import refuse_in_doubt
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_drift import (
    ails,
    changeable,
    to_replace,
    unproven,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_health import (
    refuse_if_locked,
    refuse_too_many,
    seems_ready,
    too_many_unhealthy,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_live import changes_in_place
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_placement import too_many
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_policy import (
    IN_PLACE,
    RECREATE,
    Batch,
    batches,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_shown import after, before, warnings
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import (
    Desired,
    Observed,
    Replica,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_tidy import left_in_pools

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def plan(desired: Desired, observed: Observed) -> does.FleetPlan:
    """Return what is to be done.

    :raises InvalidInputError: when a replica that has to go is locked, more replicas are unhealthy than may be replaced
        in one run, or replicas would go for others that Nova may refuse
    """
    planner = Planner(desired, observed)
    planner.remove_broken()
    if desired.present:
        surplus = too_many(desired, planner.present, observed.drift, planner.idle)
        planner.fill(surplus)
        planner.trim(surplus)
        planner.roll()
    planner.tidy()
    refuse_if_locked(observed.replicas, planner.gone, planner.changed)
    refuse_in_doubt(desired, observed, planner.actions)
    kept = list(planner.present.values())
    actions = with_slots(planner.actions, observed.replicas, observed.ports)
    if observed.template:
        others = changes_in_place(kept, observed.template, observed, planner.changed)
        actions += in_place(kept, observed.template, desired.lock, others)
    else:
        actions += removals(observed.ports)
    if not desired.wait and all(_begun(action, observed) for action in actions):
        actions, kept = [], list(observed.replicas)
    return does.FleetPlan(
        actions=tuple(actions),
        before=before(desired, observed),
        after=after(desired, observed, kept, actions),
        warnings=warnings(desired, observed, actions),
        desired=desired,
        pools=tuple(state.use for state in observed.pools if state.found),
        server_group=observed.server_group,
        further=observed.further,
        group_limit=observed.group_limit,
    )


def _begun(action: does.FleetAction, observed: Observed) -> bool:
    """Return whether a step only asks once more for a deletion that goes on. Where the host is lost, that helps."""
    begun = {one.id for one in observed.replicas if one.leaving and not one.host_lost}
    return isinstance(action, does.DeleteReplica) and action.id in begun


@dataclass
class Planner:
    """One plan in the making.

    :param present: the replicas there are at this point of the plan, by id; those to be made are not among them
    :param gone: why replicas, by id, have to go
    :param changed: ids of replicas that are changed in place
    :param entering: ids of replicas that exist and that the plan brings into rotation: members from then on
    :param waiting: how many new replicas nobody waits for: they get no requests when a roll begins
    """

    desired: Desired
    observed: Observed
    actions: list[does.FleetAction] = field(default_factory=list)
    gone: dict[str, str] = field(default_factory=dict)
    present: dict[str, Replica] = field(init=False)
    changed: set[str] = field(default_factory=set)
    entering: set[str] = field(default_factory=set)
    waiting: int = 0
    maker: Maker = field(init=False)

    def __post_init__(self) -> None:
        self.present = {replica.id: replica for replica in self.observed.replicas}
        self.maker = Maker(self.desired, self.observed)

    def remove_broken(self) -> None:
        """Plan the removal of replicas that do not serve. Of them, only those can have requests that seem to."""
        if not self.desired.present:
            reasons = dict.fromkeys(self.present, "the fleet shall be absent")
            self._remove(reasons, drain=True)
            return
        leaving = {one.id: "its deletion has begun" for one in self.observed.replicas if one.leaving}
        unhealthy = {key: reason for key, reason in self.observed.unhealthy.items() if key not in leaving}
        if too_many_unhealthy(self.desired, self.observed, unhealthy):
            # A roll replaces them, too, and goes on only while new ones get ready: the version may be what is wrong.
            rolled = to_replace(self.desired, self.observed, self.present.values())
            unhealthy = {key: reason for key, reason in unhealthy.items() if key not in rolled}
            refuse_too_many(self.desired, self.observed, unhealthy)
        seeming = [key for key in unhealthy if seems_ready(self.present[key], self.observed.pools)]
        others = {key: reason for key, reason in {**leaving, **unhealthy}.items() if key not in seeming}
        self._remove(others, drain=False, broken=True)
        self._remove({key: unhealthy[key] for key in seeming}, drain=True, broken=True)

    def fill(self, surplus: Sequence[str]) -> None:
        """Plan what lacks, and bring into rotation what is not in it and stays."""
        zones, lacking = [one.zone for one in self.present.values()], self.desired.replicas - len(self.present)
        rolled = to_replace(self.desired, self.observed, self.present.values())
        # Where all others go, these need not be kept apart from them, but from those that a roll makes beside them.
        alone = rolled.keys() >= self.present.keys() and self.desired.update.room(self.desired.replicas)[0] > 0
        names = self._create(lacking, zones, apart_from=tuple(rolled) if alone else ())
        self.waiting = 0 if self.desired.wait else len(names)
        staying = [one for one in self.present.values() if one.running and one.id not in surplus]
        there, going = unproven(staying, rolled, self.observed), (*surplus, *rolled)
        if self.desired.wait:
            self._enter(there, names, proof=bool(rolled))
        # New ones have no addresses yet. But others get the requests of those that go.
        elif not self.observed.pooled or any(members.IN in self._standings(self.present[key]) for key in going):
            self._enter(there, (), proof=bool(rolled))

    def trim(self, surplus: Sequence[str]) -> None:
        """Plan the removal of what is too much, once what stays gets requests."""
        self._remove(dict.fromkeys(surplus, f"{self.desired.replicas} replicas are wanted"), drain=True)

    def roll(self) -> None:
        """Plan the replacement of replicas that differ, batch by batch."""
        update = self.desired.update
        reasons = to_replace(self.desired, self.observed, self.present.values())
        surge, unavailable = update.room(self.desired.replicas)
        if self.waiting and update.kind != RECREATE:
            unavailable = max(unavailable - self.waiting, 0)
            if not (surge or unavailable):
                return  # The next run goes on, when the new ones may get requests.
        self.maker.staying = self.present.keys() - reasons
        left, planned = dict(reasons), batches(tuple(reasons), surge, unavailable)
        for number, batch in enumerate(planned, start=1):
            if update.kind == IN_PLACE:
                self._change_batch(batch, number, reasons)
            else:
                self._replace_batch(batch, number, reasons, apart_from=tuple(left) if batch.last else ())
            for replica_id in batch.ids:
                del left[replica_id]
            if update.pause and number < len(planned):
                self.actions.append(does.Pause(batch=number, seconds=update.pause))

    def _replace_batch(self, batch: Batch, number: int, reasons: Mapping[str, str], apart_from: Sequence[str]) -> None:
        self._remove({key: reasons[key] for key in batch.first}, drain=True, batch=number)
        zones = [one.zone for one in self.present.values() if one.id not in batch.last]
        names = self._create(len(batch.ids), [*zones, *self.maker.made.values()], batch=number, apart_from=apart_from)
        self._enter((), names, batch=number)
        self._remove({key: reasons[key] for key in batch.last}, drain=True, batch=number)

    def _change_batch(self, batch: Batch, number: int, reasons: Mapping[str, str]) -> None:
        """Plan what Nova can change on the servers, and the replacement of the others of a batch."""
        drift = self.observed.drift
        able = [key for key in batch.ids if changeable(self.present[key], self.observed)]
        rest = tuple(key for key in batch.ids if key not in able)
        template = self.observed.template
        if able and template:
            replicas = [self.present[key] for key in able]
            self._leave(replicas, drain=True, for_good=False, batch=number)
            self.actions += [change_of(self.desired, template, one, drift[one.id], number) for one in replicas]
            self.changed.update(able)
            self._enter(replicas, (), batch=number)
        if rest:
            self._replace_batch(Batch(first=rest, last=()), number, reasons, ())

    def tidy(self) -> None:
        """Plan the removal of what replicas left behind: members of pools, server groups of the fleet's own."""
        self.actions += left_in_pools(self.desired.name, self.observed, self.untouched())
        self.actions += [does.DeleteGroup(id=group.id, name=group.name) for group in self.maker.unused_groups()]

    def untouched(self) -> list[Replica]:
        """Return the replicas that stay and that no step of the plan has made to match the template."""
        return [one for one in self.present.values() if one.id not in self.changed]

    def idle(self, replica: Replica) -> bool:
        return members.outside(replica, self.observed.pools) or ails(replica, self.observed)

    def _standings(self, replica: Replica) -> set[str]:
        return members.standings(replica, self.observed.pools)

    def _is_member(self, replica: Replica) -> bool:
        return bool(self._standings(replica) - {members.OUT}) or replica.id in self.entering

    def _enter(self, there: Sequence[Replica], names: Sequence[str], batch: int = 0, *, proof: bool = True) -> None:
        """Plan that replicas enter the rotation or, C(proof) without pools, that they are seen ready all the same."""
        if (there or names) and (self.observed.pooled or (proof and self.desired.readiness_url)):
            ids, all_names = tuple(one.id for one in there), (*(one.name for one in there), *names)
            self.entering.update(ids if self.observed.pooled else ())
            self.actions.append(does.EnterRotation(batch=batch, ids=ids, names=all_names, pools=self.observed.pooled))

    def _leave(self, replicas: Iterable[Replica], *, drain: bool, for_good: bool = True, batch: int = 0) -> None:
        there = [one for one in replicas if self._is_member(one)]
        if there:
            ids, names = tuple(one.id for one in there), tuple(one.name for one in there)
            self.actions.append(does.LeaveRotation(batch=batch, ids=ids, names=names, drain=drain, for_good=for_good))

    def _remove(self, reasons: Mapping[str, str], *, drain: bool, batch: int = 0, broken: bool = False) -> None:
        replicas = [self.present.pop(key) for key in reasons]
        self._leave(replicas, drain=drain, batch=batch)
        for one in replicas:
            step = deletion(one, self.desired.name, reasons[one.id], batch)
            self.actions.append(replace(step, needed=not (broken and one.given_up)))
        self.gone.update(reasons)
        self.maker.leave(reasons)

    def _create(
        self, number: int, zones: Sequence[str | None], apart_from: Sequence[str], batch: int = 0
    ) -> tuple[str, ...]:
        """Plan new replicas and return their names."""
        actions = self.maker.create(number, zones, batch, apart_from)
        self.actions.extend(actions)
        return tuple(name for one in actions if isinstance(one, does.CreateReplicas) for name in one.names)
