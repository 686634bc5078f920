# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What alarms and other users do to an autoscaling group while a run is at it.

Between the first look at a group and an update of it may lie minutes: members get time to become healthy, a move waits
for Heat. The whole of an update is written at once, so what came in between would be undone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_api
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_finish import finish_update
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_quiet import latest, settled
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_stacks import sizes_of
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import KIND
from ansible_collections.model_serving.openstack.plugins.module_utils._outdated import OutdatedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context


class GroupChangedError(OutdatedError):
    """A group is another one than an update was decided for."""

    remedy = "What to do is decided again now."


def refuse_outdated(context: Context, stack: Stack, sizes: tuple[int, ...], *, held_up: bool = False) -> None:
    """Wait until nothing is in progress, and make sure that a group is still what an update was decided for.

    An update that fixes sizes would remove the oldest servers of a zone that has grown, and so would its way back.

    :param stack: the group's as it was then
    :param sizes: of its zones, as they were then
    :param held_up: whether it was held up then
    :raises GroupChangedError: when sizes or tags are others now
    """
    found = settled(context, stack.name, held_up=held_up)
    if found is None:
        return  # The update says so.
    now = sizes_of(found)
    if now == sizes and set(found.root.tags) == set(stack.tags):
        return
    raise GroupChangedError(
        "update",
        KIND,
        stack.name,
        resource_id=stack.id,
        answer=(
            f"its zones had {_listed(sizes)} servers when the run looked, and have {_listed(now)} now"
            if now != sizes
            else "somebody has suspended or resumed processes of it, or updated it, since the run looked"
        ),
        hint="If that happens again and again, suspend its scaling (autoscaling_capacity) for the time of the run.",
    )


def _listed(sizes: Iterable[int]) -> str:
    return " and ".join(map(str, sizes))


def release(context: Context, stack: Stack, parameters: Mapping[str, Any], *tags: str) -> None:
    """Take back what was so for one update only. Other tags stay: somebody may have suspended a process meanwhile.

    :param parameters: what takes its place
    :param tags: what goes
    """
    found = latest(context, stack)
    kept = [tag for tag in found.tags if tag not in tags]
    _heat_api.patch(context.conn.orchestration, found, parameters, kept)
    finish_update(context, found)
