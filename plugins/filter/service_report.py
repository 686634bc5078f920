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
  - Returns lines that describe at which address a service is reached, where its replicas run, which of them get
    requests, and what is wrong.
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
    description: Autoscaling groups, as M(model_serving.openstack.service_info) returns them.
    type: list
    elements: dict
    default: []
  looks:
    description:
      - Results of M(model_serving.openstack.autoscaling_group_info) with C(describe_alarms=true), in a loop over the
        names of the groups. Of those that failed, the message is shown.
    type: list
    elements: dict
    default: []
  project:
    description: The project, as M(model_serving.openstack.service_info) returns it. If omitted, it is not shown.
    type: dict
  cloud:
    description: Name of the cloud in C(clouds.yaml), if it is known.
    type: str
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
from ansible_collections.model_serving.openstack.plugins.plugin_utils._in_rotation import in_rotation

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    Facts = Mapping[str, Any]

NO_DATA = "insufficient data"
MISSING = "missing"
UNKNOWN = "unknown"
HEALING = "healing"
SHORT = 8
"""Characters of a host id that are enough to tell hosts apart."""
MANY = 10
"""How many names a line lists at most."""


def service_report(
    balancer: Facts | None,
    fleet: Facts | None = None,
    predictions: Sequence[Facts] = (),
    groups: Sequence[Facts] = (),
    looks: Sequence[Facts] = (),
    project: Facts | None = None,
    cloud: str | None = None,
) -> list[str]:
    """Return the lines."""
    of_cloud = f" of cloud {cloud}" if cloud else ""
    return [
        *([f"project {project['name'] or project['id']}{of_cloud}"] if project else []),
        *_endpoints(balancer),
        *_parts_in_error(balancer or {}),
        *_replicas((fleet or {}).get("replicas") or [], balancer or {}),
        *map(_group, groups),
        *(line for look in looks for line in _look(look)),
        *map(_prediction, predictions),
    ]


def _group(group: Facts) -> str:
    """Return the status of a group's stack, with the reason when something failed, and what was suspended by hand."""
    failed = str(group["status"]).endswith("_FAILED")
    reason = f" ({group['status_reason']})" if failed and group["status_reason"] else ""
    stopped = group["suspended_processes"]
    suspended = f", suspended: {', '.join(stopped)}" if stopped else ""
    return f"group {group['name']} is {group['status']}{reason}{suspended}"


def _look(look: Facts) -> Iterator[str]:
    """Yield what a closer look at a group says: what failed in it, and the states of its alarms."""
    if "groups" not in look:
        yield f"alarms of group {look['item']} could not be read: {look.get('msg')}"
    for group in look.get("groups", ()):
        asleep = group["suspended_stack"]
        first = f"resume its stack first (openstack stack resume {asleep}), then " if asleep else ""
        if failed := group["failed"]:
            yield f"failed in group {group['name']}: {_listed(failed)}; {first}the next run of site.yml repairs it"
        if marked := group["marked"]:
            then = "the next change replaces what is not well by then"
            yield f"marked in group {group['name']}: {_listed(marked)}; {then}"
        yield from _alarms(group)


def _alarms(group: Facts) -> Iterator[str]:
    """Yield how many alarms of a group are in which state, and which of them the cloud has no data for."""
    alarms = group["alarms"]
    if states := Counter(map(_state, alarms)):
        counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        yield f"alarms of group {group['name']}: {counts}"
    blind = [alarm["name"] for alarm in alarms if _state(alarm) == NO_DATA]
    # These watch no metric, but the members of a pool.
    healing = [name for name in blind if name.rpartition("/")[2] == HEALING]
    if metrics := [name for name in blind if name not in healing]:
        yield f"no data for {_listed(metrics)}: when it stays so, the cloud does not have the metric like this"
    if healing:
        # In one that never had data, it is still the first.
        reasons = dict.fromkeys(alarm["state_reason"] for alarm in alarms if alarm["name"] in healing)
        yield (
            f"no data for {_listed(healing)}: as long as it stays so, no replica is healed. Aodh says:"
            f" {'; '.join(filter(None, reasons)) or 'nothing'}. One possible cause: Aodh's user lacks a role by which"
            " it may list members of load balancers (docs/cloud.md)"
        )
    if deleted := [alarm["name"] for alarm in alarms if alarm["state"] == MISSING]:
        yield (
            f"somebody has deleted the alarms {_listed(deleted)}: the next run of site.yml by the user who made the"
            " group makes them anew, unless it logs in with an application credential"
        )


def _state(alarm: Facts) -> str:
    """Return the state of an alarm. One that is disabled keeps the one that it had."""
    if alarm["state"] in (None, MISSING):
        return alarm["state"] or UNKNOWN
    return str(alarm["state"]) if alarm["enabled"] else "disabled"


def _prediction(model: Facts) -> str:
    return f"model {model['name']} {model['version']} answers as known: {json.dumps(model['known_answer']['expected'])}"


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


def _parts_in_error(balancer: Facts) -> Iterator[str]:
    """Yield the parts whose last change failed: Octavia calls the load balancer ACTIVE again all the same."""
    parts: list[tuple[str, Facts]] = []
    for listener in balancer.get("listeners") or ():
        parts.append((f"listener {listener['name']}", listener))
        parts += [(f"L7 policy {policy['name']}", policy) for policy in listener.get("l7policies") or ()]
    for pool in balancer.get("pools") or ():
        parts.append((f"pool {pool['name']}", pool))
        parts += [(f"health monitor of pool {pool['name']}", pool["healthmonitor"])] if pool["healthmonitor"] else []
        parts += [(f"member {each['address']} of pool {pool['name']}", each) for each in pool["members"] or ()]
    for name, part in parts:
        if part["provisioning_status"] == "ERROR":
            yield f"{name} is in ERROR: its last change failed, and the next run of site.yml sends it again"


def _replicas(replicas: list[Facts], balancer: Facts) -> Iterator[str]:
    if not replicas:
        yield "there are no replicas"
        return
    pools = balancer.get("pools") or ()
    states = {each["address"]: each["operating_status"] for pool in pools for each in pool["members"] or ()}
    serving = {each["address"] for pool in pools for each in in_rotation(pool)}
    width = max(len(replica["name"]) for replica in replicas)
    idle = []
    for replica in replicas:
        addresses = [address for found in replica["addresses"].values() for address in found]
        own = [states[address] for address in addresses if address in states]
        member = f"member {', '.join(own)}" if own else "no member"
        host = (replica["host_id"] or "none")[:SHORT]
        fault = f", fault: {replica['fault']}" if replica.get("fault") else ""
        yield (
            f"replica {replica['name']:<{width}} {replica['status']}, zone {replica['availability_zone'] or 'none'}, "
            f"host {host}, {', '.join(addresses) or 'no address'}, {member}{fault}"
        )
        idle += [replica["name"]] if serving.isdisjoint(addresses) else []
    hosts = {replica["host_id"] for replica in replicas if replica["host_id"]}
    zones = {replica["availability_zone"] for replica in replicas if replica["availability_zone"]}
    yield f"{_counted(replicas, 'replica')} on {_counted(hosts, 'host')} in {_counted(zones, 'zone')}"
    without = f"; not: {_listed(idle)}" if idle else ""
    yield f"{len(replicas) - len(idle)} of {_counted(replicas, 'replica')} in rotation{without}"


def _counted(things: Collection[object], noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"


def _listed(names: Sequence[str]) -> str:
    more = [f"{len(names) - MANY} more"] if len(names) > MANY else []
    return ", ".join([*names[:MANY], *more])


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"service_report": service_report}
