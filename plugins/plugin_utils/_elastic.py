# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who keeps the replicas of a service: the cloud, as an autoscaling group, or the playbook, as a server fleet. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_options import (
    lasting_ports,
    zones_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._catalogue import usual
from ansible_collections.model_serving.openstack.plugins.plugin_utils._subnets import two_addresses
from ansible_collections.model_serving.openstack.plugins.plugin_utils._user_data_secrets import secrets_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Facts = Mapping[str, Any]
SIZES = ("min_size", "max_size", "desired_capacity")
HEAT, AODH, GNOCCHI = "orchestration", "alarming", "metric"
NEEDED = {
    HEAT: "Heat, which keeps autoscaling groups",
    AODH: "Aodh, whose alarms scale and heal them",
    GNOCCHI: "Gnocchi, which has the metric that it is scaled by",
}
NO_TRUSTS = (
    "Keystone lets application credentials make no trusts, with which Heat and Aodh act, unless its operator allows it"
    " (autoscaling.enabled: true tries)"
)
"""No more than a reason to make a new service a fleet: whether the operator allows it is not visible to users."""
ONLY_FLEETS = {
    "rollout.update_policy": ("recreate", "in_place", "none"),
    "rollout.skip_matching": (False,),
    "termination_policy": ("oldest", "newest"),
    "availability_zone_distribution": ("balanced-only",),
    "anti_affinity.fallback": ("soft",),
}
"""Values that only a server fleet knows."""
ONLY_FLEETS_NUMBERS = (
    "rollout.min_healthy_percentage",
    "rollout.max_healthy_percentage",
    "health.health_grace_period",
    "health.max_unhealthy_percentage",
    "health.build_timeout",
)
"""Options that only a server fleet has, and of which 0 asks for something, too."""
ONLY_FLEETS_ANY = ("rollout.max_unavailable", "health.readiness_url", "fixed_ports", "description", "lock")
"""Options that only a server fleet has, and that ask for nothing when they are 0, empty or false."""


def sizes(fleet: Facts) -> dict[str, Any]:
    """Return the options C(autoscaling) of a fleet with all sizes, C(desired_capacity) only if it was given."""
    given: dict[str, Any] = dict(fleet.get("autoscaling") or {})
    replicas = fleet["replicas"] or 1
    low = replicas if given.get("min_size") is None else given["min_size"]
    high = max(low, replicas) if given.get("max_size") is None else given["max_size"]
    return {**dict.fromkeys(SIZES), **given, "min_size": low, "max_size": high}


def inherited(common: Facts | None, own: Facts | None) -> dict[str, Any]:
    """Return the options C(autoscaling) of one of C(fleets): how large the service may be says nothing about it."""
    return dict(own) if own else {key: value for key, value in (common or {}).items() if key not in SIZES}


def kept_fleets(
    fleets: Sequence[Facts], capacity: Facts, groups: Sequence[Facts], existing: Sequence[Facts]
) -> list[dict[str, Any]]:
    """Return the fleets of a service, each with who keeps it.

    :param fleets: as C(service_fleets) lists them
    :param groups: the autoscaling groups that are there
    :param existing: the server fleets that are there
    """
    there = usual(service["type"] for service in capacity["services"])
    grouped = {group["name"] for group in groups}
    fleeted = {fleet["name"] for fleet in existing if fleet["replicas"]}
    found = []
    for fleet in fleets:
        name = fleet["name"]
        options = fleet.get("autoscaling") or {}
        asked = options.get("enabled")
        if asked is None and any(options.get(key) is not None for key in (*SIZES, "target_tracking", "step_scaling")):
            asked = True
        by_itself = asked is None and name not in grouped
        reasons = [*_unable(fleet, fleets), *_missing(options, there, by_itself=by_itself)]
        reasons += _crowded(fleet, capacity.get("quotas") or {})
        if by_itself and capacity.get("application_credential"):
            reasons.append(NO_TRUSTS)
        # One that is there may have come to the right addresses, and goes on with them.
        if name not in grouped:
            reasons += two_addresses(fleet, capacity)
        elastic = asked if asked is not None else name in grouped or (name not in fleeted and not reasons)
        found.append(
            {
                **fleet,
                "autoscaling": sizes(fleet),
                "elastic": bool(elastic),
                "group_exists": name in grouped,
                "obstacles": reasons if asked or (asked is None and name not in fleeted) else [],
            }
        )
    return found


def elastic_problems(fleets: Sequence[Facts]) -> Iterator[str]:
    """Yield why autoscaling groups cannot be had that are wanted.

    :param fleets: as :func:`kept_fleets` returns them
    """
    for fleet in fleets:
        if fleet["elastic"]:
            yield from (refusal(fleet, why) for why in fleet["obstacles"])


def refusal(fleet: Facts, why: str) -> str:
    """Return that a fleet cannot be an autoscaling group, with the way out."""
    instead = f"with autoscaling.enabled: false it is a server fleet of {fleet['replicas']} replicas"
    return f"{fleet['name']!r} cannot be an autoscaling group: {why}; {instead}"


def elastic_warnings(fleets: Sequence[Facts], capacity: Facts) -> Iterator[str]:
    """Yield what a user should know about who keeps the replicas."""
    for fleet in fleets:
        if not fleet["elastic"] and fleet["obstacles"]:
            yield (
                f"{fleet['name']!r} is no autoscaling group, so between two runs nobody replaces what breaks:"
                f" {'; '.join(fleet['obstacles'])}"
            )
        checked = fleet["autoscaling"].get("health_check_type") != "none"
        if fleet["elastic"] and checked and fleet["autoscaling"]["min_size"] == 1:
            yield (
                f"{fleet['name']!r} may have one replica only (min_size). When that one breaks, all of the pool is"
                " broken, which may be the fault of the health monitor, so the cloud does not replace it; the next run"
                " of site.yml does"
            )
        more = fleet["autoscaling"]["max_size"] - (fleet["replicas"] or 0) if fleet["elastic"] else 0
        free = (capacity["quotas"].get("instances") or {}).get("free")
        if more and free is not None and not fleet["group_exists"] and free < fleet["autoscaling"]["max_size"]:
            yield (
                f"{fleet['name']!r} may grow to {fleet['autoscaling']['max_size']} replicas, but of the quota of"
                f" instances only {free} are free"
            )
        if fleet["elastic"] and (found := list(secrets_of(fleet))):
            yield (
                f"{fleet['name']!r} is an autoscaling group, so Heat shows its user data to everybody who may read in"
                f" the project, with {', '.join(found)}: put in what may do no more than read the models, or nothing"
            )


def _unable(fleet: Facts, fleets: Sequence[Facts]) -> Iterator[str]:
    """Yield what is asked for and only a server fleet can do."""
    for path, values in ONLY_FLEETS.items():
        if _value(fleet, path) in values:
            yield f"{path}: {str(_value(fleet, path)).lower()} is for server fleets"
    asked = [path for path in ONLY_FLEETS_NUMBERS if _value(fleet, path) is not None]
    asked += [path for path in ONLY_FLEETS_ANY if _value(fleet, path)]
    yield from (f"{path} is for server fleets" for path in asked)
    for option in lasting_ports(fleet.get("additional_networks") or ()):
        yield f"additional_networks with {option!r} are for server fleets"
    count, low = zones(fleet), sizes(fleet)["min_size"]
    if low < count:
        yield f"autoscaling.min_size is {low}, but there are {count} zones, each with one replica at least"
    if sum(other["pool"] == fleet["pool"] for other in fleets) > 1:
        yield f"fleets that share pool {fleet['pool']!r} by weight need sizes that do not change"


def _crowded(fleet: Facts, quotas: Facts) -> Iterator[str]:
    """Yield when a zone has more replicas than Nova takes into a server group. Fleets use several, groups cannot."""
    limit = (quotas.get("server_group_members") or {}).get("limit")
    count = zones(fleet)
    options = sizes(fleet)
    # To heal, a new one is made before the broken one goes.
    healing = options.get("health_check_type") != "none"
    needed = math.ceil(options["max_size"] / count) + healing
    if limit is not None and needed > limit:
        yield (
            f"{options['max_size']} replicas {f'in {count} zones ' if count > 1 else ''}need room for {needed} in a"
            f" server group{', one of them for healing' if healing else ''}, and Nova takes {limit} (quota of"
            " server_group_members)"
        )


def zones(fleet: Facts) -> int:
    """Return over how many zones a group is spread; one when that is left to Nova."""
    return len(zones_of({"availability_zones": fleet.get("availability_zones")}))


def _value(fleet: Facts, path: str) -> Any:
    value: Any = fleet
    for name in path.split("."):
        value = (value or {}).get(name)
    return value


def _missing(options: Facts, there: set[str], *, by_itself: bool) -> Iterator[str]:
    """Yield which services the cloud lacks.

    :param by_itself: whether nobody asks for a group: then it is one only where the cloud can heal it
    """
    metrics = [metric for metric in [*(options.get("step_scaling") or ()), options.get("target_tracking")] if metric]
    alarms = by_itself or metrics or options.get("health_check_type") != "none"
    of_gnocchi = any(not metric.get("query") for metric in metrics)
    for kind in (HEAT, *([AODH] if alarms else []), *([GNOCCHI] if of_gnocchi else [])):
        if kind not in there:
            instead = "; with a 'query', Prometheus has it" if kind == GNOCCHI else ""
            yield f"the cloud has no service of type {kind!r} ({NEEDED[kind]}{instead})"
