# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members out of rotation, and the tag with the weight that one shall have again: all that the next run needs. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import abilities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Member

RESTING_MARK = "model_serving.drained="
"""Tag of a member that rests, with the weight that it had."""


def resting_weight(member: Member) -> int | None:
    """Return the weight that a resting member shall have again, None for a member that does not rest."""
    for tag in member.tags:
        digits = tag.removeprefix(RESTING_MARK)
        if digits != tag and digits.isdecimal():
            return int(digits)
    return None


def may_serve(member: Member) -> bool:
    """Return whether a member is meant to get requests: not drained, not disabled."""
    return member.settings.get("weight") != 0 and member.settings.get("admin_state_up") is not False


def stays_out(member: Member) -> bool:
    """Return whether a member gets no requests after it has rested either: somebody else took it out of rotation.

    A provider without weights has resting members disabled, so there this is told of those that do not rest.
    """
    noted = resting_weight(member)
    weight = member.settings.get("weight") if noted is None else noted
    return weight == 0 or member.settings.get("admin_state_up") is False


def without_note(tags: Sequence[str]) -> list[str]:
    """Return the tags of a member that rests no longer."""
    return [tag for tag in tags if not tag.startswith(RESTING_MARK)]


def out_of_rotation(member: Member, provider: str | None) -> Member:
    """Return a member that gets no new requests, in the way that the provider knows."""
    off = {"weight": 0} if abilities(provider).weights else {"admin_state_up": False}
    return replace(member, settings={**member.settings, **off})


def resting(member: Member, provider: str | None, declared: int | None = None) -> Member:
    """Return a member out of rotation that remembers its weight.

    :param declared: the weight to remember when the member has none
    """
    if resting_weight(member) is not None:
        return member
    tags = sorted({*member.tags, f"{RESTING_MARK}{_weight_of(member, provider, declared)}"})
    off = out_of_rotation(member, provider)
    return replace(off, settings={**off.settings, "tags": tags})


def _weight_of(member: Member, provider: str | None, declared: int | None) -> int:
    """Return the weight to note; 0 for a member that somebody has taken out of rotation."""
    if not abilities(provider).weights:
        return int(member.settings.get("admin_state_up") is not False)
    weight = member.settings.get("weight")
    weight = declared if weight is None else weight
    return 1 if weight is None else weight
