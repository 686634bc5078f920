# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a group is one that failed when it was made, before a single replica of it was in service. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import MEMBER_TYPE, SETTLED
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import REPLICA_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_tree import Tree

_CREATED = ("CREATE_COMPLETE", "CREATE_FAILED")
_NOT_MADE = ("INIT_COMPLETE", "CREATE_FAILED")


def never_served(found: Tree, resources: Iterable[Resource]) -> bool:
    """Return whether it is certain that no replica of a group has ever been in service.

    It is only so while nothing in it was updated and nothing is in progress: Heat does not list a replica that still
    serves while another one is to take its place.

    :param resources: of the group's stack, on all levels
    """
    new = found.root.status == "CREATE_FAILED" and all(stack.status in _CREATED for stack in found.nested)
    return new and not any(_serves(one) for one in resources)


def _serves(resource: Resource) -> bool:
    if resource.type == MEMBER_TYPE:
        return bool(resource.physical_id)
    whole = resource.type.startswith(REPLICA_FILE) or resource.name == SETTLED
    return whole and resource.status not in _NOT_MADE
