# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the rows of the fake Octavia hang together: what belongs to what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openstack.network.v2.port import Port

Row = dict[str, Any]
Rows = dict[str, dict[str, Row]]
KEYS = {
    "loadbalancers": "loadbalancer",
    "listeners": "listener",
    "pools": "pool",
    "healthmonitors": "healthmonitor",
    "l7policies": "l7policy",
    "rules": "rule",
    "members": "member",
}
PARENTS = {"members": ("Pool", "pools"), "healthmonitors": ("Pool", "pools"), "rules": ("L7Policy", "l7policies")}
"""What has to be ACTIVE for a change of what belongs to it, as the API calls it and where it is."""
BELOW = {
    "listeners": ("loadbalancers", "loadbalancer_id"),
    "pools": ("loadbalancers", "loadbalancer_id"),
    "l7policies": ("listeners", "listener_id"),
    "rules": ("l7policies", "owner"),
    "healthmonitors": ("pools", "pool_id"),
    "members": ("pools", "owner"),
}
"""What belongs to what, and which value says so."""

MOST_BYTES = 114688
"""What its middleware takes (C(oslo_middleware/sizelimit.py))."""


def too_large(body: Any) -> Row | None:
    """What it answers to a request that its middleware does not take."""
    if len(json.dumps(body)) <= MOST_BYTES:
        return None
    return {"faultstring": f"Request is too large. Larger than max_request_body_size ({MOST_BYTES})."}


def let_in_twice(rows: Rows, body: Any) -> str:
    """What it answers to a new listener with networks where security groups decide (C(controllers/listener.py))."""
    asked = body if isinstance(body, dict) else {}
    balancer, listeners = asked.get("loadbalancer", {}), asked.get("loadbalancer", {}).get("listeners", ())
    if listener := asked.get("listener", {}):
        balancer, listeners = rows["loadbalancers"].get(listener.get("loadbalancer_id"), {}), (listener,)
    twice = balancer.get("vip_sg_ids") and any(each.get("allowed_cidrs") for each in listeners)
    return "Allowed CIDRs are not allowed when using custom VIP Security Groups." if twice else ""


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


def balancer_of(rows: Rows, parts: list[str], body: Any) -> Row:
    """The load balancer that a request is about."""
    if parts[0] == "loadbalancers":
        return rows["loadbalancers"][parts[1]]
    inner: Row = next(iter((body or {"": {}}).values())) if len(parts) == 1 else rows[parts[0]][parts[1]]
    if "loadbalancer_id" in inner:
        return rows["loadbalancers"][inner["loadbalancer_id"]]
    parent = {"l7policies": "listener_id", "healthmonitors": "pool_id"}[parts[0]]
    owner = rows["listeners" if parent == "listener_id" else "pools"][inner[parent]]
    return rows["loadbalancers"][owner["loadbalancer_id"]]


def on_port(ports: Iterable[Port], body: Row) -> tuple[Row, Row | None]:
    """A load balancer that the API is asked for with where its addresses are, and why it is refused.

    :param ports: the VIP port, if it is there
    """
    fixed = [each for port in ports for each in port.fixed_ips]
    known = {each["subnet_id"]: each["ip_address"] for each in fixed}
    further = [{"ip_address": known.get(vip["subnet_id"], ""), **vip} for vip in body.get("additional_vips", ())]
    if "vip_subnet_id" in body:
        fixed = [each for each in fixed if each["subnet_id"] == body["vip_subnet_id"]][:1]
    if len(fixed) != 1:
        return body, {"faultstring": "VIP port's subnet could not be determined."}
    place = {"vip_subnet_id": fixed[0]["subnet_id"], "vip_address": fixed[0]["ip_address"]}
    return {**body, **place, "additional_vips": further}, None


def forget(rows: Rows, kind: str, row_id: str) -> None:
    """Remove a row with everything below it."""
    del rows[kind][row_id]
    for child, (above, relation) in BELOW.items():
        for each in [each for each, row in rows[child].items() if above == kind and row.get(relation) == row_id]:
            forget(rows, child, each)


def deletion(rows: Rows, balancer: Row, params: Row) -> tuple[int, Row | None]:
    """What the API answers to the deletion of a load balancer: the status, and what is wrong with it."""
    below = [row for kind in ("listeners", "pools") for row in rows[kind].values()]
    status, fault = 204, ""
    if balancer["provisioning_status"].startswith("PENDING"):
        status, fault = (
            409,
            f"Invalid state {balancer['provisioning_status']} of loadbalancer resource {balancer['id']}",
        )
    if params.get("cascade") != "true" and any(row["loadbalancer_id"] == balancer["id"] for row in below):
        status, fault = 400, f"Validation failure: Cannot delete Load Balancer {balancer['id']} - it has children"
    return status, {"faultstring": fault} if fault else None
