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

from ansible_collections.model_serving.openstack.plugins.module_utils import _heat_api, _heat_tree
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_stacks import zones_of
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import ZONE_FILE
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import GROUP
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import LONGEST_INTERVAL

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import Templates
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_tree import Tree
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

POLICY_TYPE = "OS::Heat::ScalingPolicy"
AT_WORK = 30
"""Seconds for which a group may be noted as being scaled at most while none of its stacks is in progress.

That is so for a moment before a scaling and after it.
"""


def held_up(context: Context, found: Tree, wanted: Templates | None) -> bool:
    """Return whether Heat ignores all signals for a zone. One call for each zone of a group that is scaled.

    :param found: the stacks of the group
    """
    if wanted is None or POLICY_TYPE not in wanted.files[ZONE_FILE]:
        return False
    latest: Tree | None = found
    patience = context.deadline.fresh(AT_WORK)
    while latest and not _busy(latest) and any(_noted(context, zone) for zone in zones_of(latest).values()):
        if patience.expired():
            return True
        patience.sleep(LONGEST_INTERVAL)
        latest = _heat_tree.tree(context.conn.orchestration, found.root.name)
    return False


def _busy(found: Tree) -> bool:
    return any(stack.busy for stack in (found.root, *found.nested))


def _noted(context: Context, zone: Stack) -> bool:
    return bool(_heat_api.metadata(context.conn.orchestration, zone.path, GROUP).get("scaling_in_progress"))
