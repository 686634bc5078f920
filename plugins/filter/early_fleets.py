# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: early_fleets
short_description: List the fleets that are changed before routes
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - A model that moves from one fleet to another is in both for a while, and its routes change in between. So fleets
    that get routes are changed first. If no fleet gets routes but some lose routes, all other fleets are changed first,
    because one of them gets the requests.
  - The list is empty if no load balancer sends requests anywhere, or if its listener is about to be replaced.
positional: _input, balancer, protocol, port, service
options:
  _input:
    description: The wanted fleets, as P(model_serving.openstack.kept_fleets#filter) returns them.
    type: list
    elements: dict
    required: true
  balancer:
    description: The load balancer, as M(model_serving.openstack.load_balancer) returns it, if there is one.
    type: dict
  protocol:
    description: Wanted protocol of the listener.
    type: str
    required: true
  port:
    description: Wanted port of the listener.
    type: int
    required: true
  service:
    description: Service that the fleets belong to, if it uses the load balancer of another service.
    type: str
seealso:
  - plugin: model_serving.openstack.held_tree
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show which fleets are changed first
  ansible.builtin.debug:
    msg: >-
      {{ preflight_result.fleets
         | model_serving.openstack.early_fleets(preflight_result.rehearsal.load_balancer, protocol='HTTP', port=80) }}
"""

RETURN = r"""
_value:
  description: Names of the fleets.
  type: list
  elements: str
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils._arrival import early_fleets

if TYPE_CHECKING:
    from collections.abc import Callable


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"early_fleets": early_fleets}
