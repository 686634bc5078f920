# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets whose models move from one to another, and requests that look who answers meanwhile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils._arrival import early_fleets, held_tree
from ansible_collections.model_serving.openstack.plugins.plugin_utils._routing import balancer_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..conftest import RunModule
    from .fake_octavia import Octavia

    Groups = Sequence[dict[str, Any]]

LETTERS, WORDS = "/v2/models/letters/infer", "/v2/models/words/infer"
PATHS = (LETTERS, WORDS, "/v2/models/digits/infer")
MAIN = "replicas-http"


def server(number: int) -> dict[str, Any]:
    return {"name": f"s{number}", "status": "ACTIVE", "addresses": {"private": [f"10.0.0.{number}"]}}


def group(name: str, *servers: int, routes: tuple[str, ...] = (), pool: str | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "pool": pool or f"{name}-http",
        "server_port": 8080,
        "servers": [server(number) for number in servers],
        "routes": [{"path": f"/v2/models/{model}"} for model in routes],
    }


ALL_IN_ONE = [group("chat", 1, 2, pool=MAIN)]
APART = [*ALL_IN_ONE, group("chat.l", 3, routes=("letters",))]
TAKEN_OVER = [*ALL_IN_ONE, group("chat.new", 4, routes=("letters", "words"))]
JOINED = [group("words", 9, pool="words-http", routes=("words",))]


def untouched(groups: Groups, name: str) -> Groups:
    """Return groups of which one has not been changed yet, so that its members stay."""
    return [{**one, "servers": None} if one["name"] == name else one for one in groups]


class Requests:
    """Who answers requests, and whether anybody does, at each look at the load balancer and before each write."""

    def __init__(self, octavia: Octavia, run_module: RunModule) -> None:
        self.octavia, self.run_module = octavia, run_module
        self.lost: set[str] = set()
        self._add = octavia.add
        octavia.add = self._add_untested  # type: ignore[method-assign]
        octavia.after = lambda _balancer: self.go_on()
        octavia.refuse = lambda _method, _path: self._look()
        self.deploy(ALL_IN_ONE)
        self.lost.clear()

    def deploy(self, groups: Groups, service: str | None = None, *, held: bool = False) -> dict[str, Any]:
        monitor = {"type": "TCP", "delay": 2, "timeout": 1, "max_retries": 1}
        tree = balancer_tree(groups, "HTTP", 80, healthmonitor=monitor, service=service)
        if held:
            tree = held_tree(tree, self.balancer, service)
        whose = {"service": service} if service else {"vip_subnet": "private", "provider": "amphora"}
        answer = self.run_module("load_balancer", {"name": "chat", **whose, **tree, "wait_for_members": "all"})
        assert not answer.get("failed"), answer["msg"]
        return answer

    @property
    def balancer(self) -> dict[str, Any]:
        (found,) = self.run_module("load_balancer_info", {"name": "chat"})["load_balancers"]
        return dict(found)

    def early(self, groups: Groups, service: str | None = None) -> list[str]:
        return early_fleets(groups, self.balancer, "HTTP", 80, service)

    def pools_of(self, path: str) -> set[str]:
        """Return the names of the pools that can get a request: several when one of its policies is about to go."""
        rows = self.octavia.rows
        taking = {
            rows["pools"][policy["redirect_pool_id"]]["name"]
            for policy in rows["l7policies"].values()
            if policy["admin_state_up"]
            and (rules := [rule for rule in rows["rules"].values() if rule["owner"] == policy["id"]])
            and all(rule["type"] == "PATH" and re.search(rule["value"], path) for rule in rules)
        }
        return taking or {MAIN}

    def _add_untested(self, kind: str, **values: Any) -> dict[str, Any]:
        row = self._add(kind, **values)
        if kind == "members":
            row["operating_status"] = "OFFLINE"
        return row

    def _look(self) -> None:
        rows = self.octavia.rows
        for path in PATHS:
            pools = [pool for pool in rows["pools"].values() if pool["name"] in self.pools_of(path)]
            for pool in pools:
                if all(member["operating_status"] == "OFFLINE" for member in self.octavia.members(pool["id"])):
                    self.lost.add(f"{path} at {pool['name']}")

    def go_on(self) -> None:
        """Let Octavia test the pools that its configuration has, some time later."""
        self._look()
        rows = self.octavia.rows
        ruled = {rule["owner"] for rule in rows["rules"].values()}
        inside = {one.get("default_pool_id") for one in rows["listeners"].values()}
        for policy in rows["l7policies"].values():
            inside |= {policy["redirect_pool_id"]} if policy["admin_state_up"] and policy["id"] in ruled else set()
        for member in rows["members"].values():
            member["operating_status"] = "ONLINE" if member["owner"] in inside else "OFFLINE"
