# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: preflight_problems
short_description: Find what in the cloud prevents a deployment
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Compares a service with the findings of M(model_serving.openstack.capacity_info).
  - Quotas are compared with what a deployment would add to existing resources. If a server fleet becomes an autoscaling
    group, or the other way round, its new replicas are created before the old ones are removed.
  - Changes that would take serving replicas out of rotation before others serve are also problems.
positional: _input, capacity, fleets, existing, balancer
options:
  _input:
    description: The service, as P(model_serving.openstack.service_arguments#filter) returns it.
    type: dict
    required: true
  capacity:
    description: Value C(capacity) of M(model_serving.openstack.capacity_info), called with all names in the service.
    type: dict
    required: true
  fleets:
    description: The fleets of the service, as P(model_serving.openstack.kept_fleets#filter) returns them.
    type: list
    elements: dict
    required: true
  existing:
    description: Result of M(model_serving.openstack.service_info).
    type: dict
    required: true
  former_load_balancers:
    description: Value C(load_balancers) of P(model_serving.openstack.service_surplus#filter).
    type: list
    elements: dict
    default: []
  balancer:
    description:
      - Result of M(model_serving.openstack.load_balancer) in check mode, of a task with C(failed_when=false).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what prevents a deployment
  ansible.builtin.debug:
    msg: >-
      {{ preflight_result.service | model_serving.openstack.preflight_problems(
           capacity=found.capacity, fleets=preflight_result.fleets, existing=existing, balancer=rehearsal) }}
"""

RETURN = r"""
_value:
  description: The problems. The list is empty if the deployment can work.
  type: list
  elements: str
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from ansible_collections.model_serving.openstack.plugins.module_utils._capacity import LOOKED_UP
from ansible_collections.model_serving.openstack.plugins.module_utils._catalogue import BLOCK_STORAGE, usual
from ansible_collections.model_serving.openstack.plugins.module_utils._lookup import fits
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import abilities
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import problems as unable
from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic import elastic_problems
from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic_moves import joining_groups, moved_groups
from ansible_collections.model_serving.openstack.plugins.plugin_utils._in_rotation import changed_ports
from ansible_collections.model_serving.openstack.plugins.plugin_utils._looked_up import looked_up
from ansible_collections.model_serving.openstack.plugins.plugin_utils._port_security import unsecured_networks
from ansible_collections.model_serving.openstack.plugins.plugin_utils._quotas import (
    Existing,
    network_names,
    quota_problems,
    volume_size,
)
from ansible_collections.model_serving.openstack.plugins.plugin_utils._rehearsal import (
    provider_in_effect,
    rehearsed_tree,
    taken_name,
)
from ansible_collections.model_serving.openstack.plugins.plugin_utils._subnets import subnet_problems, vip_problems
from ansible_collections.model_serving.openstack.plugins.plugin_utils._zones import zone_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Facts = Mapping[str, Any]
SERVICES = {
    "compute": "Nova",
    "image": "Glance",
    "network": "Neutron",
    "load-balancer": "Octavia",
}


def preflight_problems(
    service: Facts,
    capacity: Facts,
    fleets: Sequence[Facts],
    existing: Facts,
    balancer: Facts,
    former_load_balancers: Sequence[Facts] = (),
) -> list[str]:
    """Return the problems, each once."""
    there = Existing.listed(existing)
    found = [
        *_services(fleets, capacity),
        *(problem for kind in LOOKED_UP for item in capacity[kind] for problem in item["problems"]),
        *(problem for fleet in fleets for problem in _fits(fleet, capacity)),
        *_kinds(service, capacity),
        *subnet_problems(fleets, capacity),
        *vip_problems(service, capacity),
        *unsecured_networks(fleets, capacity),
        *zone_problems(fleets, capacity, there),
        *elastic_problems(fleets),
        *moved_groups(fleets, balancer.get("actions", ())),
        *joining_groups(fleets, former_load_balancers, balancer.get("load_balancer") or {}),
        *changed_ports(fleets, [*there.fleets, *there.groups], balancer),
        *quota_problems(fleets, capacity, there, balancer.get("actions", ())),
        *_balancer(service, fleets, capacity, balancer),
    ]
    return list(dict.fromkeys(found))


def _services(wanted: Sequence[Facts], capacity: Facts) -> Iterator[str]:
    """Yield the services that are missing or do not answer."""
    there = usual(service["type"] for service in capacity["services"])
    missing = SERVICES.keys() - there
    for kind in sorted(missing):
        yield f"the cloud has no service of type {kind!r} ({SERVICES[kind]})"
    # Nothing is wrong with a cloud whose block storage is missing or silent, unless it is needed.
    with_volumes = BLOCK_STORAGE in there
    needed = any(volume_size(fleet) > 0 for fleet in wanted)
    if needed and not with_volumes:
        yield "boot_volume needs block storage, but the cloud has no such service (Cinder)"
    silent = missing | (set() if needed and with_volumes else {BLOCK_STORAGE})
    yield from (problem["message"] for problem in capacity["problems"] if problem["service"] not in silent)


def _fits(fleet: Facts, capacity: Facts) -> Iterator[str]:
    image, flavor = looked_up(capacity["images"], fleet["image"]), looked_up(capacity["flavors"], fleet["flavor"])
    if image and flavor:
        values = cast("Any", SimpleNamespace(**image)), cast("Any", SimpleNamespace(**flavor))
        yield from fits(*values, volume_size(fleet))


def _kinds(service: Facts, capacity: Facts) -> Iterator[str]:
    """Yield what does not fit together although each part exists."""
    for name in network_names(service):
        network = looked_up(capacity["networks"], name)
        if network and not network["subnet_ids"]:
            yield f"network {name!r} has no subnet, so servers get no address from it"
    floating = service["load_balancer"]["floating_ip_network"]
    external = looked_up(capacity["networks"], floating)
    if external and not external["external"]:
        yield f"network {floating!r} is not external, so there are no floating IPs on it"


def _balancer(service: Facts, fleets: Sequence[Facts], capacity: Facts, rehearsal: Facts) -> Iterator[str]:
    """Yield what the provider cannot do, and what the module that will be run says about it."""
    wanted = service["load_balancer"]
    provider = wanted["provider"]
    providers = [found["name"] for found in capacity["load_balancer_providers"]]
    if provider and providers and provider not in providers:
        yield f"there is no load balancer provider {provider!r} (there are: {', '.join(providers)})"
    in_effect = provider_in_effect(wanted, capacity, rehearsal)
    yield from unable(in_effect, rehearsed_tree(service))
    yield from _weights(fleets, in_effect)
    yield from taken_name(service, rehearsal)
    # The task was told not to fail, so C(failed) says nothing.
    if "actions" not in rehearsal and not rehearsal.get("skipped"):
        yield from rehearsal.get("failure", {}).get("problems") or [rehearsal["msg"]]


def _weights(fleets: Sequence[Facts], provider: str | None) -> Iterator[str]:
    weights = {(fleet["pool"], fleet["member_weight"]) for fleet in fleets if fleet["member_weight"]}
    if len(weights) > len({pool for pool, _weight in weights}) and not abilities(provider).weights:
        yield f"provider {provider!r} has no weights, so 'weight' of the service and of its fleets would have no effect"


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"preflight_problems": preflight_problems}
