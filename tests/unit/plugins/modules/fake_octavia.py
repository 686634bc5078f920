# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Octavia and the part of Neutron it needs, which remember, behind the SDK's interface.

Only what cannot be provoked in a real cloud, or takes minutes there, is tested with it: the order of requests, refusals
at a given moment, states that do not end.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from openstack.network.v2.network import Network
from requests import Response

from .octavia_rows import KEYS, Row, balancer_of, deletion, forget, let_in_twice, on_port, parent_of, told, too_large
from .octavia_types import wrong

if TYPE_CHECKING:
    from unittest.mock import Mock

ROOT = "http://octavia"
RELATION = {"load_balancer_id": "loadbalancer_id"}

MEMBER = {"address": "10.0.0.11", "protocol_port": 8080}
CHAT: dict[str, Any] = {
    "name": "chat",
    "provider": "amphora",
    "vip_subnet": "private",
    "floating_ip_network": "public",
    "listeners": [{"name": "http", "protocol": "HTTP", "protocol_port": 80, "default_pool": "replicas"}],
    "pools": [
        {
            "name": "replicas",
            "protocol": "HTTP",
            "healthmonitor": {"type": "HTTP", "delay": 2, "timeout": 1, "max_retries": 1, "url_path": "/ready"},
            "members": [MEMBER],
        }
    ],
}
ABSENT = {"name": "chat", "state": "absent"}
UNSAID: Row = {"weight": 1, "backup": False, "name": ""}
"""What a member is when nothing is said of it."""


def only(rows: dict[str, Any]) -> Any:
    (row,) = rows.values()
    return row


def response(status: int, body: Any = None) -> Response:
    made = Response()
    made.status_code = status
    made.url = ROOT
    made.headers["x-openstack-request-id"] = "req-1"
    made.headers["content-type"] = "application/json"
    made._content = json.dumps(body).encode() if body is not None else b""
    return made


class Octavia:
    """Load balancers that are at work for some looks after each change.

    :ivar root: what it says at its root
    :ivar looks_until_active: how often a balancer is seen PENDING after a change, and so are members that were set
    :ivar outcomes: the statuses of balancers at the end of that, ACTIVE when there are none left
    :ivar undeleted: what is left of balancers at the end of their deletion, nothing when there are none left
    :ivar now: when members that are set were made or changed, as it tells; nothing unless that matters
    :ivar after: called with a balancer that has come to rest or is gone
    :ivar refuse: called with method and path before each write; an answer that is not None is given instead
    """

    def __init__(self, conn: Mock) -> None:
        self.rows: dict[str, dict[str, Row]] = {kind: {} for kind in KEYS}
        self.requests: list[tuple[str, str, Any]] = []
        self.root: Any = {"versions": [{"id": "v2.30"}]}
        self.looks_until_active = 1
        self.outcomes: list[str] = []
        self.undeleted: list[str] = []
        self.now: Callable[[], str] = str
        self.after: Callable[[Row], None] = lambda _balancer: None
        self.refuse: Callable[[str, str], Response | None] = lambda _method, _path: None
        self._pending: dict[str, int] = {}
        self._at_work: dict[str, list[Row]] = {}
        self._ids = itertools.count(1)
        self._conn, proxy = conn, conn.load_balancer
        proxy.get_endpoint.return_value = f"{ROOT}/v2.0"
        proxy.get.side_effect = self.get
        proxy.post.side_effect = lambda path, json: self.write("POST", path, json)
        proxy.put.side_effect = lambda path, json, params=None: self.write("PUT", path, json, params)
        proxy.delete.side_effect = lambda path, params=None: self.write("DELETE", path, None, params)
        proxy.providers.return_value = [Network(name=name) for name in ("amphora", "ovn")]

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path, _body in self.requests if method != "GET"]

    def get(self, path: str, params: Row | None = None) -> Response:
        self.requests.append(("GET", path, params))
        if path == f"{ROOT}/":
            return response(200, self.root)
        kind = [part for part in path.split("/") if part in KEYS][-1]
        if not path.endswith(kind):
            return self._show(kind, path.rsplit("/", 1)[-1])
        wanted = {RELATION.get(key, key): value for key, value in (params or {}).items()}
        if kind in ("members", "rules"):
            parents, wanted["owner"] = path.split("/")[-3:-1]
            if wanted["owner"] not in self.rows[parents]:
                return response(404, {"faultstring": "not found"})
        found = [row for row in self.rows[kind].values() if all(row.get(key) == wanted[key] for key in wanted)]
        for row in filter(self._has_rested, found if kind == "members" else ()):
            row["provisioning_status"] = "ACTIVE"
        return response(200, {kind: [told(self.rows, kind, row) for row in found]})

    def _show(self, kind: str, row_id: str) -> Response:
        row = self.rows[kind].get(row_id)
        if row and kind == "loadbalancers" and self._has_rested(row):
            self._rest(row)
        row = self.rows[kind].get(row_id)
        if row is None:
            return response(404, {"faultstring": "not found"})
        return response(200, {KEYS[kind]: told(self.rows, kind, row)})

    def _has_rested(self, row: Row) -> bool:
        """Whether this look is the one at which a row is seen to be at work no more."""
        left = self._pending.get(row["id"], 0)
        self._pending[row["id"]] = left - 1
        return left <= 0 and row["provisioning_status"].startswith("PENDING")

    def _rest(self, row: Row) -> None:
        deleted = row["provisioning_status"] == "PENDING_DELETE"
        if deleted and not self.undeleted:
            self.remove(row["id"])
        else:
            for part in self._at_work.pop(row["id"], ()):
                part["provisioning_status"] = "ACTIVE"
            outcomes = self.undeleted if deleted else self.outcomes
            row["provisioning_status"] = outcomes.pop(0) if outcomes else "ACTIVE"
        self.after(row)

    def remove(self, balancer_id: str) -> None:
        """Forget a balancer with everything below it, as after a deletion by somebody else."""
        forget(self.rows, "loadbalancers", balancer_id)

    def write(self, method: str, path: str, body: Any, params: Row | None = None) -> Response:
        self.requests.append((method, path, body))
        if (refused := self._refused(method, path, body)) is not None:
            return refused
        parts = path.removeprefix("/lbaas/").split("/")
        if method == "POST" and parts == ["loadbalancers"]:
            wanted = body["loadbalancer"]
            wanted, fault = on_port(self._conn.network.ports(id=wanted["vip_port_id"]), wanted)
            return response(400, fault) if fault else response(201, {"loadbalancer": self.create_tree(wanted)})
        balancer = balancer_of(self.rows, parts, body)
        if method == "DELETE" and parts[0] == "loadbalancers":
            status, fault = deletion(self.rows, balancer, params or {})
            if not fault:
                self._busy(balancer, "PENDING_DELETE")
            return response(status, fault)
        # Octavia looks at the part first.
        concerned = {**parent_of(self.rows, parts, body), "Load Balancer": balancer}
        for name, row in concerned.items():
            if row["provisioning_status"] != "ACTIVE":
                return response(409, {"faultstring": f"{name} {row['id']} is immutable and cannot be updated."})
        others = self.members(parts[1]) if method == "POST" and parts[-1] == "members" else []
        if any(all(row[key] == body["member"][key] for key in MEMBER) for row in others):
            return response(409, {"faultstring": "Another member on this pool is already using ip and protocol_port"})
        self._busy(balancer, "PENDING_UPDATE")
        changed = self.rows.get(parts[-2], {}).get(parts[-1]) if len(parts) > 1 else None
        self._at_work[balancer["id"]] = [*concerned.values(), *([changed] if changed else [])]
        for row in self._at_work[balancer["id"]]:
            row["provisioning_status"] = "PENDING_UPDATE"
        return self._change(method, parts, body, params or {})

    def _refused(self, method: str, path: str, body: Any) -> Response | None:
        large, fault = too_large(body), wrong(body) or let_in_twice(self.rows, body)
        refused = response(413, large) if large else self.refuse(method, path)
        return response(400, {"faultstring": fault}) if fault and refused is None else refused

    def _busy(self, row: Row, status: str) -> None:
        row["provisioning_status"] = status
        self._pending[row["id"]] = self.looks_until_active

    def _change(self, method: str, parts: list[str], body: Any, params: Row) -> Response:
        kind = parts[-1] if parts[-1] in KEYS else parts[-2]
        if kind == "members" and method == "PUT":
            self._set_members(parts[1], body["members"], additive="additive_only" in params)
            return response(202)
        if method == "DELETE":
            forget(self.rows, kind, parts[-1])
            return response(204)
        if method == "PUT":
            self.rows[kind][parts[-1]].update(body[KEYS[kind]])
            return response(200, body)
        owner = {"owner": parts[1]} if kind in ("rules", "members") else {}
        row = self.add(kind, **body[KEYS[kind]], **owner)
        if kind == "members":
            self._busy(row, "PENDING_CREATE")
        return response(201, {KEYS[kind]: row})

    def add(self, kind: str, **values: Any) -> Row:
        row_id = f"{KEYS[kind]}{next(self._ids)}"
        states = {"provisioning_status": "ACTIVE", "operating_status": "ONLINE"}
        defaults = {"id": row_id, "project_id": self._conn.current_project_id, "admin_state_up": True, **states}
        self.rows[kind][row_id] = {**defaults, **values}
        return self.rows[kind][row_id]

    def create_tree(self, body: Row) -> Row:
        listeners, pools = body.pop("listeners", []), body.pop("pools", [])
        body = {"provider": "amphora", "vip_address": "10.0.0.5", "vip_network_id": "n1", "vip_subnet_id": "s1", **body}
        balancer = self.add("loadbalancers", **body)
        self._busy(balancer, "PENDING_CREATE")
        ids = {}
        for pool in pools:
            monitor, members = pool.pop("healthmonitor", None), pool.pop("members", [])
            ids[pool["name"]] = self.add("pools", loadbalancer_id=balancer["id"], **pool)["id"]
            if monitor:
                self.add("healthmonitors", pool_id=ids[pool["name"]], **monitor)
            for member in members:
                self.add("members", owner=ids[pool["name"]], **{**UNSAID, **member})
        for listener in listeners:
            default, policies = listener.pop("default_pool", None), listener.pop("l7policies", [])
            refers = {"default_pool_id": ids[default["name"]]} if default else {}
            made = self.add("listeners", loadbalancer_id=balancer["id"], **listener, **refers)
            for policy in policies:
                rules, pool = policy.pop("rules"), policy.pop("redirect_pool", None)
                refers = {"redirect_pool_id": ids[pool["name"]]} if pool else {}
                policy_id = self.add("l7policies", listener_id=made["id"], **policy, **refers)["id"]
                for rule in rules:
                    self.add("rules", owner=policy_id, **rule)
        return balancer

    def _set_members(self, pool_id: str, members: list[Row], *, additive: bool) -> None:
        """What an entry leaves out is reset, as Octavia does it."""
        known = {(row["address"], row["protocol_port"]): row for row in self.members(pool_id)}
        for member in members:
            row = known.pop((member["address"], member["protocol_port"]), None)
            times = {"updated_at" if row else "created_at": self.now()}
            row = row or self.add("members", owner=pool_id)
            row.update({**UNSAID, **member, **times})
            self._busy(row, "PENDING_UPDATE")
        for row in known.values() if not additive else ():
            del self.rows["members"][row["id"]]

    def members(self, pool_id: str) -> list[Row]:
        return [row for row in self.rows["members"].values() if row["owner"] == pool_id]
