# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server groups of one fleet: which one new replicas become members of. Pure.

Nova limits the members of a group (quota C(server_group_members), by default 10), and hard anti-affinity keeps a new
replica away from the host of the one it replaces. So a fleet uses, beside the group that the user names, further ones
of the same policy: NAME_2, NAME_3 and so on, and NAME_soft, NAME_soft2 and so on when hosts do not suffice. Replicas of
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
SITE_PREFIX = "model_serving."
"""What C(site.yml) puts before the name of a fleet to name its server group and its security group."""
_FALLBACK = "soft"
_FURTHER = re.compile(rf"_(?:(\d+)|{_FALLBACK}(\d*))$")


def first_name(name: str) -> str:
    """Return the name of a fleet's first group, from the name of any of its groups."""
    return _FURTHER.sub("", name)


def namesakes(base: Group, groups: Iterable[Group]) -> tuple[Group, ...]:
    """Return the groups that are called like further ones of a fleet, whoever made them, in the order of their names.

    Names of services have no underscore, so the groups of service chat-2 are not taken for those of service chat.
    """
    further: list[tuple[int, str, Group]] = []
    for group in groups:
        match = _FURTHER.search(group.name) if first_name(group.name) == base.name else None
        if match and group.id != base.id:
            further.append((int(match[1] or match[2] or 0), group.id, group))
    return tuple(group for _number, _id, group in sorted(further, key=lambda entry: entry[:2]))


def family(base: Group, named: Iterable[Group], service: str, replica_ids: Collection[str]) -> tuple[Group, ...]:
    """Return the groups of a fleet, the one that the user names first.

    Nova's server groups have no tags, so a further one is known by a replica of the fleet among its members, whatever
    its policy: the first group may have been made anew with another one. An empty one is the fleet's only behind a
    group that C(site.yml) has named: other names may be those of somebody else's groups, whose servers are not there
    yet.

    :param named: the groups that are called like further ones
    :param replica_ids: of the fleet's replicas
    """
    members = frozenset(replica_ids)

    def is_own(group: Group) -> bool:
        empty_and_own = not group.member_ids and base.name == f"{SITE_PREFIX}{service}"
        return empty_and_own or not members.isdisjoint(group.member_ids)

    return (base, *filter(is_own, named))


def suitable(base: Group, groups: Iterable[Group]) -> tuple[Group, ...]:
    """Return those of a fleet's groups whose members are kept apart as the first one says, and the soft fallback."""

    def suits(group: Group) -> bool:
        if _is_fallback(base, group):
            return group.policy == SOFT
        # Of a first group that is still to be made, check mode does not know the policy.
        return not base.policy or _alike(base, group)

    return tuple(filter(suits, groups))


def unjudged(base: Group, groups: Iterable[Group]) -> list[Group]:
    """Return those of a fleet's groups that may not be C(suitable), as the first one is still to be made."""
    return [group for group in groups if not base.id and group.member_ids and not _is_fallback(base, group)]


def _alike(group: Group, other: Group) -> bool:
    return (group.policy, group.most_on_host) == (other.policy, other.most_on_host)


def alike(base: Group, group: Group, groups: Iterable[Group]) -> list[Group]:
    """Return those of a fleet's groups that new replicas may join instead of one of them."""
    return [one for one in suitable(base, groups) if _alike(one, group)]


def further_name(base: Group, like: Group, taken: Collection[str]) -> str:
    """Return what a further group is called that is to be like another one of the fleet."""
    stem = _fallback_name(base) if _is_fallback(base, like) else f"{base.name}_"
    return next(name for number in itertools.count(2) if (name := f"{stem}{number}") not in taken)


def _fallback_name(base: Group) -> str:
    return f"{base.name}_{_FALLBACK}"


def _is_fallback(base: Group, group: Group) -> bool:
    """Return whether a group is called like those for replicas that find no host of their own."""
    return group.name.rstrip("0123456789") == _fallback_name(base)


def fallback_of(base: Group, groups: Iterable[Group], own: Iterable[Group] = ()) -> Group | None:
    """Return a soft group for a fleet, with an empty id when there is none yet; None for a fleet that needs none.

    Of several, it is the one that most likely has room.

    None as well when only groups of another policy have its name: C(suitable) leaves those out, so that replicas there
    would be replaced in each run.

    :param groups: those that are called like further ones, whoever made them: names shall stay clear
    :param own: those of the fleet
    """
    if base.policy != HARD:
        return None
    name = _fallback_name(base)
    there = [group for group in groups if group.name == name]
    soft = [group for group in there if group.policy == SOFT]
    if there and not soft:
        return None
    soft += [group for group in own if _is_fallback(base, group) and group.policy == SOFT]
    new = Group(id="", name=name, policy=SOFT, max_server_per_host=None)
    return min(soft, key=lambda group: len(group.member_ids), default=new)


def fallback_problem(base: Group, groups: Collection[Group]) -> str | None:
    """Return why a fleet whose groups are hard has no soft group, None when it has one or needs none."""
    if base.policy != HARD or fallback_of(base, groups):
        return None
    name = _fallback_name(base)
    policies = ", ".join(sorted({str(group.policy) for group in groups if group.name == name}))
    return (
        f"server group {name!r} has the policy {policies}, so replicas cannot fall back there (fallback: soft);"
        " delete it, or use another 'server_group'"
    )


@dataclass
class Seats:
    """Hands out memberships. Keeps count while a plan is made.

    :param base: the group that the user names
    :param groups: the groups that exist, the base first
    :param limit: how many members a group may have; None for any number
    :param taken: names that no new group may have, beside those of the groups
    :param members: ids of the members, or something in place of the id of one to be made, by the key of the group
    :param made: groups to be made
    """

    base: Group
    groups: Sequence[Group]
    limit: int | None
    taken: Collection[str] = ()
    members: dict[str, set[str]] = field(default_factory=dict)
    made: list[Group] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.members = {_key(group): set(group.member_ids) for group in self.groups}

    def leave(self, ids: Iterable[str]) -> None:
        """Take replicas out of their groups."""
        for members in self.members.values():
            members.difference_update(ids)

    def take(
        self, count: int, apart_from: Collection[str] = (), beside: Collection[str] = ()
    ) -> list[tuple[Group, int]]:
        """Return the groups that new replicas become members of, with how many each.

        :param apart_from: ids of replicas whose groups are not to be used
        :param beside: ids of replicas whose groups may be used all the same
        """
        taken: list[tuple[Group, int]] = []
        while count:
            group = self._fullest(apart_from, beside) or self._new()
            if _key(group) not in self.members:
                self.made.append(group)
                self.members[_key(group)] = set()
            members = self.members[_key(group)]
            now = count if self.limit is None else min(count, self.limit - len(members))
            members.update(f"new replica {next(self._numbers)}" for _replica in range(now))
            taken.append((group, now))
            count -= now
        return taken

    def otherwise(self, group: Group, apart_from: Collection[str], count: int) -> Group | None:
        """Return the group for new replicas that find no host in one that they were to join all the same."""
        if self._without(group, apart_from):
            return None
        return self._fullest(apart_from, count=count) or self._new()

    def _fullest(self, apart_from: Collection[str], beside: Collection[str] = (), count: int = 1) -> Group | None:
        """Return the fullest group with room, so that few groups are in use."""
        usable = [
            group
            for group in suitable(self.base, (*self.groups, *self.made))
            if _alike(self.base, group)
            and (self._without(group, apart_from) or not self._without(group, beside))
            and (self.limit is None or len(self.members[_key(group)]) + count <= self.limit)
        ]
        return max(usable, key=lambda group: len(self.members[_key(group)]), default=None)

    def _without(self, group: Group, ids: Collection[str]) -> bool:
        return self.members[_key(group)].isdisjoint(ids)

    def _new(self) -> Group:
        names = {*self.taken, *(group.name for group in (*self.groups, *self.made))}
        return replace(self.base, id="", name=further_name(self.base, self.base, names), member_ids=(), members=())

    def unused(self) -> list[Group]:
        """Return the further groups that exist and have no members any more."""
        return [group for group in self.groups if group.id != self.base.id and not self.members[_key(group)]]


def _key(group: Group) -> str:
    """Return what tells groups apart: names are not unique, and a group that is to be made has no id yet."""
    return group.id or group.name
