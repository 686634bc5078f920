# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: kept_fleets
short_description: Decide whether the cloud or the playbook maintains the replicas of a service
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns the fleets together with this decision. The service file has the first say, then what already exists, then
    what the cloud supports.
positional: _input, capacity, groups, existing
options:
  _input:
    description: The fleets, as P(model_serving.openstack.service_fleets#filter) lists them.
    type: list
    elements: dict
    required: true
  capacity:
    description: Value C(capacity) of M(model_serving.openstack.capacity_info).
    type: dict
    required: true
  groups:
    description: Value C(groups) of M(model_serving.openstack.autoscaling_group_info).
    type: list
    elements: dict
    required: true
  existing:
    description: Value C(fleets) of M(model_serving.openstack.server_fleet_info).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show which fleets the cloud maintains
  ansible.builtin.debug:
    msg: "{{ kept | selectattr('elastic') | map(attribute='name') }}"
  vars:
    kept: >-
      {{ preflight_result.fleets | model_serving.openstack.kept_fleets(
           capacity=found.capacity, groups=found_groups.groups, existing=fleets.fleets) }}
"""

RETURN = r"""
_value:
  description: The fleets with all their fields and the following additional ones.
  type: list
  elements: dict
  contains:
    elastic:
      description: Whether the fleet is an autoscaling group. Otherwise, it is a server fleet.
      type: bool
    group_exists:
      description: Whether an autoscaling group with this name exists.
      type: bool
    obstacles:
      description: Reasons why the fleet cannot be an autoscaling group.
      type: list
      elements: str
    autoscaling:
      description: Option C(autoscaling) of the fleet, always with C(min_size) and C(max_size).
      type: dict
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic import kept_fleets

if TYPE_CHECKING:
    from collections.abc import Callable


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"kept_fleets": kept_fleets}
