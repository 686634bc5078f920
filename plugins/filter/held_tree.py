# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: held_tree
short_description: Say how pools get ready for new routes while requests go where they went before
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns the options O(model_serving.openstack.load_balancer#module:listeners) and
    O(model_serving.openstack.load_balancer#module:pools) that keep the pools of new routes, with their members and
    health monitors, and leave routes and other pools as they are.
  - The new routes have one more rule, which no request fits. Octavia tests the members of a pool only when an L7 policy
    leads there.
  - Routes and pools that are no longer wanted stay. Afterwards, what
    P(model_serving.openstack.balancer_tree#filter) returns removes them and the rule.
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
    description: The service whose routes they are, when it uses the load balancer of another one.
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
      description: The pools, those of new routes with their members, others only by name and protocol.
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
