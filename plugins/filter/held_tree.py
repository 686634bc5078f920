# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: held_tree
short_description: Prepare pools for new routes while requests keep going to the old ones
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns the options O(model_serving.openstack.load_balancer#module:listeners) and
    O(model_serving.openstack.load_balancer#module:pools) that declare the pools of new routes, with their members and
    health monitors, and do not change existing routes and other pools.
  - The new routes have an additional rule that no request matches. Octavia tests the members of a pool only if an L7
    policy leads to the pool.
  - Routes and pools that are no longer wanted stay. Afterwards, applying the result of
    P(model_serving.openstack.balancer_tree#filter) removes them and the additional rule.
positional: _input, balancer, service
options:
  _input:
    description: The options, as P(model_serving.openstack.balancer_tree#filter) returns them.
    type: dict
    required: true
  balancer:
    description: The load balancer, as M(model_serving.openstack.load_balancer) returns it.
    type: dict
    required: true
  service:
    description: Service that the routes belong to, if it uses the load balancer of another service.
    type: str
seealso:
  - plugin: model_serving.openstack.early_fleets
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the routes before fleets are ready for new ones
  ansible.builtin.debug:
    msg: "{{ (load_balancer_tree | model_serving.openstack.held_tree(load_balancer_result)).listeners[0].l7policies }}"
"""

RETURN = r"""
_value:
  description: The options.
  type: dict
  contains:
    listeners:
      description: The listener with its L7 policies.
      type: list
      elements: dict
    pools:
      description: The pools. Those of new routes have their members, others only a name and a protocol.
      type: list
      elements: dict
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils._arrival import held_tree

if TYPE_CHECKING:
    from collections.abc import Callable


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"held_tree": held_tree}
