# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: service_surplus
short_description: List resources that a service should no longer have
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Compares the resources of a service in the cloud with its fleets. A fleet that becomes an autoscaling group, or the
    other way round, is listed as what it was.
  - Also lists the fleets to drain before the load balancer is changed, because the change would remove their members or
    their pool.
positional: _input
options:
  _input:
    description: Result of M(model_serving.openstack.service_info).
    type: dict
    required: true
  service:
    description: Name of the service.
    type: str
    required: true
  fleets:
    description:
      - The wanted fleets. Each has C(name), and C(elastic), which says whether it is an autoscaling group.
    type: list
    elements: dict
    default: []
  load_balancer:
    description:
      - Name of the load balancer that the service owns or has joined. Its parts on other load balancers are surplus. If
        omitted, no load balancer is surplus.
    type: str
"""

EXAMPLES = r"""
- name: Show what would be removed with the service
  ansible.builtin.debug:
    msg: "{{ found | model_serving.openstack.service_surplus(service='chat') }}"
"""

RETURN = r"""
_value:
  description: The resources to remove.
  type: dict
  contains:
    groups:
      description:
        - The autoscaling groups, each with C(name), including those of which only servers are left.
          C(security_group) is removed with the group. It is empty if the security group is still needed.
      type: list
      elements: dict
    leaving:
      description:
        - Server fleets that are removed before the load balancer is changed, with C(security_group) as above. C(pool)
          is the fleet's own pool. It is empty if other fleets share the pool.
      type: list
      elements: dict
    fleets:
      description: The other server fleets, and what is left of them, with C(security_group) as above.
      type: list
      elements: dict
    load_balancers:
      description:
        - The load balancers, each with C(name). C(service) is empty for the service's own load balancer. From the load
          balancers of others, only the parts of the service are to be removed.
      type: list
      elements: dict
    locked:
      description: Why some of these cannot be removed. There is one sentence for each replica that somebody has locked.
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
