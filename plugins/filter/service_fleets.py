# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: service_fleets
short_description: List the fleets of a service, each with all that it inherits
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns the service's own fleet and those in its C(fleets). Options of the service apply to each of them.
positional: _input
options:
  _input:
    description: The service, as P(model_serving.openstack.service_arguments#filter) completes it.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the weights of members
  ansible.builtin.debug:
    msg: "{{ preflight_result.service | model_serving.openstack.service_fleets | map(attribute='member_weight') }}"
"""

RETURN = r"""
_value:
  description:
    - The fleets, with the service's own first. Each has the options of the service for servers, and the following.
  type: list
  elements: dict
  contains:
    name:
      description: Name of the fleet, which is the name of the service or C(SERVICE.FLEET).
      type: str
    pool:
      description: Name of the pool that its replicas are members of.
      type: str
    member_weight:
      description: Weight of each replica in the pool if there are as many replicas as declared.
      type: int
    routes:
      description: Requests that are sent to the pool.
      type: list
      elements: dict
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils._fleets import service_fleets

if TYPE_CHECKING:
    from collections.abc import Callable


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"service_fleets": service_fleets}
