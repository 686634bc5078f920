# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: service_arguments
short_description: Convert and complete a service file, and find its mistakes
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns the service with types and defaults applied, and all mistakes that can be found without the cloud.
positional: _input, spec
options:
  _input:
    description: The service, as a user wrote it.
    type: raw
    required: true
  spec:
    description: The options of a service, as in an argument spec.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the mistakes
  ansible.builtin.debug:
    msg: "{{ {'replicas': 'three'} | model_serving.openstack.service_arguments({'replicas': {'type': 'int'}}) }}"
"""

RETURN = r"""
_value:
  description: The result.
  type: dict
  contains:
    service:
      description: The service. Options that are wrong or not given are V(none).
      type: dict
    problems:
      description: The mistakes.
      type: list
      elements: str
"""

import ipaddress
import re
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import metadata_problems
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_rules import LONGEST_TIMEOUT
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_options import (
    boot_volume_problems,
    description_problems,
    network_problems,
    tag_problems,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_options import health_problems
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_policy import update_problems
from ansible_collections.model_serving.openstack.plugins.plugin_utils._arguments import checked, plain
from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic_rules import elastic_rules
from ansible_collections.model_serving.openstack.plugins.plugin_utils._fleets import fleet_rules
from ansible_collections.model_serving.openstack.plugins.plugin_utils._runtimes import MODEL_NAME, set_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ansible_collections.model_serving.openstack.plugins.plugin_utils._arguments import Spec

    Service = Mapping[str, Any]

NAME = "model_service"
SERVICE_NAME = re.compile(r"[a-z]([a-z0-9-]{0,46}[a-z0-9])?")
HIGHEST_PORT = 65535
LONGEST_ANSWER = LONGEST_TIMEOUT // 1000


def service_arguments(service: Any, spec: Spec) -> dict[str, Any]:
    """Return the service and its problems."""
    spec = plain(spec)
    if service is None:
        complete = checked({}, spec, NAME, [])
        return {"service": complete, "problems": [f"{NAME} is missing: give a service file with -e @FILE"]}
    problems: list[str] = []
    complete = checked(plain(service), spec, NAME, problems)
    return {"service": complete, "problems": [*problems, *_rules(complete)]}


def _rules(service: Service) -> Iterator[str]:
    """Yield what types cannot say. An option that is wrong already is None."""
    name = service.get("name")
    if name is not None and not SERVICE_NAME.fullmatch(name):
        yield (
            f"{NAME}.name is {name!r}, but must be lowercase letters, digits and dashes, at most 48, "
            "beginning with a letter"
        )
    if (replicas := service.get("replicas")) is not None and replicas < 1:
        yield f"{NAME}.replicas is {replicas}, but must be at least 1"
    balancer = service.get("load_balancer") or {}
    for where, port in (("port", service.get("port")), ("load_balancer.port", balancer.get("port"))):
        if port is not None and not 1 <= port <= HIGHEST_PORT:
            yield f"{NAME}.{where} is {port}, but must be between 1 and {HIGHEST_PORT}"
    wait = balancer.get("answer_timeout")
    if wait is not None and not 1 <= wait <= LONGEST_ANSWER:
        yield f"{NAME}.load_balancer.answer_timeout is {wait}, but must be between 1 and {LONGEST_ANSWER} seconds"
    yield from _model_rules(service.get("models"))
    for index, fleet in enumerate(service.get("fleets") or ()):
        yield from _model_rules(fleet.get("models"), f"{NAME}.fleets[{index}].models")
    yield from fleet_rules(service, NAME)
    fleets = service.get("fleets") or []
    places = [NAME, *(f"{NAME}.fleets[{index}]" for index in range(len(fleets)))]
    yield from elastic_rules([service, *fleets], places)
    yield from _template_rules(service)
    yield from _cidr_rules((service.get("security_group") or {}).get("allowed_cidrs"))
    for place, owner in zip(places, [service, *fleets], strict=True):
        yield from boot_volume_problems(owner.get("boot_volume"), f"{place}.boot_volume")
        yield from _anti_affinity_rules(owner.get("anti_affinity") or {}, f"{place}.anti_affinity")


def _model_rules(models: Any, where: str = f"{NAME}.models") -> Iterator[str]:
    if models is None:
        return
    yield from set_problems(models, where)
    for index, model in enumerate(models):
        for key in ("name", "version"):
            if model.get(key) is not None and not MODEL_NAME.fullmatch(model[key]):
                yield f"{where}[{index}].{key} is {model[key]!r}, but must be letters, digits and '-', '_', '.'"


def _template_rules(service: Service) -> Iterator[str]:
    """Yield what server_fleet and autoscaling_group would say about the instance template."""
    yield from network_problems(service.get("additional_networks") or (), f"{NAME}.additional_networks")
    yield from metadata_problems(service.get("metadata") or {}, f"{NAME}.metadata")
    yield from tag_problems(service.get("tags") or (), f"{NAME}.tags")
    yield from description_problems(service.get("description") or "", f"{NAME}.description")
    yield from (f"{NAME}.rollout: {problem}" for problem in update_problems(service.get("rollout") or {}))
    yield from (f"{NAME}.health: {problem}" for problem in health_problems(service.get("health") or {}))


def _anti_affinity_rules(anti_affinity: Service, where: str) -> Iterator[str]:
    most = anti_affinity.get("max_server_per_host")
    if most is not None and anti_affinity.get("policy") == "soft-anti-affinity":
        yield f"{where}.max_server_per_host goes with the policy 'anti-affinity' only"
    if most is not None and most < 1:
        yield f"{where}.max_server_per_host is {most}, but must be at least 1"


def _cidr_rules(cidrs: Any) -> Iterator[str]:
    for index, cidr in enumerate(cidrs or ()):
        try:
            ipaddress.ip_network(cidr)
        except ValueError as error:
            yield f"{NAME}.security_group.allowed_cidrs[{index}] is no network: {error}"


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"service_arguments": service_arguments}
