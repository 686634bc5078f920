#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_group
short_description: Manage the server group that spreads servers over hosts
description:
  - Creates or deletes a Nova server group. Nova places servers that are created in the group according to its policy.
  - Returns where the members of the group actually run.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  name:
    description:
      - Name of the server group.
      - Nova allows several groups with the same name. If there are several, the task fails and lists their ids.
    type: str
    required: true
  policy:
    description:
      - Required when O(state=present).
      - V(anti-affinity) places each member on a separate host. A server for which no such host is left is not created.
      - V(soft-anti-affinity) uses as many hosts as possible before members share one.
      - V(affinity) places all members on one host. V(soft-affinity) places as many of them as possible on one host.
    type: str
    choices: [anti-affinity, soft-anti-affinity, affinity, soft-affinity]
  max_server_per_host:
    description:
      - Maximum number of members on one host. Only with O(policy=anti-affinity).
      - Requires microversion 2.64 of the compute API.
      - If omitted, a new group allows one, and the limit of an existing group is not checked. A group that was created
        without a limit counts as one with V(1).
    type: int
  recreate:
    description:
      - What to do if the group exists with another O(policy) or O(max_server_per_host). Nova cannot change a group.
      - With V(false), the task fails. With V(true), a group without members is replaced.
      - A group with members is never replaced. Its servers would keep running outside the new group, and new servers
        could be placed on their hosts. Create a group with another name and move the fleet to it.
      - If the replicas of a fleet are in additional groups, the fleet replaces them after that. See
        O(model_serving.openstack.server_fleet#module:server_group).
    type: bool
    default: false
  state:
    description:
      - Whether the group should exist.
      - If a group that is deleted has members, they keep running and the module warns.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - model_serving.openstack.attributes
  - model_serving.openstack.connection
seealso:
  - module: model_serving.openstack.server_group_info
  - module: model_serving.openstack.server_fleet
"""

EXAMPLES = r"""
- name: Keep the replicas of a service on distinct hosts
  model_serving.openstack.server_group:
    cloud: mycloud
    name: chat
    policy: anti-affinity

- name: Allow two replicas on each host
  model_serving.openstack.server_group:
    cloud: mycloud
    name: chat-dense
    policy: anti-affinity
    max_server_per_host: 2

- name: Remove the group
  model_serving.openstack.server_group:
    cloud: mycloud
    name: chat
    state: absent
"""

RETURN = r"""
server_group:
  description:
    - The group after the task or, in check mode, before it. V(none) if it does not exist.
  returned: success
  type: dict
  contains:
    id:
      description: Id of the group.
      type: str
      sample: 5bd4d44a-5a4d-4bb4-9b3c-2a9d1f2c2f0b
    name:
      description: Name of the group.
      type: str
      sample: chat
    policy:
      description: Policy of the group.
      type: str
      sample: anti-affinity
    max_server_per_host:
      description: Maximum number of members on one host. V(none) if the group has no such rule.
      type: int
      sample: 2
    members:
      description: The servers of the group, sorted by name.
      type: list
      elements: dict
      contains:
        id:
          description: Id of the server.
          type: str
        name:
          description: Name of the server.
          type: str
        status:
          description: Status of the server.
          type: str
          sample: ACTIVE
        host_id:
          description: Opaque id that tells the hosts of a project apart. V(none) while the server has no host.
          type: str
        availability_zone:
          description:
            - Availability zone of the server.
            - While the server has no host, the zone that was requested for it, V(none) if none was.
          type: str
    spread:
      description: How the members are spread over hosts.
      type: dict
      contains:
        servers:
          description: Number of members.
          type: int
        placed:
          description: Number of members that are on a host.
          type: int
        distinct_hosts:
          description: Number of distinct hosts.
          type: int
        max_servers_on_one_host:
          description: Number of members on the host with the most members.
          type: int
        violated:
          description:
            - Whether the placement of the members violates the policy.
            - With a soft policy, this is not an error. It means that the cloud could not do better.
          type: bool
actions:
  description: What the module did or, in check mode, would do.
  returned: success
  type: list
  elements: str
  sample: ["create server group 'chat' (anti-affinity)"]
failure:
  description:
    - Details of the failure, for example RV(failure.status) and RV(failure.request_id) of the cloud's answer.
    - All fields are present. Those that do not apply are V(none).
  returned: failure
  type: dict
  contains:
    attempted:
      description: What was attempted, or what the resource failed to do.
      type: str
    kind:
      description: Kind of the resource.
      type: str
    name:
      description: Name of the resource.
      type: str
    id:
      description: Id of the resource.
      type: str
    status:
      description: HTTP status of the cloud's answer.
      type: int
    request_id:
      description: Id with which the operator of the cloud finds the request in the logs.
      type: str
    answer:
      description: Answer of the cloud, or what else is wrong.
      type: str
    hint:
      description: Suggested remedy.
      type: str
    logs:
      description: The last lines on the consoles of servers that did not become ready, by server name.
      type: dict
    problems:
      description: All problems found in the input.
      type: list
      elements: str
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._module import StateModule
from ansible_collections.model_serving.openstack.plugins.module_utils._options import STATE
from ansible_collections.model_serving.openstack.plugins.module_utils._server_group import ServerGroupNoun
from ansible_collections.model_serving.openstack.plugins.module_utils._spread import POLICIES

MODULE = StateModule(
    noun=ServerGroupNoun(),
    argument_spec={
        "name": {"type": "str", "required": True},
        "policy": {"type": "str", "choices": POLICIES},
        "max_server_per_host": {"type": "int"},
        "recreate": {"type": "bool", "default": False},
        **STATE,
    },
    required_if=[("state", "present", ["policy"])],
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
