# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet of a service file is to C(autoscaling_group), and what the module would refuse of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.model_serving.openstack.plugins.module_utils import _autoscaling_options
from ansible_collections.model_serving.openstack.plugins.module_utils._options import INSTANCE_TEMPLATE, REPLICA, STATE
from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic import refusal
from ansible_collections.model_serving.openstack.plugins.plugin_utils._given_options import given_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ansible_collections.model_serving.openstack.plugins.module_utils._options import ArgumentSpec

    Facts = Mapping[str, Any]

SPEC: ArgumentSpec = {
    "name": {"type": "str", "required": True},
    **_autoscaling_options.GROUP,
    **INSTANCE_TEMPLATE,
    **REPLICA,
    **STATE,
}
DRAIN_TIMEOUT = 30
HALT = "halt"


def group_options(
    fleet: Facts,
    model_server: Facts,
    pools: Facts | None = None,
    endpoint: str | None = None,
    load_balancer: str | None = None,
) -> dict[str, Any]:
    """Return the options of the group that a fleet becomes, but for the security group, which the role makes.

    :param fleet: as :func:`_elastic.kept_fleets` returns it
    :param model_server: what the role C(model_server) publishes
    :param pools: ids of the pools that are there, by name; names of pools are not unique
    :param endpoint: under which replicas reach Heat, when not that of the catalogue
    :param load_balancer: name of the one that has the pools, or will have those that are not there yet
    """
    options = fleet["autoscaling"]
    known = (pools or {}).get(fleet["pool"])
    # In the first check there is no pool yet: by its name alone, that of another load balancer would be found.
    pool = {"pool": known or fleet["pool"], "load_balancer": None if known else load_balancer}
    url = f"http://127.0.0.1:{fleet['port']}{model_server['ready_path']}"
    readiness = {"url": url, "timeout": options["readiness_timeout"], "endpoint": endpoint or None}
    return {
        "name": fleet["name"],
        **_size(fleet),
        **_template(fleet),
        "user_data": model_server["user_data"],
        "pools": [given_options({**pool, "protocol_port": fleet["port"]})],
        "readiness": given_options(readiness),
        **_replacement(fleet["rollout"]),
        "target_tracking": given_options(options["target_tracking"] or {}),
        "step_scaling": [given_options(steps) for steps in options["step_scaling"] or []],
        "health_check_type": options["health_check_type"],
    }


def _size(fleet: Facts) -> dict[str, Any]:
    options = fleet["autoscaling"]
    # What an existing group is to have is up to its scaling.
    first_size = None if fleet["group_exists"] else fleet["replicas"]
    return {
        "min_size": options["min_size"],
        "max_size": options["max_size"],
        "desired_capacity": options["desired_capacity"] or first_size,
        "availability_zones": fleet["availability_zones"] or [],
        "anti_affinity": fleet["anti_affinity"]["policy"],
        "max_server_per_host": fleet["anti_affinity"]["max_server_per_host"],
    }


def _template(fleet: Facts) -> dict[str, Any]:
    network, subnet = fleet["network"], fleet.get("subnet")
    main = {"network": network, "subnet": subnet} if subnet else network
    return {
        "image": fleet["image"],
        "flavor": fleet["flavor"],
        "networks": [main, *(fleet["additional_networks"] or [])],
        "key_name": fleet["key_name"],
        "config_drive": fleet["config_drive"],
        "metadata": fleet["metadata"] or {},
        "boot_volume": given_options(fleet["boot_volume"] or {}),
        "tags": fleet["tags"] or [],
    }


def _replacement(rollout: Facts) -> dict[str, Any]:
    return {
        "drain_timeout": DRAIN_TIMEOUT if rollout["drain_timeout"] is None else rollout["drain_timeout"],
        "rolling_update": {"max_batch_size": rollout["max_surge"] or 1, "pause": rollout["pause"] or 0},
        "rollback": rollout["on_failure"] != HALT,
    }


def group_problems(fleets: Iterable[Facts], model_servers: Mapping[str, Facts]) -> Iterator[str]:
    """Yield what C(autoscaling_group) would refuse: all that shows without the cloud.

    :param fleets: as :func:`_elastic.kept_fleets` returns them; of those that stay server fleets nothing is said
    :param model_servers: what the role C(model_server) publishes, by the name of the fleet
    """
    for fleet in fleets:
        if fleet["elastic"]:
            yield from (refusal(fleet, why) for why in _refused(group_options(fleet, model_servers[fleet["name"]])))


def _refused(options: Facts) -> list[str]:
    # As the role does, which leaves out what is empty.
    given = {name: value for name, value in options.items() if value not in (None, "", [], {})}
    result = ArgumentSpecValidator(SPEC).validate({**given, "security_groups": [f"model_serving.{options['name']}"]})
    return result.error_messages or _autoscaling_options.problems(result.validated_parameters)
