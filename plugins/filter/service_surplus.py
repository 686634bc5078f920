# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: service_surplus
short_description: List what a service has and should no longer have
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Compares what the cloud has of a service with its fleets. A fleet that becomes an autoscaling group, or the other
    way round, is listed as what it was.
  - Also says which fleets are to be drained before the load balancer is brought into shape, because that would take
    their members or their pool away.
positional: _input
options:
  _input:
    description: What M(model_serving.openstack.service_info) returned.
    type: dict
    required: true
  service:
    description: Name of the service.
    type: str
    required: true
  fleets:
    description:
      - The fleets that there should be, each with C(name) and C(elastic), whether it is an autoscaling group.
    type: list
    elements: dict
    default: []
  load_balancer:
    description:
      - Name of the load balancer that the service has or has joined. What it has on others is surplus. If omitted, no
        load balancer is.
    type: str
"""

EXAMPLES = r"""
- name: Show what would be removed with the service
  ansible.builtin.debug:
    msg: "{{ found | model_serving.openstack.service_surplus(service='chat') }}"
"""

RETURN = r"""
_value:
  description: What is to go.
  type: dict
  contains:
    groups:
      description:
        - The autoscaling groups, by C(name), also those of which nothing but servers is left. C(security_group) goes
          with them; it is empty if that is still needed.
      type: list
      elements: dict
    leaving:
      description:
        - Fleets of servers that go before the load balancer is brought into shape. C(security_group) likewise. C(pool)
          is the pool of its own that one has; it is empty when others share it.
      type: list
      elements: dict
    fleets:
      description: The other fleets of servers, and what is left of them. C(security_group) likewise.
      type: list
      elements: dict
    load_balancers:
      description:
        - The load balancers, by C(name). C(service) is empty for the service's own. Of others, only the parts that the
          service has on them are to go.
      type: list
      elements: dict
    locked:
      description: Why some of that cannot go, a sentence for each replica that somebody has locked.
      type: list
      elements: str
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils._surplus import service_surplus

if TYPE_CHECKING:
    from collections.abc import Callable


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"service_surplus": service_surplus}
