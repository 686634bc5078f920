# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New replicas of a fleet: how they are called, where they go, and which server groups they are in. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import (
    TEMPLATE_KEY,
    Template,
    written,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import SERVICE_KEY
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import (
    ChangeInPlace,
    CreateGroup,
    CreateReplicas,
    FleetAction,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_groups import Seats, fallback_of
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_placement import (
    distribute,
    free_batch_numbers,
    names_of_batch,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import (
    BEST_EFFORT,
    SOFT_FALLBACK,
    Desired,
    Observed,
    Replica,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group


def metadata_of(desired: Desired, template: Template, slot: int | None = None) -> dict[str, str]:
    """Return the metadata of a replica that matches the template."""
    return {**template.metadata, SERVICE_KEY: desired.name, TEMPLATE_KEY: written(template.digests(slot))}


def change_of(
    desired: Desired, template: Template, replica: Replica, parts: tuple[str, ...], batch: int
) -> ChangeInPlace:
    """Return the step that makes a replica match the template without a new server.

    :param parts: of the template in which it differs
    """
    return ChangeInPlace(
        batch=batch,
        id=replica.id,
        name=replica.name,
        parts=parts,
        template=template,
        metadata={**replica.metadata, **metadata_of(desired, template, replica.slot)},
        unlock=replica.own_lock,
    )


@dataclass
class Maker:
    """Plans new replicas. Keeps count of names, zones and memberships while a plan is made.

    :param made: names of the new replicas so far, with their zones
    :param staying: ids of the replicas that a roll does not replace; new ones shall be kept apart from them, too
    """

    desired: Desired
    observed: Observed
    made: dict[str, str | None] = field(default_factory=dict)
    staying: AbstractSet[str] = frozenset()
    seats: Seats | None = field(init=False)

    def __post_init__(self) -> None:
        base = self.observed.server_group
        taken = [group.name for group in self.observed.namesakes]
        self.seats = Seats(base, self.observed.groups, self.observed.group_limit, taken) if base else None

    def leave(self, ids: Iterable[str]) -> None:
        """Take replicas that go out of their server groups."""
        if self.seats:
            self.seats.leave(ids)

    def unused_groups(self) -> list[Group]:
        """Return the fleet's own server groups that have no members any more."""
        return self.seats.unused() if self.seats else []

    def create(
        self, number: int, zones: Sequence[str | None], batch: int, apart_from: Sequence[str]
    ) -> list[FleetAction]:
        """Return the steps that make new replicas.

        :param zones: of the replicas that stay
        :param apart_from: ids of replicas whose server groups are not to be used, unless others stay in these
        """
        template = self.observed.template
        if template is None or number <= 0:
            return []
        actions: list[FleetAction] = []
        known = len(self.seats.made) if self.seats else 0
        full: dict[str | None, int] = dict.fromkeys(self.observed.closed_zones, 0)
        for zone, count in distribute(number, self.desired.availability_zones, zones, full).items():
            for group, share in self.seats.take(count, apart_from, self.staying) if self.seats else [(None, count)]:
                action = self._request(self._names(share, zone), zone, group, template, batch)
                further = self.seats.otherwise(group, apart_from, share) if self.seats and group else None
                actions.append(replace(action, further=further))
        new_groups = self.seats.made[known:] if self.seats else []
        return [*(CreateGroup(batch=batch, group=group) for group in new_groups), *actions]

    def _names(self, count: int, zone: str | None) -> tuple[str, ...]:
        taken = [*(replica.name for replica in self.observed.replicas), *self.made]
        (number,) = free_batch_numbers(self.desired.name, taken, 1)
        names = names_of_batch(self.desired.name, number, count)
        self.made.update(dict.fromkeys(names, zone))
        return names

    def _request(
        self, names: tuple[str, ...], zone: str | None, group: Group | None, template: Template, batch: int
    ) -> CreateReplicas:
        zones = [one for one in self.desired.availability_zones or () if one not in self.observed.closed_zones]
        spread = zone is not None and self.desired.zone_distribution == BEST_EFFORT
        base = self.observed.server_group if self.desired.fallback == SOFT_FALLBACK else None
        return CreateReplicas(
            batch=batch,
            service=self.desired.name,
            names=names,
            zone=zone,
            template=template,
            metadata=metadata_of(self.desired, template),
            server_group=group,
            other_zones=tuple(one for one in zones if one != zone) if spread else (),
            fallback=fallback_of(base, self.observed.namesakes, self.observed.groups) if base else None,
            lock=bool(self.desired.lock),
        )
