# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading an autoscaling group and what it is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _autoscaling_options, _heat_api
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_plan import (
    KIND,
    Observed,
    as_wanted,
    service_tag,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import (
    SERVICE_KEY,
    PoolMember,
    Replica,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_template import (
    Group,
    Healing,
    Rolling,
    Templates,
    templates,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_zone import GROUP
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    CloudError,
    InvalidInputError,
    attempt,
    one_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._heat_failures import failures
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import (
    Reference,
    Template,
    text,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._lookup import Lookup, fits
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import all_servers
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_options import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import (
        Replica as Server,
    )

REPLICA_FILE = "replica-"
OK = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def observe(context: Context, desired: Desired) -> Observed:
    """Return a group and, unless it shall be absent, what Heat is to be given.

    An unchanged group costs two calls of Heat and one of Nova, beside looking up names.

    :raises InvalidInputError: with everything the options refer to and that does not exist
    """
    wanted = _wanted(context, desired) if desired.present else None
    heat = context.conn.orchestration
    stack = settled(context, _heat_api.find(heat, desired.name))
    observed = Observed(
        name=desired.name,
        stack=stack,
        wanted=wanted,
        zones=len(_autoscaling_options.zones_of(desired.params or {})) if desired.present else 1,
    )
    if stack is None:
        return observed
    troubled = _heat_api.resources(heat, stack, status="FAILED")
    known: dict[str, Any] = {
        "replicas": servers_of(context, desired.name),
        "troubled": tuple(sorted({resource.name for resource in troubled})),
    }
    changing = wanted is not None and (
        not as_wanted(stack, wanted) or bool(troubled) or not stack.status.startswith(OK)
    )
    if changing and service_tag(desired.name) in stack.tags:
        known |= _more(context, stack)
    return Observed(**{**vars(observed), **known})


def _more(context: Context, stack: Stack) -> dict[str, Any]:
    heat = context.conn.orchestration
    found = _heat_api.resources(heat, stack)
    replicas = [resource for resource in found if resource.type.startswith(REPLICA_FILE)]
    groups = sorted((one.parent or "", one.physical_id) for one in found if one.name == GROUP)
    return {
        "sizes": tuple(sum(one.stack.endswith(group) for one in replicas) for _zone, group in groups),
        "types": frozenset(replica.type for replica in replicas),
        "template": _heat_api.template(heat, stack),
        "files": _heat_api.files(heat, stack),
        "parameters": _heat_api.parameters(heat, stack),
    }


def servers_of(context: Context, service: str | None = None) -> tuple[Server, ...]:
    """Return the servers of a group (of all groups when it is None), by name. One call."""
    found = all_servers(context)
    owned = [server for server in found if SERVICE_KEY in server.metadata and not server.leaving]
    return tuple(server for server in owned if service in (None, server.metadata[SERVICE_KEY]))


def settled(context: Context, stack: Stack | None) -> Stack | None:
    """Return a stack once nothing is in progress: a run that was killed, or an alarm, may have left it so.

    Check mode and C(wait=false) take it as it is.
    """
    if stack is None or not stack.busy or context.check_mode or not context.wait:
        return stack
    latest = stack

    def look() -> list[Stack | None] | None:
        nonlocal latest
        found = _heat_api.again(context.conn.orchestration, latest)
        if found is None:
            return [None]
        latest = found
        return None if found.busy else [found]

    (found,) = wait_until(
        look,
        context.deadline,
        attempted="see settled",
        kind=KIND,
        name=stack.name,
        resource_id=stack.id,
        progress=lambda: f"the stack is {latest.status}",
    )
    return found


def _wanted(context: Context, desired: Desired) -> Templates:
    lookup = Lookup(conn=context.conn, check_mode=context.check_mode)
    option = desired.option
    image, flavor = lookup.image(option("image")), lookup.flavor(option("flavor"))
    networks = [lookup.network(network) for network in option("networks")]
    groups = option("security_groups")
    secured = lookup.security_groups(list(dict.fromkeys(groups))) if groups is not None else None
    if option("key_name"):
        lookup.key_pair(option("key_name"))
    if option("availability_zones"):
        lookup.zones(option("availability_zones"))
    lookup.problems.extend(_missing_services(context, desired.params or {}))
    members = [_member(lookup, pool) for pool in option("pools")]
    if image is not None and flavor is not None:
        lookup.problems.extend(fits(image, flavor))
    if lookup.problems or image is None or flavor is None:
        raise InvalidInputError(lookup.problems)
    for missing in lookup.assumed:
        context.warn(f"There is no {missing} yet; outside check mode it would have to be there.")
    template = Template(
        image=Reference(id=image.id, name=image.name),
        flavor=Reference(id=flavor.id, name=flavor.name),
        networks=tuple(Reference(id=network.id, name=network.name) for network in networks if network),
        security_groups=secured,
        key_name=option("key_name"),
        user_data=option("user_data"),
        config_drive=option("config_drive"),
        metadata={key: text(value) for key, value in (option("metadata") or {}).items()},
    )
    return templates(_group(desired, template, members, flavor.vcpus or 1))


def catalogue(context: Context) -> set[str]:
    """Return the types of the services that the cloud has."""
    with attempt("log in to", "the cloud"):
        return {service["type"] for service in context.conn.service_catalog}


def _missing_services(context: Context, params: Mapping[str, Any]) -> list[str]:
    there = catalogue(context)
    needed = _autoscaling_options.services(params)
    return [
        f"{why}, but the cloud has no service of type {kind!r}" for kind, why in needed.items() if kind not in there
    ]


def _group(desired: Desired, template: Template, members: list[PoolMember], vcpus: int) -> Group:
    params: Mapping[str, Any] = desired.params or {}
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
        zones=_autoscaling_options.zones_of(params),
        min_size=params["min_size"],
        max_size=params["max_size"],
        policy=params["anti_affinity"],
        rolling=Rolling(**params["rolling_update"]) if params["rolling_update"] else Rolling(),
        healing=Healing(pool=members[0].pool) if watched else None,
        scaling=_autoscaling_options.scaling(params, vcpus),
    )


def _member(lookup: Lookup, given: Mapping[str, Any]) -> PoolMember:
    reference = given["pool"]
    with attempt("look up", "pool", reference):
        octavia = lookup.conn.load_balancer
        found = list(octavia.pools(name=reference)) or list(octavia.pools(id=reference))
    pool = ""
    try:
        only = one_of("pool", reference, found)
    except InvalidInputError as error:
        lookup.problems.extend(error.problems)
    else:
        if only is not None:
            pool = only.id
        elif lookup.check_mode:
            lookup.assumed.append(f"pool {reference!r}")
        else:
            lookup.problems.append(f"there is no pool {reference!r}")
    return PoolMember(
        pool=pool,
        protocol_port=given["protocol_port"],
        subnet=given["subnet"],
        weight=given["weight"],
        monitor_port=given["monitor_port"],
    )


def failure(context: Context, attempted: str, stack: Stack) -> CloudError:
    """Return the error for a stack that did not become what was asked for, with the deepest reasons."""
    reasons = failures(context.conn.orchestration, stack, stack.updated_at) or [stack.reason]
    return CloudError(
        attempted,
        KIND,
        stack.name,
        resource_id=stack.id,
        answer=f"Heat says {stack.status}: " + "; ".join(reasons),
        hint="Remove the cause and run again to go on from here.",
    )
