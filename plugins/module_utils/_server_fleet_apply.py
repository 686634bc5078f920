# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does the steps of a fleet's plan, neighbours of one kind together, and stops a roll whose new replicas fail."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _server_fleet_actions as does
from ansible_collections.model_serving.openstack.plugins.module_utils import _server_fleet_in_place as in_place
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports import PortAction
from ansible_collections.model_serving.openstack.plugins.module_utils._parallel import in_parallel
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels import ReplicaChange, deletion
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_birth import Birth
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_failure import roll_failure
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_further import FurtherGroups
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_making import create
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import (
    addressed_replicas,
    replicas_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_policy import ROLLBACK
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_removal import remove
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_rotation import Rotation
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_servers import change, delete
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import renewed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Desired, Replica
    from ansible_collections.model_serving.openstack.plugins.module_utils._wait import Deadline

MAKING = (does.CreateGroup, PortAction, does.CreateReplicas)
"""Steps without which no replicas can be made."""


def apply(context: Context, plan: does.FleetPlan) -> None:
    """Do a plan.

    Each batch of a roll has C(timeout) for itself and is waited for, even with C(wait=false). So has what follows it.
    """
    groups = FurtherGroups(context, plan.server_group, plan.further, going=plan.going, limit=plan.group_limit)
    try:
        _apply(context, plan, groups)
    finally:
        groups.discard()


def _apply(context: Context, plan: does.FleetPlan, groups: FurtherGroups) -> None:
    batches = [(number, list(group)) for number, group in itertools.groupby(plan.actions, key=lambda one: one.batch)]
    last = max((number for number, _actions in batches), default=0)
    for position, (number, actions) in enumerate(batches):
        own = renewed(context) if position else context
        if number:
            Batch(replace(own, wait=True), plan, groups, number).roll(actions, last)
        else:
            Batch(own, plan, groups).do(actions)


@dataclass
class Batch:
    """Steps that are done together.

    :param groups: makes and deletes server groups; one for the whole plan
    :param made: the replicas that were made so far, and run
    :param births: what made them, and what did not come so far
    :param rested: ids of replicas that were taken out of rotation so far
    :param altered: ids of replicas that are, or may be, what the new template makes of them in place, and were not seen
        ready since
    :param changed: made when replicas had been changed in place
    :param lacking: whether replicas are still to be made
    :param ready: whether all of the new replicas are in rotation
    """

    context: Context
    plan: does.FleetPlan
    groups: FurtherGroups
    number: int = 0
    made: list[Replica] = field(default_factory=list)
    births: list[Birth] = field(default_factory=list)
    rested: set[str] = field(default_factory=set)
    altered: set[str] = field(default_factory=set)
    changed: Deadline | None = None
    lacking: bool = False
    ready: bool = False

    @property
    def desired(self) -> Desired:
        return self.plan.desired

    @property
    def _rotation(self) -> Rotation:
        return Rotation(self.context, self.desired, self.plan.pools)

    def do(self, actions: Sequence[does.FleetAction]) -> None:
        """Do the steps in their order.

        Deletions are waited for even with C(wait=false) when something follows: under anti-affinity the replicas that
        come next may need the hosts.
        """
        kinds = [(kind, list(group)) for kind, group in itertools.groupby(actions, key=type)]
        self.lacking = any(kind is does.CreateReplicas for kind, _group in kinds)
        for position, (kind, group) in enumerate(kinds, start=1):
            try:
                self._do(kind, group, follows=position < len(kinds))
            except CloudError as error:
                following = [one for _kind, later in kinds[position:] for one in later]
                if not self.number and self.lacking and issubclass(kind, MAKING):
                    self._enter_without(following, error)
                raise

    def _do(self, kind: type[does.FleetAction], group: Sequence[does.FleetAction], *, follows: bool) -> None:
        if kind is does.DeleteReplica:
            self.ready = self.ready or bool(self.made)  # Without a rotation, old ones go when the new ones run.
            deletions = [one for one in group if isinstance(one, does.DeleteReplica)]
            remove(self.context, deletions, wait=self.context.wait or follows)
        elif kind is does.CreateReplicas:
            before = frozenset(one.id for one in replicas_of(self.context, self.desired.name))
            self.births.append(birth := Birth(self.context, self.desired.name, self.groups, before))
            self.made += create(birth, [one for one in group if isinstance(one, does.CreateReplicas)])
            self.lacking = False
        elif kind is does.ChangeInPlace:
            self._change([one for one in group if isinstance(one, does.ChangeInPlace)])
        elif issubclass(kind, (does.SetMetadata, ReplicaChange, PortAction)):
            in_parallel(lambda action: change(self.context, action), group)
        else:
            for action in group:
                self._step(action)

    def _enter_without(self, following: Sequence[does.FleetAction], error: CloudError) -> None:
        """Let what runs get requests although others cannot be made: while that lasts, each run would end before.

        :param following: the steps that come after the one that failed
        """
        entry = next((one for one in following if isinstance(one, does.EnterRotation) and one.pools), None)
        if entry is None:
            return
        try:
            for birth in self.births:
                self.made += birth.arrived()
            if self.made or entry.ids:
                self.context = renewed(self.context)
                self._enter(entry)
                error.adding("What there is of the fleet gets requests all the same.")
        except CloudError as second:
            error.adding(f"Of what there is, not all get requests: {second.statement}").quoting(second.logs)

    def _change(self, actions: Sequence[does.ChangeInPlace]) -> None:
        ids = {one.id for one in actions}
        before = self._replicas(ids)
        # A run that was killed may have begun to change them, and nobody has seen those ready since.
        busy = in_place.restarted(before, before)
        self.altered |= busy
        in_place.settle(self.context, self.desired.name, [one for one in actions if one.id in busy])
        self.altered |= ids
        try:
            in_place.resize(self.context, self.desired.name, actions)
        except CloudError:
            # Nova may have refused some, for example for want of quota, and resized others.
            self.altered -= in_place.untouched(before, lambda: self._replicas(ids)) - busy
            raise
        in_place.rebuild(self.context, self.desired.name, actions)
        self.changed = self.context.deadline.fresh(self.context.deadline.timeout)

    def _step(self, action: does.FleetAction) -> None:
        match action:
            case does.CreateGroup():
                self.groups.existing(action.group)
            case does.DeleteGroup():
                if not self.groups.delete(action.name, action.id):
                    self.context.warn(f"Server group {action.name!r} stays: it still has a member, or a new one.")
            case does.EnterRotation():
                self._enter(action)
            case does.LeaveRotation():
                self.rested.update(action.ids)
                replicas = self._replicas(action.ids)
                self._rotation.leave(replicas, drain=action.drain, for_good=action.for_good)
            case does.RemoveMembers():
                replicas = replicas_of(self.context, self.desired.name)
                self._rotation.remove(action.use, action.addresses, replicas)
            case does.SetWeights():
                self._rotation.reweight(action.use, self._replicas(action.ids))
            case does.SendMembers():
                self._rotation.send_again(action.use)
            case does.Pause():
                self.context.deadline.fresh(action.seconds).sleep(action.seconds)

    def _enter(self, action: does.EnterRotation) -> None:
        """Let replicas get requests. In a batch in place, servers that were changed do before others are replaced."""
        names = dict(zip(action.ids, action.names, strict=False)) | {one.id: one.name for one in self.made}
        replicas = addressed_replicas(self.context, self.desired.name, names)
        # Where there is no rotation, nobody waits for it.
        self._rotation.enter(replicas, self.changed, together=self.number > 0 or not action.pools)
        self.rested -= names.keys()
        self.altered -= names.keys()
        self.changed = None
        self.ready = not self.lacking

    def _replicas(self, ids: Collection[str]) -> list[Replica]:
        return [replica for replica in replicas_of(self.context, self.desired.name) if replica.id in ids]

    def roll(self, actions: Sequence[does.FleetAction], last: int) -> None:
        """Do a batch of a roll. When its new replicas do not become ready: stop, and take it back if that is wanted.

        :raises CloudError: with what happened, what was taken back and how the fleet is now
        """
        try:
            self.do(actions)
        except CloudError as error:
            where = f"Batch {self.number} of {last} failed, so the roll stopped."
            told = f"{where} {self._take_back()}"
            raise roll_failure(self.context, self.desired, error, told) from error

    def _take_back(self) -> str:
        """Remove the new replicas of a batch that is not ready, and let old ones get requests again.

        One that was changed in place is no old one: it may be what is not ready. One whose deletion the cloud refused
        is, but no member of pools any more.
        """
        if self.ready:
            return "Its new replicas are ready and stay; the next run goes on."
        if self.desired.update.on_failure != ROLLBACK:
            return "Everything stays as it is now (on_failure: halt)."
        patient = renewed(self.context)
        try:
            if made := [one for birth in self.births for one in birth.born()]:
                # A pool that is lost does not keep a server that it sends nothing to.
                Rotation(patient, self.desired).leave(made, drain=True, for_good=True, new=True)
                reason = "it did not become ready"
                service = self.desired.name
                # What was made is locked, if it is at all, after it was looked at.
                unlock = bool(self.desired.lock)
                gone = [replace(deletion(one, service, reason, batch=0), unlock=unlock) for one in made]
                delete(patient, gone, wait=True)
            if rested := self._replicas(self.rested - self.altered):
                Rotation(patient, self.desired, self.plan.pools).reinstate(rested)
            if altered := self._replicas(self.altered):
                listed = ", ".join(sorted(repr(replica.name) for replica in altered))
                where = ", and out of rotation" if self.rested else ""
                return f"What was changed in place stays so{where}: {listed}. Others get requests as before."
        except CloudError as error:
            return f"Taking it back failed, too ({error.message}); the next run does it."
        return "Its new replicas were removed again, and the old ones that are left get requests as before."
