# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes that would take replicas out of rotation before new ones have come, so that they are refused. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import serves
from ansible_collections.model_serving.openstack.plugins.plugin_utils._routing import same_but_protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Facts = Mapping[str, Any]


def changed_ports(fleets: Sequence[Facts], existing: Sequence[Facts], rehearsal: Facts) -> Iterator[str]:
    """Yield the fleets whose replicas serve, but not at the port that is wanted now.

    All replicas of a fleet are behind one security group, which would open the new port only.

    :param existing: the fleets and groups that are there, with their replicas
    :param rehearsal: result of C(load_balancer) in check mode
    """
    for fleet in fleets:
        own = {
            address
            for one in existing
            if one["name"] == fleet["name"]
            for replica in one["replicas"]
            for addresses in (replica.get("addresses") or {}).values()
            for address in addresses
        }
        # The pool of another protocol is another pool, but behind the same security group.
        pools = [pool for pool in _pools(rehearsal) if same_but_protocol(pool["name"], fleet["pool"])]
        serving = [member for pool in pools for member in in_rotation(pool)]
        ports = sorted({member["protocol_port"] for member in serving if member["address"] in own})
        if ports and fleet.get("port") and fleet["port"] not in ports:
            yield (
                f"the replicas of {fleet['name']!r} serve at port {ports[0]}, and would be cut off before others serve"
                f" at port {fleet['port']}: a port cannot be changed while a service runs. Deploy the service under"
                " another name with the new port, beside it or with load_balancer.join, and then remove this one with"
                " teardown"
            )


def readiness_problems(fleets: Sequence[Facts], servers: Mapping[str, Facts], rehearsal: Facts) -> Iterator[str]:
    """Yield the pools whose health monitor would ask for a path that not all of their members know.

    :param servers: the facts C(model_server_result) by name of the fleet
    :param rehearsal: result of C(load_balancer) in check mode
    """
    there = {pool["name"]: pool for pool in _pools(rehearsal)}
    asked = {name: (pool.get("healthmonitor") or {}).get("url_path") for name, pool in there.items()}
    for pool in dict.fromkeys(fleet["pool"] for fleet in fleets):
        inside = [fleet["name"] for fleet in fleets if fleet["pool"] == pool]
        paths = {servers[name]["ready_path"]: name for name in reversed(inside)}
        wanted = servers[inside[0]]["ready_path"]
        if len(paths) > 1:
            told = ", ".join(f"{name!r} at {path}" for path, name in sorted(paths.items(), key=lambda item: item[1]))
            yield (
                f"fleets that share pool {pool!r} say at different paths that they are ready ({told}), and its health"
                " monitor asks for one: give one of them routes, and by them a pool of its own, or set"
                " load_balancer.healthmonitor.type: TCP"
            )
        elif asked.get(pool) and asked[pool] != wanted and in_rotation(there[pool]):
            yield (
                f"the health monitor of pool {pool!r} asks for {asked[pool]}, and would ask for {wanted}, which the"
                " replicas that serve may not know: all of them would be out of rotation before others are ready. Set"
                " load_balancer.healthmonitor.type: TCP together with this change, and take it out again when the new"
                " replicas serve"
            )


def in_rotation(pool: Facts) -> list[Facts]:
    """Return the members of a pool that get requests."""
    return [one for one in pool["members"] if serves(one["operating_status"], one["weight"])]


def _pools(rehearsal: Facts) -> Sequence[Facts]:
    return (rehearsal.get("load_balancer") or {}).get("pools") or ()
