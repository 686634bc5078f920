# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Heat's stacks in the words of its API, over the session of openstacksdk's orchestration proxy.

The SDK has no PATCH of a stack and no preview of an update; and its stack has only a part of what a listing returns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt, checked
from ansible_collections.model_serving.openstack.plugins.module_utils._project import project_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openstack.connection import Connection
    from openstack.orchestration.v1._proxy import Proxy

KIND = "stack"
NOT_FOUND = 404
GONE = "DELETE_COMPLETE"
"""Status of a stack that Heat only remembers."""
DEPTH = 5
"""Levels of nested stacks that Heat allows at most by default; ours are three."""
SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack as Heat lists it.

    :param parent: id of the stack that it is nested in
    :param owner: name of the user who made it
    """

    id: str
    name: str
    status: str
    reason: str = ""
    tags: tuple[str, ...] = ()
    updated_at: str | None = None
    parent: str | None = None
    owner: str | None = None

    @property
    def path(self) -> str:
        # With the name alone Heat answers with a redirection first.
        return f"/stacks/{self.name}/{self.id}"

    @property
    def busy(self) -> bool:
        return self.status.endswith("_IN_PROGRESS")

    @property
    def failed(self) -> bool:
        return self.status.endswith("_FAILED")

    @property
    def suspended(self) -> bool:
        return self.status.startswith("SUSPEND_")


@dataclass(frozen=True, kw_only=True)
class StackRequest:
    """What a stack shall be made from."""

    template: Mapping[str, Any]
    files: Mapping[str, str] = field(repr=False)
    parameters: Mapping[str, Any]
    tags: Sequence[str]
    timeout_mins: int

    def body(self) -> dict[str, Any]:
        return {
            "template": dict(self.template),
            "files": dict(self.files),
            "parameters": dict(self.parameters),
            "tags": ",".join(self.tags),
            "timeout_mins": self.timeout_mins,
            "disable_rollback": True,
        }


def stack_of(found: Mapping[str, Any]) -> Stack:
    """Return a stack out of an answer of Heat."""
    return Stack(
        id=found["id"],
        name=found["stack_name"],
        status=found["stack_status"],
        reason=found.get("stack_status_reason") or "",
        tags=tuple(found.get("tags") or ()),
        updated_at=found.get("updated_time") or found.get("creation_time"),
        parent=found.get("parent"),
        owner=found.get("stack_owner"),
    )


def listed(conn: Connection, **query: str) -> list[Stack]:
    """Return the project's own stacks, without nested ones unless the query asks for them. One call.

    To an administrator, Heat lists those of all projects (C(_query_stack_get_all) in C(heat/db/api.py)), and lets them
    be changed. To others, it does not name the project of a stack.
    """
    own = project_id(conn)
    found = checked(conn.orchestration.get("/stacks", params={**query, "tenant": own})).json()["stacks"]
    return [stack_of(one) for one in found if one["stack_status"] != GONE and one.get("project", own) == own]


def every(conn: Connection) -> list[Stack]:
    """Return all stacks of the project but nested ones, by name. One call."""
    with attempt("list", "stacks"):
        return sorted(listed(conn), key=lambda stack: stack.name)


def show(heat: Proxy, stack: Stack) -> dict[str, Any]:
    """Return all that Heat says of a stack, but its outputs."""
    with attempt("look at", KIND, stack.name, stack.id):
        found: dict[str, Any] = checked(heat.get(stack.path, params={"resolve_outputs": "false"})).json()["stack"]
    return found


def again(heat: Proxy, stack: Stack) -> Stack | None:
    """Return a stack as it is now, C(None) when it is gone."""
    try:
        found = stack_of(show(heat, stack))
    except CloudError as error:
        if error.status != NOT_FOUND:
            raise
        return None
    return None if found.status == GONE else found


def parameters(heat: Proxy, stack: Stack) -> dict[str, str]:
    """Return the parameters of a stack as Heat has them, all of them texts, without Heat's own ones."""
    found: dict[str, str] = show(heat, stack).get("parameters") or {}
    return {name: value for name, value in found.items() if not name.startswith("OS::")}


def time_limit(heat: Proxy, stack: Stack) -> float:
    """Return the seconds that Heat has for a change of a stack; 0 when it was told none."""
    return float(SECONDS_PER_MINUTE * (show(heat, stack).get("timeout_mins") or 0))


def create(heat: Proxy, name: str, request: StackRequest) -> Stack:
    """Create a stack; it is in progress then."""
    with attempt("create", KIND, name):
        made = checked(heat.post("/stacks", json={"stack_name": name, **request.body()})).json()["stack"]
    return Stack(id=made["id"], name=name, status="CREATE_IN_PROGRESS", tags=tuple(request.tags))


def update(heat: Proxy, stack: Stack, request: StackRequest) -> None:
    """Make a stack into what the request says, with nothing kept of what it leaves out."""
    with attempt("update", KIND, stack.name, stack.id):
        checked(heat.put(stack.path, json=request.body()))


def patch(heat: Proxy, stack: Stack, parameters: Mapping[str, Any], tags: Sequence[str] | None = None) -> None:
    """Update a stack with some other parameters and, if given, tags; everything else as it is."""
    body = {"parameters": dict(parameters), "disable_rollback": True}
    with attempt("update", KIND, stack.name, stack.id):
        checked(heat.patch(stack.path, json=body if tags is None else {**body, "tags": ",".join(tags)}))


def resume(heat: Proxy, stack: Stack) -> None:
    """Resume a stack that is suspended; it is in progress then."""
    with attempt("resume", KIND, stack.name, stack.id):
        checked(heat.post(f"{stack.path}/actions", json={"resume": None}))


def delete(heat: Proxy, stack: Stack) -> None:
    """Delete a stack; no error when it is gone."""
    with attempt("delete", KIND, stack.name, stack.id):
        response = heat.delete(stack.path)
        if response.status_code != NOT_FOUND:
            checked(response)


def template(heat: Proxy, stack: Stack) -> dict[str, Any]:
    """Return the template of a stack."""
    with attempt("read the template of", KIND, stack.name, stack.id):
        found: dict[str, Any] = checked(heat.get(f"{stack.path}/template")).json()
    return found


def files(heat: Proxy, stack: Stack) -> dict[str, str]:
    """Return the files of a stack by name."""
    with attempt("read the files of", KIND, stack.name, stack.id):
        found: dict[str, str] = checked(heat.get(f"{stack.path}/files")).json()
    return found
