# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: group_options
short_description: Turn a fleet into options of autoscaling_group
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns the options of M(model_serving.openstack.autoscaling_group) for a fleet of a service file, except for its
    security group.
positional: _input, model_server
options:
  _input:
    description: The fleet, as P(model_serving.openstack.kept_fleets#filter) returns it.
    type: dict
    required: true
  model_server:
    description: The fact C(model_server_result) of the role V(model_server).
    type: dict
    required: true
  pools:
    description: Ids of existing pools, by name. The result refers to missing pools by name and O(load_balancer).
    type: dict
  endpoint:
    description: Scheme, host and port at which replicas reach Heat, if they differ from the catalogue.
    type: str
  load_balancer:
    description: Name of the load balancer of the pools.
    type: str
"""

EXAMPLES = r"""
- name: Show how large the group can become
  ansible.builtin.debug:
    msg: "{{ (preflight_result.fleets[0] | model_serving.openstack.group_options(model_server_result)).max_size }}"
"""

RETURN = r"""
_value:
  description: Options of M(model_serving.openstack.autoscaling_group), without those that are V(none) or empty.
  type: dict
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils import _group_options
from ansible_collections.model_serving.openstack.plugins.plugin_utils._arguments import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def group_options(fleet: Any, model_server: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    """Return the options."""
    return _group_options.group_options(plain(fleet), model_server, **options)


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"group_options": group_options}
