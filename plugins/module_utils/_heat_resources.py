# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resources of Heat's stacks, in the words of its API: the SDK has no mark of a resource."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt, checked
from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import DEPTH, KIND, NOT_FOUND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openstack.orchestration.v1._proxy import Proxy

    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of a stack or of one nested in it.

    :param stack: path of the stack that has it
    :param parent: name of the resource that this stack is, C(None) on the first level
    :param created_at: as Heat writes it
    """

    name: str
    type: str
    status: str
    stack: str
    physical_id: str
    parent: str | None = None
    created_at: str = ""

    @property
    def busy(self) -> bool:
        return self.status.endswith("_IN_PROGRESS")

    @property
    def path(self) -> str:
        """The name behind that of its parent."""
        return "/".join(filter(None, (self.parent, self.name)))


def every(heat: Proxy, stack: Stack) -> list[Resource]:
    """Return the resources of a stack and of all that are nested in it. One call."""
    with attempt("list the resources of", KIND, stack.name, stack.id):
        params = {"nested_depth": str(DEPTH)}
        found = checked(heat.get(f"{stack.path}/resources", params=params)).json()["resources"]
    return [
        Resource(
            name=one["resource_name"],
            type=one["resource_type"],
            status=one["resource_status"],
            stack=_stack_path(one["links"]),
            physical_id=one["physical_resource_id"] or "",
            parent=one.get("parent_resource"),
            created_at=one.get("creation_time") or "",
        )
        for one in found
    ]


def _stack_path(links: Sequence[Mapping[str, str]]) -> str:
    href = next(link["href"] for link in links if link["rel"] == "stack")
    return href[href.index("/stacks/") :]


def metadata(heat: Proxy, stack_path: str, resource: str) -> dict[str, Any]:
    """Return the metadata of a resource; those of a handle are the signals that it got."""
    with attempt("read the metadata of", "resource", resource):
        response = heat.get(f"{stack_path}/resources/{resource}/metadata")
        found: dict[str, Any] = {}
        if response.status_code != NOT_FOUND:
            found = checked(response).json()["metadata"] or {}
    return found


def mark(heat: Proxy, stack_path: str, resource: str, *, unhealthy: bool, reason: str) -> None:
    """Mark a resource as unhealthy, so that the next update replaces it; or take that back."""
    with attempt("mark", "resource", resource):
        body = {"mark_unhealthy": unhealthy, "resource_status_reason": reason}
        checked(heat.patch(f"{stack_path}/resources/{resource}", json=body))
