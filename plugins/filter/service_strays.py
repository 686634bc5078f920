# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: service_strays
short_description: List members of pools that their fleet no longer belongs to
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - A fleet that gets routes also gets a pool of its own. Until its replicas are taken out of the pool that it shared
    before, they continue to get the requests of that pool.
  - Only members that the collection created, in pools of the service, are listed. Members of autoscaling groups move by
    themselves.
positional: _input, fleets
options:
  _input:
    description: The pools, as M(model_serving.openstack.load_balancer) returns them.
    type: list
    elements: dict
    required: true
  fleets:
    description: The wanted fleets, as P(model_serving.openstack.kept_fleets#filter) returns them.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show which pools have members that no longer belong there
  ansible.builtin.debug:
    msg: "{{ strays | map(attribute='pool') }}"
  vars:
    strays: >-
      {{ load_balancer_result.pools | model_serving.openstack.service_strays(preflight_result.fleets) }}
"""

RETURN = r"""
_value:
  description: The pools with such members. The list is empty if all members are where they belong.
  type: list
  elements: dict
  contains:
    pool:
      description: Name of the pool.
      type: str
    members:
      description: The members to remove, each with C(address) and C(protocol_port).
      type: list
      elements: dict
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils._surplus import service_strays

if TYPE_CHECKING:
    from collections.abc import Callable


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"service_strays": service_strays}
