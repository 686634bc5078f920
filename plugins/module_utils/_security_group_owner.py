# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose a security group is that has the wanted name. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._security_group_plan import Desired, Group


def marks_of(desired: Desired) -> list[str]:
    """Return, in words, what tells a group of ours from others, tags first."""
    tags = [f"the tag {tag!r}" for tag in desired.tags or ()]
    return [*tags, f"the description {desired.description!r}"] if desired.description else tags


def foreign(desired: Desired, group: Group) -> str:
    """Return why a group must not be touched, an empty text when it may be.

    The description counts, too: Neutron sets tags by a request of its own, and a run can be killed before it.
    """
    described = bool(desired.description) and group.description == desired.description
    if desired.adopt or described or set(desired.tags or ()) & set(group.tags):
        return ""
    has = f"its description is {group.description!r}, its tags are {', '.join(sorted(group.tags)) or 'none'}"
    lacks = " and ".join(marks_of(desired))
    return f"security group {group.name!r} ({group.id}) is somebody else's: {has}, and it lacks {lacks}"
