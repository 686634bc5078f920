# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: early_fleets
short_description: Name the fleets that are changed before routes are
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - A model that moves from one fleet to another is in both for a while, and its routes change in between. So fleets
    that get routes are changed first. If none does, and fleets lose routes, all others are, because one of them gets
    the requests.
  - Nothing is named when there is no load balancer that sends requests anywhere, or when its listener is about to be
    replaced by another one.
positional: _input, balancer, protocol, port, service
options:
  _input:
    description: The fleets that there should be, as P(model_serving.openstack.kept_fleets#filter) returns them.
    type: list
    elements: dict
    required: true
  balancer:
    description: The load balancer, as M(model_serving.openstack.load_balancer) returns it, if there is one.
    type: dict
  protocol:
    description: What the listener is to speak.
    type: str
    required: true
  port:
    description: Where it is to listen.
    type: int
    required: true
  service:
    description: The service whose fleets they are, when it uses the load balancer of another one.
    type: str
seealso:
  - plugin: model_serving.openstack.held_tree
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show what is changed first
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
