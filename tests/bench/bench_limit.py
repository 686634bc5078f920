# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same as the playbooks do, in one process with as few calls as the APIs allow: bench_limit.py CASE VARIABLES.json

It knows what it finds and handles no failure, so it is no way to keep a service; it shows what cannot be undercut.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import openstack

T = TypeVar("T")

INTERVAL = 1.0  # seconds
PORT = 8080


def until(look: Callable[[], T | None], timeout: float) -> T:
    """Look until something is seen, and return it."""
    end = time.monotonic() + timeout
    while (seen := look()) is None:
        if time.monotonic() > end:
            raise SystemExit("the limit's waiting took too long")
        time.sleep(INTERVAL)
    return seen


class Limit:
    """A deployment and its changes, made with the names and values of the benchmark's variables."""

    def __init__(self, variables: dict[str, Any]) -> None:
        self.given = variables
        self.name: str = variables["bench_name"]
        self.count: int = variables["bench_replicas"]
        self.timeout: float = variables["bench_timeout"]
        self.conn = openstack.connect()
        self.network = self.conn.network
        self.compute: Any = self.conn.compute
        self.balancing: Any = self.conn.load_balancer

    def first(self) -> None:
        group = self.network.create_security_group(name=self.name)
        self.network.create_security_group_rule(
            security_group_id=group.id, direction="ingress", protocol="tcp", port_range_min=PORT, port_range_max=PORT
        )
        policy = self.compute.create_server_group(name=self.name, policy=self.given["bench_policy"])
        servers = self.create(self.count, policy.id, self.ids())
        balancer = self.balancing.create_load_balancer(**self.tree(servers))
        self.balanced(balancer.id)

    def rerun(self) -> None:
        """See that everything is as the variables say."""
        groups = list(self.network.security_groups(name=self.name))
        policies = [group for group in self.compute.server_groups() if group.name == self.name]
        servers = self.replicas()
        balancers = list(self.balancing.load_balancers(name=self.name))
        members = self.members(balancers[0].pools[0]["id"])
        if (len(groups), len(policies), len(servers), len(balancers)) != (1, 1, self.count, 1):
            raise SystemExit("something is missing or too much")
        if members != {address(server) for server in servers}:
            raise SystemExit("the members are not the servers")

    def change(self) -> None:
        """Replace all servers. Nova deletes one by one."""
        old = self.replicas()
        for server in old:
            self.compute.delete_server(server.id)
        until(lambda: None if self.replicas() else True, self.timeout)
        policy = next(group for group in self.compute.server_groups() if group.name == self.name)
        self.refill(self.create(self.count, policy.id, self.ids()))

    def add_one(self) -> None:
        policy = next(group for group in self.compute.server_groups() if group.name == self.name)
        self.refill(self.create(1, policy.id, self.ids(), beside=self.count - 1), additive=True)

    def ids(self) -> dict[str, str]:
        flavors = {flavor.name: flavor.id for flavor in self.compute.flavors(details=False)}
        return {
            "image_id": next(self.conn.image.images(name=self.given["bench_image"])).id,
            "flavor_id": flavors[self.given["bench_flavor"]],
            "network": next(self.network.networks(name=self.given["bench_network"])).id,
        }

    def create(self, count: int, group: str, ids: dict[str, str], beside: int = 0) -> list[Any]:
        """Create servers with one call, wait until they run, and return the new ones."""
        known = {server.id for server in self.replicas()} if beside else set()
        zone = {"availability_zone": self.given["bench_zone"]} if self.given["bench_zone"] else {}
        self.compute.create_server(
            name=self.name,
            image_id=ids["image_id"],
            flavor_id=ids["flavor_id"],
            networks=[{"uuid": ids["network"]}],
            security_groups=[{"name": self.name}],
            scheduler_hints={"group": group},
            user_data=base64.b64encode(self.given["bench_user_data"].encode()).decode(),
            min_count=count,
            max_count=count,
            **zone,
        )

        def running() -> list[Any] | None:
            # Nova says this with a hundredth of the work that a listing with details is.
            if any(self.compute.servers(details=False, name=self.name, status="BUILD", limit=1)):
                return None
            servers = self.replicas()
            if any(server.status == "ERROR" for server in servers):
                raise SystemExit("a server is in ERROR")
            active = [server for server in servers if server.status == "ACTIVE"]
            return active if len(active) == count + beside else None

        return [server for server in until(running, self.timeout) if server.id not in known]

    def replicas(self) -> list[Any]:
        return list(self.compute.servers(details=True, name=self.name))

    def tree(self, servers: list[Any]) -> dict[str, Any]:
        """Return the whole load balancer for one request."""
        protocol, name = self.given["bench_protocol"], self.name
        subnet = next(self.network.subnets(name=self.given["bench_subnet"]))
        monitor = {"name": name, "type": protocol, "delay": 5, "timeout": 3, "max_retries": 2}
        pool = {
            "name": name,
            "protocol": protocol,
            "lb_algorithm": self.given["bench_lb_algorithm"],
            "healthmonitor": monitor,
            "members": [member(server) for server in servers],
        }
        listener = {"name": name, "protocol": protocol, "protocol_port": 80, "default_pool": {"name": name}}
        return {
            "name": name,
            "provider": self.given["bench_provider"],
            "vip_subnet_id": subnet.id,
            "listeners": [listener],
            "pools": [pool],
        }

    def refill(self, servers: list[Any], *, additive: bool = False) -> None:
        """Make servers the members of the pool with one call, or add them."""
        balancer = next(self.balancing.load_balancers(name=self.name))
        where = f"/lbaas/pools/{balancer.pools[0]['id']}/members" + ("?additive_only=true" if additive else "")
        # The SDK has no method for it.
        answer = self.balancing.put(where, json={"members": [member(server) for server in servers]})
        openstack.exceptions.raise_from_response(answer)
        self.balanced(balancer.id)

    def members(self, pool: str) -> set[str]:
        return {found.address for found in self.balancing.members(pool)}

    def balanced(self, balancer: str) -> None:
        def settled() -> bool | None:
            status = self.balancing.get_load_balancer(balancer).provisioning_status
            if status == "ERROR":
                raise SystemExit("the load balancer is in ERROR")
            return True if status == "ACTIVE" else None

        until(settled, self.timeout)


def address(server: Any) -> str:
    found: str = next(iter(server.addresses.values()))[0]["addr"]
    return found


def member(server: Any) -> dict[str, Any]:
    return {"address": address(server), "protocol_port": PORT}


if __name__ == "__main__":
    limit = Limit(json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
    {"first": limit.first, "rerun": limit.rerun, "change": limit.change, "add_one": limit.add_one}[sys.argv[1]]()
