# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides on server groups. Pure.

A group cannot be changed once it exists (Nova has no update call for it): another policy or rule means another group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action, Plan, differing
from ansible_collections.model_serving.openstack.plugins.module_utils._spread import AFFINITY


@dataclass(frozen=True, kw_only=True)
class Member:
    """A server of a group, with what tells where it runs."""

    id: str
    name: str
    status: str
    host_id: str | None
    availability_zone: str | None


@dataclass(frozen=True, kw_only=True)
class Group:
    """A server group as it exists."""

    id: str
    name: str
    policy: str
    max_server_per_host: int | None
    member_ids: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()

    @property
    def together(self) -> bool:
        """Whether its members shall be on one host, rather than apart."""
        return self.policy in AFFINITY

    @property
    def most_on_host(self) -> int | None:
        """How many members may share a host: under C(anti-affinity) without a rule one, as with a rule that says so.

        C(nova/scheduler/filters/affinity_filter.py). None under other policies.
        """
        return (self.max_server_per_host or 1) if self.policy == "anti-affinity" else None


@dataclass(frozen=True, kw_only=True)
class Desired:
    """A server group as it is wanted."""

    name: str
    policy: str = ""
    max_server_per_host: int | None = None
    present: bool = True
    recreate: bool = False


@dataclass(frozen=True, kw_only=True)
class CreateGroup(Action):
    name: str
    policy: str
    max_server_per_host: int | None

    def __str__(self) -> str:
        limit = f", at most {self.max_server_per_host} on one host" if self.max_server_per_host else ""
        return f"create server group {self.name!r} ({self.policy}{limit})"


@dataclass(frozen=True, kw_only=True)
class DeleteGroup(Action):
    name: str
    id: str

    def __str__(self) -> str:
        return f"delete server group {self.name!r} ({self.id})"


def describe(group: Group | None) -> dict[str, Any]:
    """Return the part of a group that a user declares, for the diff."""
    if group is None:
        return {}
    return {"name": group.name, "policy": group.policy, "max_server_per_host": group.max_server_per_host}


def plan(desired: Desired, observed: Group | None) -> Plan:
    """Decide. Pure.

    A group that differs is replaced only when it has no members: deleting a group takes nothing from its running
    servers but their membership, so a new group would not keep new servers away from the old ones.

    :raises InvalidInputError: when an existing group differs and may not or cannot be replaced
    """
    before = describe(observed)
    if not desired.present:
        return _removal(observed)
    wanted = {"policy": desired.policy, "max_server_per_host": desired.max_server_per_host}
    create = CreateGroup(name=desired.name, policy=desired.policy, max_server_per_host=desired.max_server_per_host)
    after = {"name": desired.name, **wanted}
    if observed is None:
        return Plan(actions=(create,), before=before, after=after)
    different = differing(wanted, {**before, "max_server_per_host": observed.most_on_host})
    if not different:
        return Plan(before=before, after=before)
    _refuse_unless_replaceable(desired, observed, different)
    delete = DeleteGroup(name=observed.name, id=observed.id)
    return Plan(actions=(delete, create), before=before, after=after)


def _removal(observed: Group | None) -> Plan:
    if observed is None:
        return Plan()
    warning = (
        f"server group {observed.name!r} ({observed.id}) has {len(observed.member_ids)} members; those that are"
        " not deleted before it keep running, but nothing keeps servers made later away from their hosts"
    )
    return Plan(
        actions=(DeleteGroup(name=observed.name, id=observed.id),),
        before=describe(observed),
        warnings=(warning,) if observed.member_ids else (),
    )


def _refuse_unless_replaceable(desired: Desired, observed: Group, different: dict[str, Any]) -> None:
    current = describe(observed)
    change = ", ".join(f"{key} {current[key]!r} instead of {value!r}" for key, value in different.items())
    problem = f"server group {observed.name!r} ({observed.id}) exists with {change}, and Nova cannot change a group"
    if observed.member_ids:
        remedy = (
            f"it has {len(observed.member_ids)} members, so it is not replaced: make a group of another name and let"
            " server_fleet move the replicas to it"
        )
        raise InvalidInputError([f"{problem}; {remedy}"])
    if not desired.recreate:
        remedy = (
            "it has no members: set 'recreate: true' to replace it, or delete it and run again; replicas that a fleet"
            f" has in further groups ({observed.name}_2 and so on) are then replaced"
        )
        raise InvalidInputError([f"{problem}; {remedy}"])
