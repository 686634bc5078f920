# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What preflight knows of a load balancer before it is made. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_broken import BEING_DELETED
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import mark_of
from ansible_collections.model_serving.openstack.plugins.module_utils._shares import share_error
from ansible_collections.model_serving.openstack.plugins.plugin_utils._fleets import service_fleets
from ansible_collections.model_serving.openstack.plugins.plugin_utils._looked_up import looked_up
from ansible_collections.model_serving.openstack.plugins.plugin_utils._routing import (
    TERMINATED,
    balancer_tree,
    member_protocol,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Facts = Mapping[str, Any]

LARGE_ERROR = 0.1
EVERYWHERE = frozenset({"0.0.0.0/0", "::/0"})


def rehearsed_tree(service: Facts) -> dict[str, Any]:
    """Return listeners and pools as C(load_balancer) will get them, but for the members, which are not there yet.

    :param service: complete; what is wrong is None
    """
    wanted = service["load_balancer"]
    protocol = wanted["protocol"] or "HTTP"
    monitor = {key: value for key, value in wanted["healthmonitor"].items() if value is not None}
    return balancer_tree(
        [{**fleet, "servers": [], "server_port": 0} for fleet in service_fleets(service)],
        protocol=protocol,
        port=wanted.get("port") or 80,
        healthmonitor={"type": member_protocol(protocol), **monitor},
        lb_algorithm=wanted["lb_algorithm"],
        service=service["name"] if wanted.get("join") else None,
        listener={**(wanted.get("tls") or {}), "answer_timeout": wanted.get("answer_timeout")},
    )


def service_tree(service: Facts) -> dict[str, Any]:
    """Return the same for the module: without a health monitor that is wrong, which is told already."""
    tree = rehearsed_tree(service)
    settings = {key: value for key, value in service["load_balancer"]["healthmonitor"].items() if key != "type"}
    if None in settings.values():
        tree["pools"] = [{**pool, "healthmonitor": {}} for pool in tree["pools"]]
    return tree


def provider_in_effect(wanted: Facts, capacity: Facts, rehearsal: Facts) -> str | None:
    """Return the provider of the load balancer that is there, else the one to be, None when that is up to Octavia."""
    there: str | None = (rehearsal.get("load_balancer") or {}).get("provider")
    providers = [found["name"] for found in capacity["load_balancer_providers"]]
    return there or wanted["provider"] or (providers[0] if len(providers) == 1 else None)


def taken_name(service: Facts, rehearsal: Facts) -> Iterator[str]:
    """Yield that a load balancer of somebody else has the name of the service, which has not asked to join it."""
    there: Facts = rehearsal.get("load_balancer") or {}
    if not there or service["load_balancer"].get("join"):
        return
    mark = mark_of(service["name"])
    if mark not in there["tags"] and there["provisioning_status"] != BEING_DELETED:
        yield (
            f"load balancer {there['name']!r} ({there['id']}) was made by somebody else: it has no tag {mark!r}. Choose"
            " another name for the service, or give the load balancer the tag if it shall be the service's, which then"
            " changes it, and removes it in the end"
        )


def warnings(service: Facts, capacity: Facts, rehearsal: Facts) -> Iterator[str]:
    """Yield what a user should know, although the deployment can work."""
    if provider_in_effect(service["load_balancer"], capacity, rehearsal) == "ovn":
        yield (
            "provider 'ovn' of the load balancer goes on sending requests to replicas on a hypervisor that died: it"
            " keeps them ONLINE, and their share of the requests is lost until the server or its port is deleted."
            " Prefer the provider 'amphora' for services that speak HTTP."
        )
    yield from _exposed(service, capacity)
    fleets = service_fleets(service)
    for pool in dict.fromkeys(fleet["pool"] for fleet in fleets):
        inside = [fleet for fleet in fleets if fleet["pool"] == pool]
        shares = [(fleet.get("weight") or 1, fleet["replicas"] or 0) for fleet in inside]
        error = float(share_error(shares, [fleet["member_weight"] for fleet in inside]))
        if error > LARGE_ERROR:
            told = ", ".join(f"{fleet['name']} {share}" for fleet, (share, _count) in zip(inside, shares, strict=True))
            yield f"the shares {told} cannot be had with weights up to 256: one of them is {error:.0%} off"


def _exposed(service: Facts, capacity: Facts) -> Iterator[str]:
    """Yield that replicas can be reached past the load balancer where that is unlikely to be meant."""
    network = looked_up(capacity.get("networks") or (), service["network"]) or {}
    anybody = EVERYWHERE.intersection((service.get("security_group") or {}).get("allowed_cidrs") or ())
    encrypted = service["load_balancer"]["protocol"] == TERMINATED
    if anybody and (encrypted or network.get("external")):
        why = "by HTTP, without the encryption of the load balancer" if encrypted else "past the load balancer"
        yield (
            f"port {service['port']} of the replicas is open to everybody with a way to network {service['network']!r},"
            f" {why}. Name those that need it in security_group.allowed_cidrs; with the provider 'amphora' that is the"
            " subnet of the network."
        )
