# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: group_problems
short_description: Find what autoscaling_group would refuse in a service
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns what M(model_serving.openstack.autoscaling_group) would report about those fleets of a service that are
    autoscaling groups, before they have a load balancer. The filter sends no requests to the cloud.
  - In addition to what preflight reports about the service file, this covers whether the user data has room for the
    program that signals readiness.
positional: _input, model_servers
options:
  _input:
    description: The fleets, as P(model_serving.openstack.kept_fleets#filter) returns them.
    type: list
    elements: dict
    required: true
  model_servers:
    description: The facts C(model_server_result) of the role V(model_server), by the name of the fleet.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what would be refused
  ansible.builtin.debug:
    msg: "{{ preflight_result.fleets | model_serving.openstack.group_problems({'chat': model_server_result}) }}"
"""

RETURN = r"""
_value:
  description: The problems. The list is empty if all groups can be created.
  type: list
  elements: str
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils import _group_options
from ansible_collections.model_serving.openstack.plugins.plugin_utils._arguments import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def group_problems(fleets: Any, model_servers: Mapping[str, Any]) -> list[str]:
    """Return the problems."""
    return list(_group_options.group_problems(plain(fleets), plain(model_servers)))


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"group_problems": group_problems}
