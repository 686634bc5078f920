# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups that Heat does not scale any more because one of its engines has died while it did.

Heat notes in the metadata of a group that it is being scaled, and ignores all signals until the engine that wrote this
has taken it back (C(_check_scaling_allowed) in C(heat/scaling/cooldown.py)). When an engine starts, it does not look
for such notes. Any update of the group takes them back, but a group that nobody changes gets none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_resources, _heat_tree
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_stacks import zones_of
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import ZONE_FILE
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import GROUP, POLICY_TYPE

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import Templates
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_tree import Tree
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

AT_WORK = 30
"""Seconds for which a group may be noted as being scaled at most while none of its stacks is in progress.

That is so for a moment before a scaling and after it.
"""
BETWEEN_LOOKS = 10
"""Seconds. To tell a group's metadata, Heat looks at all of its members."""


def held_up(context: Context, found: Tree, wanted: Templates | None) -> bool:
    """Return whether Heat ignores all signals for a zone. One call for each zone of a group that is scaled.

    :param found: the stacks of the group
    """
    if wanted is None or POLICY_TYPE not in wanted.files[ZONE_FILE]:
        return False
    latest: Tree | None = found
    patience = context.deadline.fresh(min(AT_WORK, context.deadline.remaining()))
    while latest and not latest.busy and noted(context, latest):
        if patience.expired():
            return True
        patience.sleep(BETWEEN_LOOKS)
        latest = _heat_tree.tree(context.conn, found.root.name)
    return False


def noted(context: Context, found: Tree) -> bool:
    """Return whether a zone is noted as being scaled. One call for each zone."""
    zones = zones_of(found).values()
    heat = context.conn.orchestration
    return any(_heat_resources.metadata(heat, zone.path, GROUP).get("scaling_in_progress") for zone in zones)
