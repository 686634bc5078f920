# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Heat itself says that it would do.

Heat's preview of an update with C(show_nested) fails with an error of its own as soon as a group is among the stacks
(seen with Heat 27: C(TypeError) in C(fmt_action_map)). So each level is asked by itself.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import GROUP_TYPE
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt, checked
from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import KIND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openstack.orchestration.v1._proxy import Proxy

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack, StackRequest

CHANGES = ("added", "updated", "replaced", "deleted")
Changes = dict[str, dict[str, str]]
"""Kind of change, name of the resource, its type."""


def creation(heat: Proxy, name: str, request: StackRequest) -> dict[str, int]:
    """Return how many resources of each type Heat would create, on all levels."""
    with attempt("preview the creation of", KIND, name):
        found = checked(heat.post("/stacks/preview", json={"stack_name": name, **request.body()})).json()["stack"]
    return dict(sorted(Counter(_types(found["resources"])).items()))


def _types(resources: list[Any]) -> list[str]:
    # The resources of a nested stack are a list in the place of the resource that it is.
    return [
        kind for one in resources for kind in (_types(one) if isinstance(one, list) else [str(one["resource_type"])])
    ]


def update(heat: Proxy, stack: Stack, request: StackRequest) -> Changes:
    """Return what Heat would change in a stack, without those that are nested in it."""
    with attempt("preview the update of", KIND, stack.name, stack.id):
        found = checked(heat.put(f"{stack.path}/preview", json=request.body())).json()["resource_changes"]
    return {
        kind: {one["resource_name"]: one["resource_type"] for one in found[kind]} for kind in CHANGES if found[kind]
    }


def meant(changes: Changes, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the names of what changes, without what Heat names although it is the same in both templates.

    In a preview, references from one resource to another have no value yet, and Heat takes that for a difference.
    Nested stacks and groups stay: what changes in them is not written where they are.

    :param before: the template that the stack was made from
    :param after: the template that it is to be made from
    """
    was, will = before.get("resources", {}), after.get("resources", {})

    def is_meant(name: str, resource_type: str) -> bool:
        nested = not resource_type.startswith("OS::") or resource_type == GROUP_TYPE
        return nested or was.get(name) != will.get(name)

    named = {kind: sorted(name for name in found if is_meant(name, found[name])) for kind, found in changes.items()}
    return {kind: names for kind, names in named.items() if names}
