# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a contestant's project has what the benchmark's variables say, seen by other means than the contestants'."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

PORT, FRONT_PORT = 8080, 80


def problems(conn: Any, operator: Any, wanted: Mapping[str, Any]) -> list[str]:
    """Return what is not as the variables say.

    :param conn: the connection of the project's user
    :param operator: an operator's, because Nova shows user data to nobody else
    """
    own = conn.current_project_id
    servers = list(operator.compute.servers(details=True, all_projects=True, project_id=own))
    found = [*_count(servers, wanted), *_balancing(conn, servers, wanted)]
    # Only then, so that looking at what may be late takes no longer.
    return found or [*_template(servers, wanted), *_groups(conn, servers, wanted), *_parts(conn, wanted)]


def _count(servers: Sequence[Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    for server in servers:
        if server.status != "ACTIVE":
            yield f"server {server.name} is {server.status}"
    if len(servers) != wanted["bench_replicas"]:
        yield f"{len(servers)} servers instead of {wanted['bench_replicas']}"


def _balancing(conn: Any, servers: Sequence[Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    balancers = list(conn.load_balancer.load_balancers(name=wanted["bench_name"]))
    if [balancer.provisioning_status for balancer in balancers] != ["ACTIVE"]:
        yield f"load balancers: {[balancer.provisioning_status for balancer in balancers]}"
        return
    addresses = {each["addr"] for server in servers for known in server.addresses.values() for each in known}
    members = {member.address for pool in balancers[0].pools for member in conn.load_balancer.members(pool["id"])}
    if members != addresses:
        yield f"members {sorted(members)} instead of {sorted(addresses)}"


def _template(servers: Sequence[Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    for server in servers:
        # Not every way to Ansible's modules keeps the end of the last line.
        if base64.b64decode(server.user_data or "").decode().strip() != wanted["bench_user_data"].strip():
            yield f"server {server.name} has other user data"
        names = {group["name"] for group in server.security_groups or ()}
        if names != {wanted["bench_name"]}:
            yield f"server {server.name} has the security groups {sorted(names)}"


def _groups(conn: Any, servers: Sequence[Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    # A fleet may have further groups, when Nova takes no more members into one.
    groups = [group for group in conn.compute.server_groups() if group.policy == wanted["bench_policy"]]
    grouped = {member for group in groups for member in group.member_ids}
    for server in servers:
        if server.id not in grouped:
            yield f"server {server.name} is in no server group of the policy {wanted['bench_policy']}"
    rules = [
        (rule["direction"], rule["protocol"], rule["port_range_min"], rule["port_range_max"])
        for group in conn.network.security_groups(name=wanted["bench_name"], project_id=conn.current_project_id)
        for rule in group.security_group_rules
    ]
    if ("ingress", "tcp", PORT, PORT) not in rules:
        yield f"no security group {wanted['bench_name']} opens port {PORT}"


def _parts(conn: Any, wanted: Mapping[str, Any]) -> Iterator[str]:
    """Look at what is in the load balancer, the only one of the project."""
    protocol = wanted["bench_protocol"]
    pools = [(pool.id, pool.protocol, pool.lb_algorithm) for pool in conn.load_balancer.pools()]
    if [tuple(kind) for _id, *kind in pools] != [(protocol, wanted["bench_lb_algorithm"])]:
        yield f"pools: {pools}"
        return
    pool = pools[0][0]
    listeners = [(each.protocol, each.protocol_port, each.default_pool_id) for each in conn.load_balancer.listeners()]
    if listeners != [(protocol, FRONT_PORT, pool)]:
        yield f"listeners: {listeners}"
    monitors = [(each.type, [known["id"] for known in each.pools]) for each in conn.load_balancer.health_monitors()]
    if monitors != [(protocol, [pool])]:
        yield f"health monitors: {monitors}"
