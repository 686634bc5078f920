# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets of servers as modules see them: options in, return values out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import (
    _instance_template,
    _replica_options,
    _server_fleet_options,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports import FixedPort, port_result
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports_apply import all_own_ports
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import TEMPLATE_KEY
from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context, Noun, Params
from ansible_collections.model_serving.openstack.plugins.module_utils._nova_abilities import unchangeable
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import FleetPlan
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_apply import apply
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_drift import changed_parts
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_look import observe, observe_again
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import replicas_of
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_options import (
    health_policy,
    pool_uses,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_plan import plan
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_policy import (
    IN_PLACE,
    update_policy,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import (
    Desired,
    Observed,
    Replica,
    result_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_group import all_server_groups
from ansible_collections.model_serving.openstack.plugins.module_utils._spread import (
    group_of,
    judged,
    spread_warnings,
    spread_warnings_by_group,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Plan
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group

LONGEST_NAME = 200
"""Characters; Nova takes 255 for a server, and replicas have numbers behind the service's name."""


class ServerFleetNoun(Noun[Desired, Observed]):
    """The fleet of a service."""

    def desired(self, params: Params) -> Desired:
        if found := _problems(params):
            raise InvalidInputError(found)
        if params["state"] == "absent":
            return Desired(
                name=params["name"],
                present=False,
                server_group=params["server_group"],
                pools=pool_uses(params),
                update=update_policy(params),
                wait=params["wait"],
            )
        zones = params["availability_zones"]
        return Desired(
            name=params["name"],
            replicas=params["replicas"],
            update=update_policy(params),
            health=health_policy(params),
            pools=pool_uses(params),
            readiness_url=params["readiness_url"],
            termination_policy=params["termination_policy"],
            zone_distribution=params["availability_zone_distribution"],
            fallback=params["fallback"],
            availability_zones=tuple(dict.fromkeys(zones)) if zones else None,
            server_group=params["server_group"],
            wait=params["wait"],
            **vars(_replica_options.template_options(params)),
        )

    def observe(self, context: Context, desired: Desired) -> Observed:
        return _with_abilities(context, desired, observe(context, desired))

    def observe_again(self, context: Context, desired: Desired, before: Observed) -> Observed:
        return observe_again(context, desired, before)

    def plan(self, desired: Desired, observed: Observed) -> Plan:
        return plan(desired, observed)

    def apply(self, context: Context, plan: Plan) -> None:
        if not isinstance(plan, FleetPlan):
            raise TypeError(type(plan).__name__)
        apply(context, plan)

    def result(self, observed: Observed) -> dict[str, Any]:
        fleet = result(observed.name, observed.replicas, observed.server_group, observed.ports)
        if observed.template:
            for replica in fleet["replicas"]:
                replica["drift"] = list(observed.drift.get(replica["id"], ()))
        return {"fleet": fleet, "warnings": _spread_warnings(observed)}


def _spread_warnings(observed: Observed) -> list[str]:
    """Return what to tell the user when replicas share a host that should not.

    Those of different server groups do so for good where one group does not take all: nothing can be done about that.
    """
    whose, limit = f"fleet {observed.name!r}", observed.group_limit
    if limit is not None and len(observed.replicas) > limit:
        return spread_warnings_by_group(whose, observed.replicas, observed.groups)
    return spread_warnings(whose, observed.replicas, observed.server_group)


def _with_abilities(context: Context, desired: Desired, observed: Observed) -> Observed:
    """Return a fleet with what Nova is too old for, and warn about it, if replicas shall be changed in place for it."""
    if desired.update.kind != IN_PLACE:
        return observed
    wanted = {part for one in observed.replicas for part in changed_parts(one, observed.drift.get(one.id, ()))}
    found = unchangeable(context.conn, wanted)
    for why in found.values():
        context.warn(f"Fleet {observed.name!r} replaces replicas in spite of 'update_policy: in_place': {why}.")
    return replace(observed, unchangeable=frozenset(found))


def _problems(params: Params) -> list[str]:
    found = []
    if not 1 <= len(params["name"]) <= LONGEST_NAME:
        found.append(f"'name' has {len(params['name'])} characters; 1 to {LONGEST_NAME} are possible")
    found += _server_fleet_options.problems(params) + _instance_template.problems(params)
    return found + _replica_options.problems(params)


def result(
    name: str, replicas: Iterable[Replica], server_group: Group | None, ports: Iterable[FixedPort]
) -> dict[str, Any]:
    """Return a fleet as the modules return it."""
    listed = list(replicas)
    return {
        "name": name,
        "replicas": [_result_of(replica) for replica in listed],
        "server_group": server_group.name if server_group else None,
        "ports": [port_result(port) for port in ports if port.own],
        "spread": judged(listed, server_group),
    }


def _result_of(replica: Replica) -> dict[str, Any]:
    return {
        **result_of(replica),
        "description": replica.description or None,
        "tags": sorted(replica.tags),
        "volumes": list(replica.volumes),
        "slot": replica.slot,
        "template": replica.metadata.get(TEMPLATE_KEY),
    }


def collect(context: Context, params: Params) -> dict[str, Any]:
    """Return what C(server_fleet_info) returns: two calls, one more with fixed ports, however many fleets there are."""
    replicas = replicas_of(context, params["name"])
    groups = all_server_groups(context) if replicas else ()
    return {"fleets": fleets_of(context, replicas, groups)}


def fleets_of(context: Context, replicas: Sequence[Replica], groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Return the fleets that some replicas are of; one call when these have fixed ports."""
    ports = all_own_ports(context) if any(replica.slot for replica in replicas) else []
    fleets = []
    for name in sorted({replica.service or "" for replica in replicas}):
        members = [replica for replica in replicas if replica.service == name]
        own = [port for port in ports if port.service == name]
        fleets.append(result(name, members, group_of(members, groups), own))
    return fleets
