# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is declared laid over what is observed, for the members of a pool. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Member, united
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_resting import (
    may_serve,
    resting_weight,
    without_note,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import SERVICE_MARK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Settings


@dataclass
class MemberMerge:
    """One laying over.

    :param mark: tag of what the module makes; empty for none
    :param subnets: ids of subnets by the names in the declaration
    :param problems: what cannot be done, found on the way
    :param keep_drained: whether a member that is drained stays so whatever is declared
    """

    mark: str
    provider: str | None
    purge: bool
    subnets: Mapping[str, str]
    problems: list[str]
    keep_drained: bool = False

    def goes(self, tags: Sequence[str]) -> bool:
        """Return whether something that is not declared goes; what another service owns never does."""
        ours = bool(self.mark) and self.mark in tags
        of_a_service = any(tag.startswith(SERVICE_MARK) for tag in tags)
        return ours or (self.purge and not of_a_service)

    def settings(self, old: Settings | None, wanted: Settings) -> Settings:
        """Return settings laid over; something new gets the mark."""
        if old is not None:
            tags = united(old.get("tags") or (), wanted.get("tags"), purge=self.purge)
            return {**old, **wanted, **({"tags": tags} if "tags" in old or tags else {})}
        return {**wanted, "tags": united([self.mark], wanted.get("tags"))} if self.mark else wanted

    def members(self, old: Sequence[Member], wanted: Sequence[Member] | None, pool: str) -> tuple[Member, ...]:
        """Return members; a weight that is not declared stays what it is, so a drained member stays drained."""
        if wanted is None:
            return tuple(old)
        by_key = {member.key: member for member in old}
        merged = [self._member(by_key.get(member.key), member, pool) for member in wanted]
        declared = {member.key for member in wanted}
        stay = [member for member in old if member.key not in declared and not self.goes(member.tags)]
        return tuple(merged + stay)

    def _member(self, old: Member | None, wanted: Member, pool: str) -> Member:
        settings = dict(wanted.settings)
        if "subnet_id" in settings:
            settings["subnet_id"] = self.subnets.get(settings["subnet_id"], settings["subnet_id"])
        if old is None:
            return replace(wanted, settings=self.settings(None, settings))
        for option in ("subnet_id", "request_sriov"):
            is_now = old.settings.get(option) or None
            if option in settings and (settings[option] or None) != is_now:
                self.problems.append(
                    f"member {old.address}:{old.protocol_port} of pool {pool!r} has {option.removesuffix('_id')!r}"
                    f" {is_now}, not {settings[option]}, and Octavia cannot change that: remove the member first"
                )
        if self.keep_drained:
            return replace(old, settings=self.settings(old.settings, _at_rest(old, settings)))
        merged = replace(old, settings=self.settings(old.settings, settings))
        declared = settings.get("weight") or settings.get("admin_state_up")
        return replace(merged, settings=_brought_back(merged.settings)) if declared and may_serve(merged) else merged


def _at_rest(old: Member, settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings without those that would bring back a member that gets no requests on purpose."""
    if resting_weight(old) is not None:
        resting: tuple[str, ...] = ("weight", "admin_state_up")
    else:
        resting = ("weight",) if old.settings.get("weight") == 0 else ()
    return {key: value for key, value in settings.items() if key not in resting}


def _brought_back(settings: Settings) -> Settings:
    """Return settings without the note that the member is being drained."""
    tags = settings.get("tags") or ()
    return {**settings, "tags": without_note(tags)} if tags else settings
