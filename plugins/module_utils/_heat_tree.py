# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stack of Heat with all stacks that are nested in it, in one call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_api
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt

if TYPE_CHECKING:
    from openstack.connection import Connection

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack


RESUME_FAILED = "RESUME_FAILED"
HALF_RESUMED = (RESUME_FAILED, "RESUME_IN_PROGRESS")


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A stack with those that are nested in it, level by level."""

    root: Stack
    levels: tuple[tuple[Stack, ...], ...] = ()

    @property
    def nested(self) -> list[Stack]:
        """Return the stacks of all levels but the first."""
        return [stack for level in self.levels for stack in level]

    @property
    def stacks(self) -> list[Stack]:
        """Return the stacks of all levels, the uppermost first."""
        return [self.root, *self.nested]

    @property
    def busy(self) -> bool:
        """Whether anything is in progress."""
        return any(stack.busy for stack in self.stacks)

    @property
    def suspended(self) -> Stack | None:
        """Return the uppermost stack that is suspended with all its servers and that nobody has begun to resume.

        Heat takes no update of it.
        """
        left = self.left_suspended
        return next((stack for stack in self._suspended() if stack not in left), None)

    @property
    def left_suspended(self) -> list[Stack]:
        """Return the stacks that are suspended although one that they are nested in was resumed, the uppermost first.

        Heat resumes nothing more when one part has failed, nothing that could not be suspended, and never gets over
        the delay of a replica (C(check_resume_complete) in C(heat/engine/resources/openstack/heat/delay.py)).
        """
        above = {stack.id: stack for stack in self.stacks}

        def resumed(stack: Stack) -> bool:
            parent = above.get(stack.parent or "")
            return parent is not None and (parent.status in HALF_RESUMED or resumed(parent))

        return [stack for stack in self._suspended() if resumed(stack)]

    @property
    def half_resumed(self) -> Stack | None:
        """Return the uppermost stack that Heat has failed to resume, C(None) when there is none."""
        return next((stack for stack in self.stacks if stack.status == RESUME_FAILED), None)

    def _suspended(self) -> list[Stack]:
        if self.root.status.startswith("DELETE_"):
            return []
        return [stack for stack in self.stacks if stack.suspended]

    def level(self, number: int) -> list[Stack]:
        """Return the stacks of a level that are to stay, by name; 1 is the level below the root."""
        found = self.levels[number - 1] if number <= len(self.levels) else ()
        return sorted((one for one in found if not one.status.startswith("DELETE_")), key=lambda one: one.name)


def tree(conn: Connection, name: str) -> Tree | None:
    """Return the stack of a name with all that are nested in it. One call.

    Heat can filter by C(owner_id), but that gives one level only and would take a request for each. Without it, the
    nested stacks of the whole project come along: rows of one table, for which it reads no template.
    """
    with attempt("look up", _heat_api.KIND, name):
        there = _heat_api.listed(conn, show_nested="true")
    # Heat keeps the names of stacks that are not nested unique in a project.
    root = next((stack for stack in there if stack.name == name and stack.parent is None), None)
    if root is None:
        return None
    levels: list[tuple[Stack, ...]] = []
    parents = {root.id}
    while level := tuple(stack for stack in there if stack.parent in parents):
        levels.append(level)
        parents = {stack.id for stack in level}
    return Tree(root=root, levels=tuple(levels))
