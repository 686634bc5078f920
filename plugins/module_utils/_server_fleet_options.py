# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of C(server_fleet) and the values they become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_fields as fields
from ansible_collections.model_serving.openstack.plugins.module_utils import _readiness, _replica_options
from ansible_collections.model_serving.openstack.plugins.module_utils._numbers import too_small
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_members import PoolUse
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_policy import (
    HALT,
    ROLLBACK,
    ROLLING,
    UPDATE_POLICIES,
    update_problems,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import (
    BEST_EFFORT,
    DRIFTED,
    SOFT_FALLBACK,
    TERMINATION_POLICIES,
    ZONE_DISTRIBUTIONS,
    HealthPolicy,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._url import login_problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.model_serving.openstack.plugins.module_utils._options import ArgumentSpec

_WHOLE = 100
MOST_REPLICAS = 10_000
"""Each has a name in a plan; a number with a digit too many shall not fill the memory."""

POOL_USE: ArgumentSpec = {
    "pool": {"type": "str", "required": True},
    "load_balancer": {"type": "str"},
    "protocol_port": {"type": "int", "required": True},
    "weight": {"type": "int"},
    "backup": {"type": "bool"},
    "subnet": {"type": "str"},
    "monitor_address": {"type": "str"},
    "monitor_port": {"type": "int"},
}

FLEET: ArgumentSpec = {
    "replicas": {"type": "int"},
    "availability_zones": {"type": "list", "elements": "str"},
    "availability_zone_distribution": {"type": "str", "choices": list(ZONE_DISTRIBUTIONS), "default": BEST_EFFORT},
    "server_group": {"type": "str"},
    "fallback": {"type": "str", "choices": ["none", SOFT_FALLBACK], "default": "none"},
    "termination_policy": {"type": "str", "choices": list(TERMINATION_POLICIES), "default": DRIFTED},
    "update_policy": {"type": "str", "choices": list(UPDATE_POLICIES), "default": ROLLING},
    "max_surge": {"type": "int"},
    "max_unavailable": {"type": "int"},
    "min_healthy_percentage": {"type": "int"},
    "max_healthy_percentage": {"type": "int"},
    "pause": {"type": "int", "default": 0},
    "on_failure": {"type": "str", "choices": [ROLLBACK, HALT], "default": ROLLBACK},
    "skip_matching": {"type": "bool", "default": True},
    "pools": {"type": "list", "elements": "dict", "options": POOL_USE, "default": []},
    "drain_timeout": {"type": "int", "default": 30},
    "readiness_url": {"type": "str"},
    "health_grace_period": {"type": "int", "default": 300},
    "max_unhealthy_percentage": {"type": "int", "default": 50},
    "build_timeout": {"type": "int", "default": 600},
}


def pool_uses(params: Mapping[str, Any]) -> tuple[PoolUse, ...]:
    """Return how replicas use pools."""
    uses = []
    for options in params["pools"]:
        settings = fields.declared(fields.MEMBER, options)
        if options["subnet"]:
            settings["subnet_id"] = options["subnet"]
        uses.append(
            PoolUse(
                pool=options["pool"],
                load_balancer=options["load_balancer"],
                protocol_port=options["protocol_port"],
                settings=settings,
            )
        )
    return tuple(uses)


def health_policy(params: Mapping[str, Any]) -> HealthPolicy:
    """Return the options as a value."""
    return HealthPolicy(
        grace_period=params["health_grace_period"],
        max_unhealthy_percentage=params["max_unhealthy_percentage"],
        build_timeout=params["build_timeout"],
    )


def problems(params: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the options, as far as it shows without the cloud."""
    found = too_small(params, ["replicas"])
    if (params["replicas"] or 0) > MOST_REPLICAS:
        found.append(f"'replicas' is {params['replicas']}, but {MOST_REPLICAS} are the most in one fleet")
    if params["fallback"] == SOFT_FALLBACK and params["state"] == "present" and not params["server_group"]:
        found.append("'fallback: soft' goes with 'server_group' only")
    named = [(options["load_balancer"], options["pool"], options["protocol_port"]) for options in params["pools"]]
    found.extend(f"'pools' names {pool!r} with port {port} twice" for _lb, pool, port in _twice(named))
    for options in params["pools"]:
        found.extend(_replica_options.pool_problems(options))
    return found + update_problems(params) + health_problems(params)


def health_problems(params: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the options about health; those that are None or missing are left to their defaults."""
    found = too_small(params, ("health_grace_period", "build_timeout"))
    if not 0 <= (params.get("max_unhealthy_percentage") or 0) <= _WHOLE:
        found.append("'max_unhealthy_percentage' must be from 0 to 100")
    url = params.get("readiness_url")
    # Of a URL with a password no other problem is told, since those quote it.
    return found + (login_problem(url, "readiness_url") or _readiness.problem_of(url))


def _twice(entries: list[tuple[str | None, str, int]]) -> list[tuple[str | None, str, int]]:
    return [entry for number, entry in enumerate(entries) if entry in entries[:number]]
