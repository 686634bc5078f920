# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which autoscaling groups a run may meet that its login cannot change as it likes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_owner import maker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Facts = Mapping[str, Any]


def credential_warnings(fleets: Sequence[Facts], *, by_credential: bool) -> Iterator[str]:
    """Yield which groups an application credential can change in part only.

    :param fleets: as :func:`_elastic.kept_fleets` returns them
    :param by_credential: whether it is an application credential that looks
    """
    for fleet in fleets:
        if by_credential and fleet["elastic"] and fleet["group_exists"]:
            yield (
                f"autoscaling group {fleet['name']!r} meets an application credential here. Keystone lets those neither"
                " make nor delete trusts unless its operator allows it. If alarms of the group have to be added or"
                " removed, as with another number of zones, this run fails at it, after fleets and load balancer: then"
                " run with a password"
            )


def owner_warnings(fleets: Sequence[Facts], groups: Sequence[Facts], user: str | None) -> Iterator[str]:
    """Yield which groups another user has made, who alone can change them.

    :param fleets: as :func:`_elastic.kept_fleets` returns them
    :param groups: those that there are
    """
    staying = {fleet["name"] for fleet in fleets if fleet["elastic"]}
    for group in groups:
        owner = maker(group.get("owner"), user, group.get("other_user"))
        if group["name"] in staying and owner:
            yield (
                f"autoscaling group {group['name']!r} was made by {owner}. If anything about it has"
                f" to change and it has alarms, this run fails at it, after fleets and load balancer: then run as"
                f" {owner}"
            )
