# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: service_tree
short_description: Determine the listeners and pools of a service before it has replicas
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns the options O(model_serving.openstack.load_balancer#module:listeners) and
    O(model_serving.openstack.load_balancer#module:pools) for a service. The pools have no members.
  - With these options, you can find out what the load balancer would refuse before anything is created.
positional: _input
options:
  _input:
    description:
      - The service, as P(model_serving.openstack.service_arguments#filter) completes it. Wrong values are ignored.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the pools of a service
  ansible.builtin.debug:
    msg: "{{ (preflight_result.service | model_serving.openstack.service_tree).pools | map(attribute='name') }}"
"""

RETURN = r"""
_value:
  description: The options.
  type: dict
  contains:
    listeners:
      description: The listener. For a service that joins a load balancer, it has only L7 policies.
      type: list
      elements: dict
    pools:
      description: The pools.
      type: list
      elements: dict
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils._rehearsal import service_tree

if TYPE_CHECKING:
    from collections.abc import Callable


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"service_tree": service_tree}
