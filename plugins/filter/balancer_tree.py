# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: balancer_tree
short_description: Determine the listeners and pools that send requests to groups of servers
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Returns the options O(model_serving.openstack.load_balancer#module:listeners) and
    O(model_serving.openstack.load_balancer#module:pools) for one or several groups of servers behind one listener.
  - The first group has a pool of its own. The listener sends all requests that match no route to this pool. A group
    with C(routes) also has its own pool. All other groups share the pool of the first group.
  - Groups that share a pool get requests in proportion to their C(weight), no matter how many servers each group has.
positional: _input
options:
  _input:
    description:
      - The groups. Each has C(servers) with C(name) and C(addresses), and C(server_port). It can also have C(name),
        C(weight) and C(routes). Each route has a C(path), a C(host) or both.
      - A server without an address is left out if its C(status) is C(BUILD) or C(ERROR). In any other status it is
        refused, because a member that it already has would be removed.
      - Without C(servers), the pool declares no members, not even those of groups that share the pool.
    type: list
    elements: dict
    required: true
  protocol:
    description:
      - Protocol of the listener and its pools. With V(TERMINATED_HTTPS), the protocol of the pools is HTTP.
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
    description: Algorithm that chooses the member for a request.
    type: str
  listener:
    description:
      - Options of the listener as in O(model_serving.openstack.load_balancer#module:listeners), for example those for
        V(TERMINATED_HTTPS). Empty options are left out.
      - C(answer_timeout) is the maximum time in seconds without data from the client or from the member.
    type: dict
    default: {}
  leaving:
    description:
      - Names of pools that no group uses but that stay, with their members and without routes, until the servers in
        them have finished their requests.
    type: list
    elements: str
    default: []
  service:
    description: Service that the groups belong to, if it uses the load balancer of another service.
    type: str
"""

EXAMPLES = r"""
- name: Show the weights of members if every tenth request goes to the new version
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
      description: The listener. For a guest, it has only the L7 policies of the guest.
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
