# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: balancer_tree
short_description: Say which listeners and pools send requests to groups of servers
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns the options O(model_serving.openstack.load_balancer#module:listeners) and
    O(model_serving.openstack.load_balancer#module:pools) for one or several groups of servers behind one listener.
  - The first group has a pool of its own, to which the listener sends what no route says otherwise. A group with
    C(routes) has another one, and every other group shares the first group's pool.
  - Groups that share a pool get requests in proportion to their C(weight), however many servers each has.
positional: _input
options:
  _input:
    description:
      - The groups. Each has C(servers) with C(name) and C(addresses), C(server_port), and if wanted C(name), C(weight)
        and C(routes), of which each has a C(path), a C(host) or both.
      - A server without an address is left out when its C(status) is C(BUILD) or C(ERROR). In any other status it is
        refused, because the member that it may have would be removed.
      - Without C(servers), the pool says nothing about its members, also not about those of groups that share it.
    type: list
    elements: dict
    required: true
  protocol:
    description:
      - What the listener speaks, and its pools, too. With V(TERMINATED_HTTPS) the pools speak HTTP.
    type: str
    required: true
  port:
    description: Port of the listener.
    type: int
    required: true
  healthmonitor:
    description: Health monitor of the pools.
    type: dict
    default: {}
  lb_algorithm:
    description: How members are chosen.
    type: str
  listener:
    description:
      - Options of the listener as in O(model_serving.openstack.load_balancer#module:listeners), for example those for
        V(TERMINATED_HTTPS). Empty ones are left out.
      - C(answer_timeout) is how many seconds may pass without data, from the client and from the member.
    type: dict
    default: {}
  leaving:
    description:
      - Names of pools that no group has and that stay all the same, with their members and without routes, until the
        servers in them have answered.
    type: list
    elements: str
    default: []
  service:
    description: The service whose groups they are, when it uses the load balancer of another one.
    type: str
"""

EXAMPLES = r"""
- name: Show the weights of members when every tenth request goes to the new version
  ansible.builtin.debug:
    msg: "{{ sides | model_serving.openstack.balancer_tree(protocol='HTTP', port=80) }}"
  vars:
    sides:
      - {weight: 9, server_port: 8080, servers: [{name: a, addresses: {private: [10.0.0.1]}}]}
      - {weight: 1, server_port: 8080, servers: [{name: b, addresses: {private: [10.0.0.2]}}], name: new}
"""

RETURN = r"""
_value:
  description: The options.
  type: dict
  contains:
    listeners:
      description: The listener, for a guest only with its L7 policies.
      type: list
      elements: dict
    pools:
      description: The pools with their members.
      type: list
      elements: dict
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils._routing import balancer_tree

if TYPE_CHECKING:
    from collections.abc import Callable


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return filters by name."""
        return {"balancer_tree": balancer_tree}
