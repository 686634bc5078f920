# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an autoscaling group shall be: from what the user calls things to the templates for Heat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import (
    _autoscaling_options,
    _autoscaling_scaling_options,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._addresses import both_families
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import PoolMember, Replica
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_servers import (
    refuse_locked,
    servers_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import given_version, versions
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import (
    Group,
    Healing,
    Rolling,
    Templates,
    templates,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import SIDES
from ansible_collections.model_serving.openstack.plugins.module_utils._catalogue import services_of
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    GIVE_BALANCER,
    InvalidInputError,
    attempt,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._exactly import named
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports import FixedNetwork
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template_lookup import (
    subnets_of,
    template_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._lookup import Lookup
from ansible_collections.model_serving.openstack.plugins.module_utils._project import project_id
from ansible_collections.model_serving.openstack.plugins.module_utils._zones import (
    closed_zones,
    group_needs,
    group_without,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_options import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import Observed
    from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import (
        Reference,
        Template,
    )
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What Heat is to be given.

    :param sides: the same with the replicas in either of the server groups that each zone has
    :param complete: whether everything exists that the templates refer to; in check mode it need not
    :param branched: the network with the members' addresses, when it has several subnets
    :param closed: why no server can be made in some of the zones
    """

    sides: Sequence[Templates]
    complete: bool = True
    branched: Reference | None = None
    closed: tuple[str, ...] = ()


def look_up(context: Context, desired: Desired) -> Wanted:
    """Return what Heat is to be given.

    :raises InvalidInputError: with everything the options refer to and that does not exist
    """
    lookup = Lookup(conn=context.conn, check_mode=context.check_mode)
    option = desired.option
    template = template_of(lookup, _autoscaling_options.template_options(desired.params), fleet=False)
    zones = option("availability_zones")
    closed = closed_zones(zones, lookup.zones()) if zones else {}
    lookup.problems.extend(_missing_services(context, desired.params))
    members = [_member(lookup, pool) for pool in option("pools")]
    if lookup.problems or template is None:
        raise InvalidInputError([*lookup.problems, *closed.values()])
    for missing in lookup.assumed:
        context.warn(f"There is no {missing} yet; outside check mode it would have to be there.")
    group = _group(desired, template, members)
    sides = tuple(templates(replace(group, side=side)) for side in range(len(SIDES)))
    branched = next((one for one in template.networks[:1] if members and one.id in lookup.branched), None)
    return Wanted(sides=sides, complete=not lookup.assumed, branched=branched, closed=tuple(closed.values()))


def judge_new_replicas(context: Context, observed: Observed, wanted: Wanted) -> None:
    """Refuse to make replicas that cannot come to be, cannot be reached, or that others cannot go for.

    Those of a version that Heat has go on as they are. So do the zones that they are in, with a warning.

    :raises InvalidInputError: with all that is in the way
    """
    if observed.changing and _anew(observed):
        closed = [group_needs(observed.name, why) for why in wanted.closed]
        if found := [*closed, *_both_families(context, wanted.branched)]:
            raise InvalidInputError(found)
        if observed.stack is not None:
            refuse_locked(servers_of(context, observed.name), "all replicas get another version")
    for why in wanted.closed:
        context.warn(group_without(observed.name, why))


def _anew(observed: Observed) -> bool:
    """Return whether replicas are made of a version that Heat has not been given so far."""
    if observed.stack is None or observed.leftover or observed.wanted is None:
        return True
    return given_version(observed.wanted.files) not in versions(observed.details.files)


def _both_families(context: Context, network: Reference | None) -> Iterator[str]:
    """Yield why the template could not tell the address of a replica for pools."""
    if network is None:
        return
    subnets = subnets_of(context.conn, network)
    named = network.subnet.id if isinstance(network, FixedNetwork) and network.subnet else None
    said = both_families(
        network.name, subnets, named, lambda subnet: f"networks: [{{network: {network.name}, subnet: {subnet}}}]"
    )
    if said:
        yield said


def _missing_services(context: Context, params: Mapping[str, Any]) -> list[str]:
    there = services_of(context.conn)
    needed = _autoscaling_options.services(params)
    return [
        f"{why}, but the cloud has no service of type {kind!r}" for kind, why in needed.items() if kind not in there
    ]


def _group(desired: Desired, template: Template, members: list[PoolMember]) -> Group:
    params = desired.params
    zones = _autoscaling_options.zones_of(params)
    watched = params["health_check_type"] == "load_balancer"
    return Group(
        name=desired.name,
        replica=Replica(
            service=desired.name,
            template=template,
            members=tuple(members),
            readiness=_autoscaling_options.readiness(params),
            drain=params["drain_timeout"],
        ),
        zones=zones,
        min_size=params["min_size"],
        max_size=params["max_size"],
        policy=params["anti_affinity"],
        max_server_per_host=params["max_server_per_host"],
        rolling=Rolling.of(params["rolling_update"]),
        healing=Healing(pool=members[0].pool) if watched else None,
        scaling=_autoscaling_scaling_options.scaling(params, len(zones), template.vcpus),
    )


def _member(lookup: Lookup, given: Mapping[str, Any]) -> PoolMember:
    return PoolMember(
        pool=_pool(lookup, given["pool"], given["load_balancer"]),
        protocol_port=given["protocol_port"],
        subnet=given["subnet"],
        weight=given["weight"],
        monitor_port=given["monitor_port"],
    )


def _pool(lookup: Lookup, reference: str, balancer: str | None) -> str:
    """Return the id of a pool, nothing when it is not there.

    :param balancer: the load balancer that has it: services call their pools alike
    """
    octavia, scope = lookup.conn.load_balancer, {"project_id": project_id(lookup.conn)}
    none: str | None = None
    if balancer is not None:
        with attempt("look up", "load balancer", balancer):
            owners = named(octavia.load_balancers, balancer, **scope)
        owner = lookup.only("load balancer", balancer, owners, made_earlier=True)
        if owner is None:
            return ""
        scope["loadbalancer_id"] = owner.id
        none = f"there is no pool {reference!r} of load balancer {balancer!r}"
    with attempt("look up", "pool", reference):
        found = named(octavia.pools, reference, **scope)
    pool = lookup.only("pool", reference, found, none=none, way_out=GIVE_BALANCER, made_earlier=True)
    return str(pool.id) if pool else ""
