#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_group
short_description: Manage the server group that spreads servers over hosts
description:
  - Creates or deletes a server group of Nova. Servers created in the group are placed on hosts as its policy says.
  - Returns where the members of the group really run.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  name:
    description:
      - Name of the server group.
      - Nova allows several groups of one name. More than one is an error that lists their ids.
    type: str
    required: true
  policy:
    description:
      - Required when O(state=present).
      - V(anti-affinity) puts each member on a host of its own. A server for which there is none is not created.
      - V(soft-anti-affinity) puts members on as many hosts as there are, then on the same.
      - V(affinity) puts all members on one host, V(soft-affinity) as many of them as possible.
    type: str
    choices: [anti-affinity, soft-anti-affinity, affinity, soft-affinity]
  max_server_per_host:
    description:
      - How many members may run on one host. With O(policy=anti-affinity) only.
      - Needs microversion 2.64 of the compute API.
      - Without it, a new group allows one, and that of an existing group is not looked at.
    type: int
  recreate:
    description:
      - What to do when the group exists with another O(policy) or O(max_server_per_host). Nova cannot change a group.
      - V(false) fails. V(true) replaces the group if it has no members.
      - A group with members is never replaced. Its servers would keep running without being members of the new group,
        and new servers could be placed on their hosts. Create a group of another name and let the fleet move to it.
    type: bool
    default: false
  state:
    description:
      - Whether the group should exist.
      - Deleting a group leaves its members running, and warns.
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
    - The group as it is after the task, in check mode as it is before. V(none) when there is none.
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
      description: How many members may run on one host. V(none) when the group has no such rule.
      type: int
      sample: 2
    members:
      description: The servers of the group, by name.
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
          description: What tells the hosts of one project apart. V(none) when the server is not placed yet.
          type: str
        availability_zone:
          description: Availability zone of the server. V(none) when the server is not placed yet.
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
          description: Number of different hosts.
          type: int
        max_servers_on_one_host:
          description: Number of members on the host that has most of them.
          type: int
        violated:
          description:
            - Whether the members are placed otherwise than the policy says.
            - With a soft policy this is no error. It says that the cloud could not do better.
          type: bool
actions:
  description: What was done, in check mode what would be done.
  returned: success
  type: list
  elements: str
  sample: ["create server group 'chat' (anti-affinity)"]
failure:
  description:
    - The facts of a failure, for example RV(failure.status) and RV(failure.request_id) of the cloud's answer.
    - All of these are there, and V(none) where they do not apply.
  returned: failure
  type: dict
  contains:
    attempted:
      description: What was attempted, or what the resource did not do.
      type: str
    kind:
      description: On what kind of resource.
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
      description: By this the operator of the cloud finds the request in the logs.
      type: str
    answer:
      description: What the cloud said, or what else is wrong.
      type: str
    hint:
      description: What to do.
      type: str
    logs:
      description: The last lines on the consoles of servers that did not become ready, by their names.
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
