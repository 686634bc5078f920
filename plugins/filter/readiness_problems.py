# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: readiness_problems
short_description: Find health monitors that would take replicas out of rotation
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - A health monitor of type V(HTTP) requests the same path from all members of a pool. This path depends on the runtime
    and sometimes on the model.
  - Returns the pools of a service whose fleets report readiness at different paths. Also returns the pools that have
    members in rotation and whose monitored path would change.
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
  balancer:
    description: Result of M(model_serving.openstack.load_balancer) in check mode.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show what would be refused
  ansible.builtin.debug:
    msg: >-
      {{ preflight_result.fleets
         | model_serving.openstack.readiness_problems({'chat': model_server_result}, balancer=rehearsal) }}
"""

RETURN = r"""
_value:
  description: The problems. The list is empty if all members know the path that they are asked for.
  type: list
  elements: str
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils import _in_rotation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Facts = Mapping[str, Any]


def readiness_problems(
    fleets: Sequence[Facts], model_servers: Mapping[str, Facts], balancer: Facts | None = None
) -> list[str]:
    """Return the problems."""
    return list(_in_rotation.readiness_problems(fleets, model_servers, balancer or {}))


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"readiness_problems": readiness_problems}
