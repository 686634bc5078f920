# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server groups of one fleet: which one new replicas become members of. Pure.

Nova limits the members of a group (quota C(server_group_members), by default 10), and hard anti-affinity keeps a new
replica away from the host of the one it replaces. So a fleet uses, beside the group that the user names, further ones
of the same policy: NAME_2, NAME_3 and so on, and NAME_soft when hosts do not suffice. They are the fleet's own; names
of services have no underscore, so the groups of service chat-2 are not taken for those of service chat. Replicas of
different groups may share a host.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

HARD, SOFT = "anti-affinity", "soft-anti-affinity"
_FALLBACK = "soft"
_FURTHER = re.compile(rf"_(?:(\d+)|{_FALLBACK})$")


def first_name(name: str) -> str:
    """Return the name of a fleet's first group, from the name of any of its groups."""
    return _FURTHER.sub("", name)


def family(base: Group, groups: Iterable[Group]) -> tuple[Group, ...]:
    """Return the groups of a fleet: the one that is named first, then its further ones in the order of their names."""
    further: list[tuple[int, str, Group]] = []
    for group in groups:
        match = _FURTHER.search(group.name) if first_name(group.name) == base.name else None
        policy = (base.policy or group.policy) if match and match[1] else SOFT
        if match and group.id != base.id and group.policy == policy:
            further.append((int(match[1] or 0), group.id, group))
    return (base, *(group for _number, _id, group in sorted(further, key=lambda entry: entry[:2])))


def fallback_of(base: Group, groups: Iterable[Group]) -> Group | None:
    """Return the soft group of a fleet, with an empty id when it is not there; None for a fleet that needs none."""
    if base.policy != HARD:
        return None
    name = f"{base.name}_{_FALLBACK}"
    there = next((group for group in groups if group.name == name), None)
    return there or Group(id="", name=name, policy=SOFT, max_server_per_host=None)


@dataclass
class Seats:
    """Hands out memberships. Keeps count while a plan is made.

    :param base: the group that the user names
    :param groups: the groups that exist, the base first
    :param limit: how many members a group may have; None for any number
    :param members: ids of the members, or something in place of the id of one to be made, by the key of the group
    :param made: groups to be made
    """

    base: Group
    groups: Sequence[Group]
    limit: int | None
    members: dict[str, set[str]] = field(default_factory=dict)
    made: list[Group] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.members = {_key(group): set(group.member_ids) for group in self.groups}

    def leave(self, ids: Iterable[str]) -> None:
        """Take replicas out of their groups."""
        for members in self.members.values():
            members.difference_update(ids)

    def take(self, count: int, apart_from: Collection[str] = ()) -> list[tuple[Group, int]]:
        """Return the groups that new replicas become members of, with how many each.

        :param apart_from: ids of replicas whose groups are not to be used
        """
        taken: list[tuple[Group, int]] = []
        while count:
            group = self._with_room(apart_from)
            members = self.members[_key(group)]
            now = count if self.limit is None else min(count, self.limit - len(members))
            members.update(f"new replica {next(self._numbers)}" for _replica in range(now))
            taken.append((group, now))
            count -= now
        return taken

    def _with_room(self, apart_from: Collection[str]) -> Group:
        """Return the fullest group with room, so that few groups are in use; else a new one."""
        usable = [
            group
            for group in (*self.groups, *self.made)
            if group.policy == self.base.policy
            and self.members[_key(group)].isdisjoint(apart_from)
            and (self.limit is None or len(self.members[_key(group)]) < self.limit)
        ]
        if usable:
            return max(usable, key=lambda group: len(self.members[_key(group)]))
        names = {group.name for group in (*self.groups, *self.made)}
        number = next(n for n in range(2, len(names) + 3) if f"{self.base.name}_{n}" not in names)
        group = replace(self.base, id="", name=f"{self.base.name}_{number}", member_ids=(), members=())
        self.made.append(group)
        self.members[_key(group)] = set()
        return group

    def unused(self) -> list[Group]:
        """Return the further groups that exist and have no members any more."""
        return [group for group in self.groups if group.id != self.base.id and not self.members[_key(group)]]


def _key(group: Group) -> str:
    """Return what tells groups apart: names are not unique, and a group that is to be made has no id yet."""
    return group.id or group.name
