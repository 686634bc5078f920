# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: preflight_warnings
short_description: Find what you should know before a deployment that can work
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns findings that do not prevent a deployment but can be surprising.
positional: _input, capacity, fleets, existing, balancer
options:
  _input:
    description: The service, as P(model_serving.openstack.service_arguments#filter) completes it.
    type: dict
    required: true
  capacity:
    description: Result of M(model_serving.openstack.capacity_info).
    type: dict
    required: true
  fleets:
    description: The fleets of the service, as P(model_serving.openstack.kept_fleets#filter) returns them.
    type: list
    elements: dict
    required: true
  existing:
    description: Result of M(model_serving.openstack.service_info).
    type: dict
    required: true
  balancer:
    description: Result of M(model_serving.openstack.load_balancer) in check mode, or of a task that was skipped.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the warnings
  ansible.builtin.debug:
    msg: >-
      {{ preflight_result.service | model_serving.openstack.preflight_warnings(
           capacity=found.capacity, fleets=preflight_result.fleets, existing=existing, balancer=rehearsal) }}
"""

RETURN = r"""
_value:
  description: The warnings.
  type: list
  elements: str
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic import elastic_warnings
from ansible_collections.model_serving.openstack.plugins.plugin_utils._owners import credential_warnings, owner_warnings
from ansible_collections.model_serving.openstack.plugins.plugin_utils._privileges import privilege_warnings
from ansible_collections.model_serving.openstack.plugins.plugin_utils._quotas import Existing
from ansible_collections.model_serving.openstack.plugins.plugin_utils._rehearsal import warnings
from ansible_collections.model_serving.openstack.plugins.plugin_utils._surge import surge_warnings
from ansible_collections.model_serving.openstack.plugins.plugin_utils._zones import zone_warnings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Facts = Mapping[str, Any]


def preflight_warnings(
    service: Facts, capacity: Facts, fleets: Sequence[Facts], existing: Facts, balancer: Facts
) -> list[str]:
    """Return the warnings."""
    there = Existing.listed(existing)
    return [
        *warnings(service, capacity, balancer),
        *elastic_warnings(fleets, capacity),
        *owner_warnings(fleets, there.groups, capacity.get("user")),
        *credential_warnings(fleets, by_credential=bool(capacity.get("application_credential"))),
        *privilege_warnings(fleets, capacity, there),
        *surge_warnings(fleets, capacity, there),
        *zone_warnings(fleets, capacity, there),
    ]


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"preflight_warnings": preflight_warnings}
