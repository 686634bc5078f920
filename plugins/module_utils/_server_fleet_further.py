# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the further server groups of a fleet, asks for replicas in them, and deletes them when they are empty."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _server_group
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError
from ansible_collections.model_serving.openstack.plugins.module_utils._hints import group_is_full
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_groups import alike, further_name
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import replicas_of
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_request import request_replicas

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import CreateReplicas
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group


@dataclass
class FurtherGroups:
    """The further server groups of a fleet during a run.

    :param base: the first group of the fleet
    :param own: the further ones that the fleet had before
    :param made: those that the run has made, by name
    :param instead: what takes the place of groups that are full, by the id of these
    :param going: ids of the replicas that the plan deletes
    :param limit: how many members Nova allows in a group; None for any number
    """

    context: Context
    base: Group | None = None
    own: tuple[Group, ...] = ()
    made: dict[str, Group] = field(default_factory=dict)
    instead: dict[str, Group] = field(default_factory=dict)
    going: frozenset[str] = frozenset()
    limit: int | None = None

    def existing(self, group: Group) -> Group:
        """Return a group with its id, made when it is needed first."""
        if group.id:
            return group
        if group.name not in self.made:
            made = _server_group.create_group(self.context, group.name, group.policy, group.max_server_per_host)
            self.made[group.name] = replace(group, id=made)
        return self.made[group.name]

    def request(self, action: CreateReplicas) -> tuple[str, ...]:
        """Ask for replicas and return the names of those that were asked for.

        What their server group does not take goes to another one. With unified limits, Nova counts the servers that
        were ever made in a group and tells nobody (C(nova/limit/local.py)). How full a soft group is was not known
        before.
        """
        if action.server_group is None:
            return request_replicas(self.context, action)
        group = self._open(self.existing(action.server_group))
        try:
            return request_replicas(self.context, replace(action, server_group=group))
        except CloudError as error:
            if self.base is None or not group_is_full(error.answer):
                raise
            return self._request_elsewhere(action, group, self.base, error)

    def _open(self, group: Group) -> Group:
        """Return what takes the place of a group that was found to be full, any other one itself."""
        while group.id in self.instead:
            group = self.instead[group.id]
        return group

    def _request_elsewhere(
        self, action: CreateReplicas, full: Group, base: Group, error: CloudError
    ) -> tuple[str, ...]:
        # With fixed ports, some of them may be there.
        there = {one.name for one in replicas_of(self.context, action.service)}
        made, rest = (tuple(name for name in action.names if (name in there) is known) for known in (True, False))
        listed = _server_group.all_server_groups(self.context)
        if other := self._with_room(full, base, listed, len(rest)):
            self.instead[full.id] = other
            moved = self.request(replace(action, names=rest, server_group=other))
        else:
            self.instead[full.id] = other = self._new(full, base, listed, error)
            moved = request_replicas(self.context, replace(action, names=rest, server_group=other))
        to = repr(other.name) if self._open(other) is other else "other groups"
        may = "be on other hosts" if full.together else "share hosts with others"
        self.context.warn(
            f"Server group {full.name!r} ({full.id}) takes no more members (quota server_group_members), so these go"
            f" to {to}, and may {may}: {', '.join(map(repr, moved))}."
        )
        return (*made, *moved)

    def _with_room(self, full: Group, base: Group, listed: Iterable[Group], count: int) -> Group | None:
        """Return a group of the fleet that may have room and is like a full one: a new one each time would use up more.

        Not one of replicas that are replaced: new ones would find no host beside these. Nor one that cannot take so
        many: with unified limits, what it refuses fills it for good.
        """
        like_it = {group.id for group in alike(base, full, (base, *self.own, *self.made.values()))}
        others = like_it - {full.id, *self.instead}
        for group in listed:
            fits = self.limit is None or len(group.member_ids) + count <= self.limit
            if group.id in others and fits and self.going.isdisjoint(group.member_ids):
                return group
        return None

    def _new(self, full: Group, base: Group, listed: Iterable[Group], error: CloudError) -> Group:
        name = further_name(base, full, {*self.made, *(one.name for one in listed)})
        try:
            return self.existing(replace(full, id="", name=name, member_ids=(), members=()))
        except CloudError as second:
            raise second.adding(
                f"Server group {full.name!r} ({full.id}) takes no more members: {error.statement}"
            ) from error

    def delete(self, name: str, group_id: str) -> bool:
        """Delete a group unless it has members: since the plan was made, a replica may have found no other place.

        :returns: whether it is gone
        """
        there = [group for group in _server_group.all_server_groups(self.context) if group.id == group_id]
        if any(group.member_ids for group in there):
            return False
        if there:
            _server_group.delete_group(self.context, name, group_id)
        return True

    def discard(self) -> None:
        """Delete what is empty in the end of what the run has made and of what the fleet had.

        The next run could not tell whose it is. That a group gets members is only planned: it may take none any more,
        or new replicas may find no host of their own.
        """
        further = (*self.made.values(), *self.own)
        try:
            listed = _server_group.all_server_groups(self.context) if further else ()
            empty = {group.id for group in listed if not group.member_ids}
            for group in further:
                if group.id in empty:
                    _server_group.delete_group(self.context, group.name, group.id)
        except CloudError as error:
            self.context.warn(f"An empty server group may be left: {error.message}")
