# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: service_report
short_description: Describe a running service in a few lines
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns lines that describe at which address a service is reached and where its replicas run.
positional: _input
options:
  _input:
    description: The load balancer, as M(model_serving.openstack.load_balancer) returns it, or V(none).
    type: raw
    required: true
  fleet:
    description: The fleet, as M(model_serving.openstack.server_fleet) returns it, or V(none).
    type: raw
  groups:
    description: Autoscaling groups with alarms, as M(model_serving.openstack.autoscaling_group_info) returns them.
    type: list
    elements: dict
    default: []
  predictions:
    description: Models that gave their known answers, with C(name), C(version) and C(known_answer).
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Describe the service
  ansible.builtin.debug:
    msg: "{{ balancer.load_balancer | model_serving.openstack.service_report(fleet=servers.fleet) }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._url import listener_url

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    Facts = Mapping[str, Any]

NO_DATA, MISSING = "insufficient data", "missing"
SHORT = 8
"""Characters of a host id that are enough to tell hosts apart."""


def service_report(
    balancer: Facts | None,
    fleet: Facts | None = None,
    predictions: Sequence[Facts] = (),
    groups: Sequence[Facts] = (),
) -> list[str]:
    """Return the lines."""
    members = _members(balancer or {})
    return [
        *_endpoints(balancer),
        *_replicas((fleet or {}).get("replicas") or [], members),
        *(line for group in groups for line in _alarms(group)),
        *map(_prediction, predictions),
    ]


def _alarms(group: Facts) -> Iterator[str]:
    """Yield the states of a group's alarms, and which of them the cloud has no data for."""
    alarms = group.get("alarms") or ()
    if states := Counter(alarm["state"] for alarm in alarms):
        counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        yield f"alarms of group {group['name']}: {counts}"
    blind = [alarm["name"] for alarm in alarms if alarm["state"] == NO_DATA and alarm["enabled"]]
    if blind:
        yield f"no data for {', '.join(blind)}: when it stays so, the cloud does not have the metric like this"
    if deleted := [alarm["name"] for alarm in alarms if alarm["state"] == MISSING]:
        yield f"somebody has deleted the alarms {', '.join(deleted)}: the next run of site.yml makes them anew"


def _prediction(model: Facts) -> str:
    return f"model {model['name']} {model['version']} answers as known: {json.dumps(model['known_answer']['expected'])}"


def _members(balancer: Facts) -> dict[str, str]:
    """Return the status of members by address."""
    return {
        member["address"]: member["operating_status"]
        for pool in balancer.get("pools") or ()
        for member in pool.get("members") or ()
    }


def _endpoints(balancer: Facts | None) -> Iterator[str]:
    if not balancer:
        yield "there is no load balancer"
        return
    address = balancer["floating_ip_address"] or balancer["vip_address"]
    for listener in balancer["listeners"]:
        yield f"endpoint {listener_url(address, listener['protocol'], listener['protocol_port'])}"
    yield (
        f"load balancer {balancer['name']} ({balancer['provider']}) is {balancer['provisioning_status']} "
        f"and {balancer['operating_status']}"
    )


def _replicas(replicas: list[Facts], members: Mapping[str, str]) -> Iterator[str]:
    if not replicas:
        yield "there are no replicas"
        return
    width = max(len(replica["name"]) for replica in replicas)
    for replica in replicas:
        addresses = [address for found in replica["addresses"].values() for address in found]
        states = [members[address] for address in addresses if address in members]
        member = f"member {', '.join(states)}" if states else "no member"
        host = (replica["host_id"] or "none")[:SHORT]
        yield (
            f"replica {replica['name']:<{width}} {replica['status']}, zone {replica['availability_zone'] or 'none'}, "
            f"host {host}, {', '.join(addresses) or 'no address'}, {member}"
        )
    hosts = {replica["host_id"] for replica in replicas if replica["host_id"]}
    zones = {replica["availability_zone"] for replica in replicas if replica["availability_zone"]}
    yield f"{_counted(replicas, 'replica')} on {_counted(hosts, 'host')} in {_counted(zones, 'zone')}"


def _counted(things: Collection[object], noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"service_report": service_report}
