# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Heat makes of the zones in what it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def zones_in(template: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """Return the properties of the zones of a template, by their numbers."""
    found = sorted(template["resources"].items())
    return {int(name[5:]): zone["properties"] for name, zone in found if name.startswith("zone_")}


def nested_id(what: str, number: int) -> str:
    """Return the id of the stack of a zone or its group."""
    return what if number == 1 else f"{what}{number}"


def nested_rows(sizes: Sequence[int], replacing: Collection[str]) -> list[tuple[str, str, str]]:
    """Return id, name and parent of the stacks of zones with so many replicas each, of their groups and the replicas.

    :param replacing: replicas beside which stands one that takes their place: both have the name
    """
    rows: list[tuple[str, str, str]] = []
    for number, size in enumerate(sizes, start=1):
        zone, group = nested_id("zone", number), nested_id("group", number)
        name = f"chat-zone_{number}-abc"
        rows += [(zone, name, "st1"), (group, f"{name}-group-def", zone)]
        before = sum(sizes[: number - 1])
        replicas = [f"r{replica}" for replica in range(before, before + size)]
        rows += [(replica, f"{name}-group-def-{replica}-ghi", group) for replica in replicas]
        rows += [(f"new-{one}", f"{name}-group-def-{one}-jkl", group) for one in replicas if one in replacing]
    return rows


def refused(stack: dict[str, Any] | None, body: dict[str, Any]) -> str | None:
    """Return what Heat finds wrong with an update; it judges sizes before it knows the servers."""
    if stack is not None and stack["stack_status"].startswith("DELETE_"):
        return "Updating a stack when it is deleting is not supported."
    declared = body["template"]["parameters"]
    for name in body["parameters"]:
        if name not in declared:
            return f"The Parameter ({name}) was not defined in template."
    for number, zone in zones_in(body["template"]).items():
        pinned, first = _fixed(body, number)
        if not zone["min_size"] <= (pinned or first) <= zone["max_size"]:
            return "DesiredCapacity must be between MinSize and MaxSize"
    return None


def sizes_after(sizes: list[int], body: dict[str, Any]) -> list[int]:
    """Return what the zones' own expressions give."""
    found = []
    for number, zone in zones_in(body["template"]).items():
        there = sizes[number - 1] if number <= len(sizes) else 0
        pinned, first = _fixed(body, number)
        within = max(zone["min_size"], min(zone["max_size"], there))
        found.append(pinned or (within if there else first))
    return found


def _fixed(body: dict[str, Any], number: int) -> tuple[int, int]:
    pinned, first = (int(body["parameters"].get(f"{what}_{number}", 0)) for what in ("pinned", "desired"))
    return pinned, first


def resource_row(name: str, kind: str, status: str, parent: str, stack: str) -> dict[str, Any]:
    """Return a resource as Heat lists it.

    :param parent: name of the resource that its stack is
    :param stack: id of its stack, where that is not the name
    """
    return {
        "resource_name": name,
        "resource_type": kind,
        "resource_status": status,
        "physical_resource_id": f"id-{name}",
        "links": [{"rel": "stack", "href": f"http://heat/v1/p1/stacks/x/{stack or parent}"}],
        "parent_resource": parent or None,
        "creation_time": "2026-01-01T00:00:00Z",
    }


def with_servers(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return resources, and a server for each replica that has none among them."""
    kind = "OS::Nova::Server"
    there = {one["parent_resource"] for one in resources if one["resource_type"] == kind}
    servers = [
        {
            **one,
            "resource_name": "server",
            "resource_type": kind,
            "resource_status": "CREATE_COMPLETE",
            "physical_resource_id": one["resource_name"].replace("r", "s"),
            "parent_resource": one["resource_name"],
        }
        for one in resources
        if one["resource_type"].startswith("replica-") and one["resource_name"] not in there
    ]
    return [*resources, *servers]


def parameters_of(template: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters of a stack as Heat tells them: also those that nobody gave, and all of them as texts."""
    declared = {name: each["default"] for name, each in template.get("parameters", {}).items() if "default" in each}
    return {name: str(value) for name, value in {**declared, **given}.items()}
