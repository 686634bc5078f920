# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the rows of the fake Octavia hang together: what belongs to what."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
Rows = dict[str, dict[str, Row]]
PARENTS = {"members": ("Pool", "pools"), "healthmonitors": ("Pool", "pools"), "rules": ("L7Policy", "l7policies")}
"""What has to be ACTIVE for a change of what belongs to it, as the API calls it and where it is."""


def told(rows: Rows, kind: str, row: Row) -> Row:
    """A row as the API tells it, with the ids of what belongs to it."""
    told = {key: value for key, value in row.items() if key != "owner"}

    def below(child: str, relation: str) -> list[Row]:
        return [{"id": each["id"]} for each in rows[child].values() if each.get(relation) == row["id"]]

    if kind in ("listeners", "pools"):
        told["loadbalancers"] = [{"id": told.pop("loadbalancer_id")}]
    if kind == "listeners":
        told["l7policies"] = below("l7policies", "listener_id")
    if kind == "l7policies":
        told["rules"] = below("rules", "owner")
    if kind == "pools":
        told["members"] = below("members", "owner")
        monitors = below("healthmonitors", "pool_id")
        told["healthmonitor_id"] = monitors[0]["id"] if monitors else None
    if kind == "healthmonitors":
        told["pools"] = [{"id": row["pool_id"]}]
    return told


def parent_of(rows: Rows, parts: list[str], body: Any) -> dict[str, Row]:
    """The pool or L7 policy to which belongs what a request is about, by what the API calls it."""
    kind = next(part for part in reversed(parts) if part in rows)
    if kind not in PARENTS:
        return {}
    name, where = PARENTS[kind]
    if kind != "healthmonitors":
        return {name: rows[where][parts[1]]}
    monitor: Row = rows[kind][parts[1]] if len(parts) > 1 else body["healthmonitor"]
    return {name: rows[where][monitor["pool_id"]]}
