# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of an autoscaling group: their specification, and what can be refused without the cloud."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import (
    _autoscaling_scaling_options,
    _instance_template,
    _replica_options,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import Readiness
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_scaling_options import SCALING
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_user_data import (
    FILLED_IN,
    TOKEN_LIFETIME,
    with_signal,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._numbers import too_small
from ansible_collections.model_serving.openstack.plugins.module_utils._options import ArgumentSpec
from ansible_collections.model_serving.openstack.plugins.module_utils._url import web_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._replica_options import TemplateOptions

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,57}")
"""What Heat takes as the name of a stack, and short enough for a tag of 80 characters around it."""
LONGEST_WAIT = 43200
"""Seconds that a wait condition of Heat may last."""

POOL: ArgumentSpec = {
    "pool": {"type": "str", "required": True},
    "load_balancer": {"type": "str"},
    "protocol_port": {"type": "int", "required": True},
    "subnet": {"type": "str"},
    "weight": {"type": "int"},
    "monitor_port": {"type": "int"},
}
READINESS: ArgumentSpec = {
    "url": {"type": "str", "required": True},
    "timeout": {"type": "int", "default": 600},
    "interval": {"type": "int", "default": 2},
    "endpoint": {"type": "str"},
}
ROLLING_UPDATE: ArgumentSpec = {
    "max_batch_size": {"type": "int", "default": 1},
    "pause": {"type": "int", "default": 0},
}
GROUP: ArgumentSpec = {
    "min_size": {"type": "int"},
    "max_size": {"type": "int"},
    "desired_capacity": {"type": "int"},
    "availability_zones": {"type": "list", "elements": "str"},
    "anti_affinity": {
        "type": "str",
        "choices": ["anti-affinity", "soft-anti-affinity"],
        "default": "soft-anti-affinity",
    },
    "max_server_per_host": {"type": "int"},
    "pools": {"type": "list", "elements": "dict", "default": [], "options": POOL},
    "readiness": {"type": "dict", "options": READINESS},
    "drain_timeout": {"type": "int", "default": 30},
    "rolling_update": {"type": "dict", "options": ROLLING_UPDATE},
    "rollback": {"type": "bool", "default": True},
    **SCALING,
    "health_check_type": {"type": "str", "choices": ["none", "load_balancer"], "default": "none"},
    "describe_replicas": {"type": "bool", "default": False},
}


@dataclass(frozen=True, kw_only=True)
class Desired:
    """An autoscaling group as the options describe it; names not looked up yet."""

    params: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.params["name"])

    @property
    def present(self) -> bool:
        return bool(self.params["state"] == "present")

    @property
    def timeout(self) -> int:
        return int(self.params["timeout"])

    def option(self, name: str) -> Any:
        """Return an option."""
        return self.params[name]


def zones_of(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the zones of a group; one that means none in particular when no zones are given.

    By name: replicas belong to the number of their zone, so another order of the option would replace all of them.
    """
    return tuple(sorted(set(params["availability_zones"] or [""])))


def problems(params: Mapping[str, Any]) -> list[str]:
    """Return everything that is wrong with the options, as far as it shows without the cloud."""
    found = []
    if not _NAME.fullmatch(params["name"]):
        found.append(f"'name' is {params['name']!r}, but Heat takes up to 58 letters, digits and '_.-', a letter first")
    if params["state"] == "absent":
        return found
    low, high, size = params["min_size"], params["max_size"], params["desired_capacity"]
    zones = zones_of(params)
    if not 0 < low <= high:
        found.append(f"'min_size' ({low}) must be at least 1 and 'max_size' ({high}) not less")
    if size is not None and not low <= size <= high:
        found.append(f"'desired_capacity' is {size}, but must be between 'min_size' ({low}) and 'max_size' ({high})")
    if low < len(zones):
        # A percentage of no servers is none: a zone that has shrunk to nothing would never grow again.
        found.append(
            f"'min_size' is {low}, but there are {len(zones)} zones, each with one server at least; name fewer zones,"
            " or more servers"
        )
    most = params["max_server_per_host"]
    if most is not None and (most < 1 or params["anti_affinity"] != "anti-affinity"):
        found.append("'max_server_per_host' must be at least 1, and goes with the policy 'anti-affinity' only")
    if params["health_check_type"] == "load_balancer" and not params["pools"]:
        found.append("'health_check_type' is 'load_balancer', but 'pools' names no pool to watch")
    for pool in params["pools"]:
        found += _replica_options.pool_problems(pool)
    found += _update_problems(params) + _autoscaling_scaling_options.problems(params) + _template_problems(params)
    return found + _user_data_problems(params) + _instance_template.problems(params)


def _update_problems(params: Mapping[str, Any]) -> list[str]:
    """Return what would be found out in the middle of an update only: by Heat, or by replicas."""
    rolling = params["rolling_update"] or {}
    found = too_small(params, ["drain_timeout"])
    found += too_small(rolling, ["max_batch_size"], "rolling_update.", least=1)
    found += too_small(rolling, ["pause"], "rolling_update.")
    ready = params["readiness"]
    if ready is None:
        return found
    if not 0 < ready["timeout"] <= LONGEST_WAIT:
        found.append(f"'readiness.timeout' must be between 1 and {LONGEST_WAIT} seconds")
    found += too_small(ready, ["interval"], "readiness.", least=1)
    return found + web_problem(ready["url"], "readiness.url") + web_problem(ready["endpoint"], "readiness.endpoint")


def warnings(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the options ask for and what may not hold."""
    given = params["readiness"]
    if given is None or given["timeout"] <= TOKEN_LIFETIME:
        return ()
    said = (
        f"'readiness.timeout' is {given['timeout']}, but a server signals with a token of Keystone, which lasts"
        f" {TOKEN_LIFETIME} s by default: one that is ready later fails, unless the operator lets tokens last longer"
    )
    return (said,)


def template_options(params: Mapping[str, Any]) -> TemplateOptions:
    """Return the options of the instance template.

    What a network says about its ports is for ports that the fleet makes itself, elsewhere the fixed ones. Here Heat
    makes them for each replica anew.
    """
    return _replica_options.template_options({**params, "networks": _with_ports(params)})


def _with_ports(params: Mapping[str, Any]) -> list[Any]:
    return [
        {**network, "fixed_ports": True}
        if isinstance(network, Mapping) and any(network.get(name) is not None for name in _replica_options.OF_OWN_PORTS)
        else network
        for network in map(_replica_options.typed_network, params["networks"] or ())
    ]


def _template_problems(params: Mapping[str, Any]) -> list[str]:
    """Return what a replica of a fleet can have and one that Heat makes cannot."""
    found = [
        f"'networks' has '{name}', but replicas that the cloud itself makes and removes have no ports that outlive"
        " them; only those of a fleet can"
        for name in lasting_ports(params["networks"] or ())
    ]
    if params["lock"]:
        found.append("'lock' is true, but Nova lets only the operator delete a locked server, so Heat could not")
    if params["description"]:
        found.append("'description' is given, but Heat cannot set the description of a server")
    given = [network for network in _with_ports(params) if isinstance(network, Mapping)]
    if params["security_groups"] and any(network.get("port_security_enabled") is False for network in given):
        found.append("'security_groups' are given, but Heat would set them on the port without port security, too")
    return found or _replica_options.problems({**params, "networks": _with_ports(params)})


def lasting_ports(networks: Sequence[Any]) -> list[str]:
    """Return the options by which items of C(networks) have ports that outlive replicas."""
    given = [each for each in map(_replica_options.typed_network, networks) if isinstance(each, Mapping)]
    return [name for name in ("fixed_ports", "ports") if any(network.get(name) for network in given)]


def _user_data_problems(params: Mapping[str, Any]) -> list[str]:
    signalling = readiness(params)
    if signalling is None:
        return []
    size = len(_instance_template.encoded(with_signal(params["user_data"], signalling))) + FILLED_IN
    limit = _instance_template.USER_DATA_LIMIT
    if size <= limit:
        return []
    return [
        f"'user_data' takes {size} characters in base64 with what signals readiness, but Nova takes {limit} at most"
    ]


def services(params: Mapping[str, Any]) -> dict[str, str]:
    """Return the services of the cloud that the options need: type in the catalogue and what needs it."""
    needed = {"orchestration": "an autoscaling group needs Heat", **_autoscaling_scaling_options.services(params)}
    if params["health_check_type"] == "load_balancer":
        needed["alarming"] = "'health_check_type' needs Aodh"
    return needed


def readiness(params: Mapping[str, Any]) -> Readiness | None:
    """Return when a replica is ready; C(None) when that is not asked."""
    given = params["readiness"]
    return None if given is None else Readiness(**given)
