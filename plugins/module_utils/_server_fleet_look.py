# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at a fleet and at everything its template, server group and pools refer to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError, attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports_apply import (
    ports_of,
    with_foreign_users,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template_lookup import template_of
from ansible_collections.model_serving.openstack.plugins.module_utils._lookup import Lookup
from ansible_collections.model_serving.openstack.plugins.module_utils._moments import seconds_since
from ansible_collections.model_serving.openstack.plugins.module_utils._readiness import asked, unready
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_ports import replica_ports
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_drift import drift
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_groups import (
    family,
    namesakes,
    suitable,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_health import (
    found_ready,
    is_stuck,
    unhealthy,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_members import RESTING, standings
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_observe import (
    replicas_of,
    settled_replicas,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_pools import pool_states
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import (
    BALANCED_ONLY,
    Desired,
    Observed,
    Replica,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_group import KIND as SERVER_GROUP
from ansible_collections.model_serving.openstack.plugins.module_utils._server_group import all_server_groups
from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group
from ansible_collections.model_serving.openstack.plugins.module_utils._zones import (
    closed_zones,
    fleet_without,
    needed_zones,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_members import PoolState


def observe(context: Context, desired: Desired) -> Observed:
    """Return a fleet and, unless it shall be absent, its template with all names looked up.

    :raises InvalidInputError: with everything the template refers to and that does not exist
    """
    if not desired.present:
        return _observe_absent(context, desired)
    lookup = Lookup(conn=context.conn, check_mode=context.check_mode)
    template = template_of(lookup, desired)
    listed = all_server_groups(context) if desired.server_group else ()
    base = _server_group_of(lookup, desired, listed)
    closed = _closed_zones(context, lookup, desired)
    if template is None or lookup.problems:
        raise InvalidInputError(lookup.problems)
    for missing in lookup.assumed:
        context.warn(f"There is no {missing} yet; outside check mode it would have to be there.")
    bare = Observed(
        name=desired.name,
        replicas=(),
        template=template,
        server_group=base,
        group_limit=_group_limit(context) if base else None,
        closed_zones=closed,
    )
    fleet = _with_replicas(context, desired, bare, listed)
    pools = pool_states(context, desired.pools)
    if fleet.replicas:
        _tell_missing(context, desired, pools)
    now = datetime.now(UTC)
    answers = _ask(context, desired, fleet.replicas, pools, now)
    doomed = unhealthy(fleet.replicas, pools, desired.health, now, answers)
    _tell_stuck(context, desired, [one for one in fleet.replicas if one.id not in doomed], now)
    return replace(
        fleet,
        pools=pools,
        unhealthy=doomed,
        unready=_unready(desired, fleet.replicas, pools),
        replica_ports=replica_ports(context, fleet.replicas) if template.security_groups is not None else (),
    )


def _tell_missing(context: Context, desired: Desired, pools: Sequence[PoolState]) -> None:
    """Warn about pools that are not there, although there are replicas: a mistake in a name looks like this."""
    for state in pools:
        if not state.found and not state.failed:
            context.warn(
                f"There is no pool {state.use.pool!r}, so replicas of fleet {desired.name!r} are no members of it, and"
                " those that are replaced are not drained there."
            )


def _tell_stuck(context: Context, desired: Desired, replicas: Sequence[Replica], now: datetime) -> None:
    for one in replicas:
        if is_stuck(one, desired.health, now):
            context.warn(
                f"Replica {one.name!r} of fleet {desired.name!r} has been in status {one.status} for"
                f" {seconds_since(one.changed_at, now):.0f} s. It counts as one that serves; if it does not, delete it,"
                " and the next run makes another one."
            )


def observe_again(context: Context, desired: Desired, before: Observed) -> Observed:
    """Return a fleet as a run has left it.

    What its options refer to is what it was: a name that has become unclear meanwhile does not spoil what is done.
    """
    if not desired.present:
        return _observe_absent(context, desired)
    base, listed = before.server_group, all_server_groups(context) if before.server_group else ()
    # With the members that it has got.
    base = next((group for group in listed if base and group.id == base.id), base)
    bare = Observed(
        name=desired.name,
        replicas=(),
        template=before.template,
        server_group=base,
        group_limit=before.group_limit,
    )
    return _with_replicas(context, desired, bare, listed)


def _with_replicas(context: Context, desired: Desired, bare: Observed, listed: Sequence[Group]) -> Observed:
    """Return a fleet with its ports, replicas and server groups.

    :param listed: the server groups of the project
    """
    # Before the servers: a replica that uses one of them is among those then.
    ports = ports_of(context, desired.name, bare.template)
    replicas = settled_replicas(context, desired.name, desired.health.build_timeout)
    base, template = bare.server_group, bare.template
    named = namesakes(base, listed) if base else ()
    groups = family(base, named, desired.name, [one.id for one in replicas]) if base else ()
    right, zones = suitable(base, groups) if base else (), desired.availability_zones
    return replace(
        bare,
        replicas=tuple(replicas),
        groups=groups,
        namesakes=named,
        drift={one.id: drift(one, template, right, zones) for one in replicas} if template else {},
        ports=with_foreign_users(context, ports, replicas),
    )


def _closed_zones(context: Context, lookup: Lookup, desired: Desired) -> frozenset[str]:
    """Return the zones that are wanted and take no servers. Those that the fleet needs are problems."""
    wanted = desired.availability_zones or ()
    known = lookup.zones() if wanted else {}
    used = {one.zone for one in replicas_of(context, desired.name)} if set(wanted) - known.keys() else set()
    needed = needed_zones(wanted, known, used, balanced=desired.zone_distribution == BALANCED_ONLY)
    lookup.problems.extend(needed)
    closed = closed_zones(wanted, known)
    for why in closed.values():
        if why not in needed:
            context.warn(fleet_without(desired.name, why))
    return frozenset(closed)


def _observe_absent(context: Context, desired: Desired) -> Observed:
    # Before the servers, as above.
    ports = ports_of(context, desired.name, None)
    replicas = replicas_of(context, desired.name)
    listed = all_server_groups(context) if desired.server_group else ()
    base = next((group for group in listed if desired.server_group in (group.name, group.id)), None)
    # Without its first group, a fleet may still have further ones.
    if base is None and desired.server_group:
        base = Group(id="", name=desired.server_group, policy="", max_server_per_host=None)
    named = namesakes(base, listed) if base else ()
    return Observed(
        name=desired.name,
        replicas=tuple(replicas),
        server_group=base,
        groups=family(base, named, desired.name, [one.id for one in replicas]) if base else (),
        namesakes=named,
        pools=pool_states(context, desired.pools),
        ports=with_foreign_users(context, ports, replicas, for_good=True),
    )


def _ask(
    context: Context, desired: Desired, replicas: Sequence[Replica], pools: Sequence[PoolState], now: datetime
) -> Mapping[str, str | None] | None:
    """Ask the replicas that should be ready by now whether they are, and those on lost hosts whether they still are."""
    if not desired.readiness_url:
        return None
    grace_period = desired.health.grace_period
    chosen = [
        replica
        for replica in replicas
        if replica.running and (replica.host_lost or seconds_since(replica.began_at, now) > grace_period)
    ]
    tested = {one.id for one in chosen if found_ready(one, pools)}
    found = asked(context.deadline, desired.readiness_url, chosen, tested)
    if found is None:
        context.warn(
            f"No replica of fleet {desired.name!r} is ready at {desired.readiness_url} as seen from this host, so"
            " nothing is concluded from it."
        )
    return found


def _unready(desired: Desired, replicas: Sequence[Replica], pools: Sequence[PoolState]) -> frozenset[str]:
    resting = [one for one in replicas if one.running and RESTING in standings(one, pools)]
    return unready(desired.readiness_url, resting) if desired.readiness_url else frozenset()


def _group_limit(context: Context) -> int | None:
    """Return how many members Nova allows in a server group."""
    with attempt("read", "the limits of the project"):
        limit = context.conn.compute.get_limits().absolute.server_group_members
    return int(limit) if limit is not None and int(limit) > 0 else None


def _server_group_of(lookup: Lookup, desired: Desired, groups: Sequence[Group]) -> Group | None:
    if desired.server_group is None:
        return None
    matching = [group for group in groups if desired.server_group in (group.name, group.id)]
    group = lookup.only(SERVER_GROUP, desired.server_group, matching, made_earlier=True)
    # Where there is none, only check mode goes on.
    return group or Group(id="", name=desired.server_group, policy="", max_server_per_host=None)
