#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pool_members
short_description: Add, change, drain and remove members of a pool
description:
  - Brings members of one pool of Octavia into shape with one request, or none when nothing differs.
  - Waits before and after it until the load balancer takes changes.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  pool:
    description: Name or id of the pool.
    type: str
    required: true
  load_balancer:
    description: Name or id of the load balancer. Required when the name of the pool is not unique in the project.
    type: str
  members:
    description:
      - The members, known by address and port. An empty list with O(purge=true) empties the pool.
      - With O(state=drained) and O(state=absent) the other fields mean nothing, and members that are not there are no
        error.
      - The pool has to be there. Only with O(state=absent), one that is not there is no error, and the module warns.
    type: list
    elements: dict
    required: true
    suboptions:
      address:
        description: Address of the member.
        type: str
        required: true
      protocol_port:
        description: Port of the member.
        type: int
        required: true
      name:
        description: Name of the member.
        type: str
      subnet:
        description:
          - Name or id of the subnet in which the member is reached. Without it, it is reached from the VIP's.
          - Octavia cannot change it for a member that exists.
        type: str
      weight:
        description:
          - Share of the requests, from 0 to 256. V(0) drains the member. A new member has 1.
          - Without it, the weight stays what it is, so a member that was drained stays drained.
          - The provider C(ovn) knows no weights.
        type: int
      backup:
        description: Whether the member only gets requests when no other one is left.
        type: bool
      admin_state_up:
        description: Whether the member is used.
        type: bool
      monitor_address:
        description: Address to test instead. An empty text stands for the member's own.
        type: str
      monitor_port:
        description: Port to test instead.
        type: int
      request_sriov:
        description:
          - Whether the member is reached through a port that is passed through to the load balancer (SR-IOV). The
            cloud's operator must have made that possible. Octavia cannot change it.
        type: bool
      tags:
        description: Tags to have. Others stay, see O(purge).
        type: list
        elements: str
  purge:
    description: Whether to remove all other members, and other tags of those in O(members). With O(state=present) only.
    type: bool
    default: false
  note_weight:
    description:
      - Whether to note the weight that a drained member had in a tag C(model_serving.drained=WEIGHT). With
        O(state=drained) only.
      - A replica of M(model_serving.openstack.server_fleet) whose member has that tag comes back into rotation with the
        next run of the module that declares the pool. One that is drained without it stays drained, and loses the tag.
    type: bool
    default: false
  wait_for_members:
    description:
      - With O(state=present), wait also until the members in O(members) are online, V(all) or this many. Those that are
        drained or disabled do not count. A new member counts when the health monitor has had time to find a failure.
        Members of a pool without health monitor count as online.
      - With O(state=drained), wait also until they get no new requests as far as the health monitor's reports say.
      - Fails when O(timeout) has passed, naming the members that are not as they should be.
    type: str
  timeout:
    description: Seconds that all waiting of the run may take together.
    type: int
    default: 300
  state:
    description:
      - V(present) adds and changes the members.
      - V(drained) takes them out of rotation and lets their open connections go on. Their weight is set to 0, with the
        provider C(ovn) they are disabled. To bring one back, give O(members[].weight), with C(ovn)
        O(members[].admin_state_up).
      - In a pool with session persistence, clients that are bound to a member with weight 0 still come to it, whatever
        O(wait_for_members) has seen. To keep them off, give O(members[].admin_state_up=false) with O(state=present).
      - V(absent) removes them.
    type: str
    choices: [present, drained, absent]
    default: present
extends_documentation_fragment:
  - model_serving.openstack.attributes
  - model_serving.openstack.connection
  - model_serving.openstack.wait
seealso:
  - module: model_serving.openstack.load_balancer
  - module: model_serving.openstack.pool_members_info
"""

EXAMPLES = r"""
- name: Send requests to the replicas, and to nobody else, and go on when two of them are online
  model_serving.openstack.pool_members:
    cloud: mycloud
    load_balancer: chat
    pool: replicas
    members:
      - {name: chat-1-1, address: 10.0.0.11, protocol_port: 8080}
      - {name: chat-1-2, address: 10.0.0.12, protocol_port: 8080}
      - {name: chat-1-3, address: 10.0.0.13, protocol_port: 8080}
    purge: true
    wait_for_members: "2"

- name: Take a replica out of rotation, and go on when it gets no new requests
  model_serving.openstack.pool_members:
    cloud: mycloud
    load_balancer: chat
    pool: replicas
    members:
      - {address: 10.0.0.11, protocol_port: 8080}
    state: drained
    wait_for_members: all

- name: Remove it
  model_serving.openstack.pool_members:
    cloud: mycloud
    load_balancer: chat
    pool: replicas
    members:
      - {address: 10.0.0.11, protocol_port: 8080}
    state: absent
"""

RETURN = r"""
pool:
  description:
    - The pool with all its members as it is after the task, in check mode as it is before. V(none) when there is none.
  returned: success
  type: dict
  contains:
    id: {description: Id of the pool., type: str}
    name: {description: Name of the pool., type: str, sample: replicas}
    protocol: {description: What the members speak., type: str, sample: HTTP}
    load_balancer: {description: Name of the load balancer., type: str, sample: chat}
    load_balancer_id: {description: Id of the load balancer., type: str}
    provider: {description: Provider of the load balancer., type: str, sample: amphora}
    operating_status: {description: Whether the pool works., type: str, sample: ONLINE}
    provisioning_status: {description: Whether Octavia has done what it was asked to., type: str, sample: ACTIVE}
    members:
      description: The members, by address and port.
      type: list
      elements: dict
      contains:
        id: {description: Id of the member., type: str}
        name: {description: Name of the member., type: str}
        address: {description: Address of the member., type: str, sample: 10.0.0.11}
        protocol_port: {description: Port of the member., type: int, sample: 8080}
        subnet_id: {description: Id of the subnet in which it is reached. V(none) for the VIP's., type: str}
        weight: {description: Share of the requests., type: int, sample: 1}
        backup: {description: Whether it only gets requests when no other one is left., type: bool}
        admin_state_up: {description: Whether it is used., type: bool}
        monitor_address: {description: Address that is tested instead. V(none) for its own., type: str}
        request_sriov: {description: Whether it is reached through a port that is passed through., type: bool}
        monitor_port: {description: Port that is tested instead. V(none) for its own., type: int}
        tags: {description: Its tags., type: list, elements: str}
        operating_status:
          description:
            - V(ONLINE), V(ERROR) when the health monitor found a failure, V(DRAINING) with weight 0, V(OFFLINE) when it
              is disabled, V(NO_MONITOR) when nobody tests it.
          type: str
          sample: ONLINE
        provisioning_status: {description: Whether Octavia has done what it was asked to., type: str, sample: ACTIVE}
actions:
  description: What was done, in check mode what would be done.
  returned: success
  type: list
  elements: str
  sample: ["set members of pool 'replicas': add 10.0.0.13:8080"]
failure:
  description:
    - The facts of a failure, as in RV(model_serving.openstack.server_group#module:failure).
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_options import POOL_MEMBERS
from ansible_collections.model_serving.openstack.plugins.module_utils._module import StateModule
from ansible_collections.model_serving.openstack.plugins.module_utils._pool_members import PoolMembersNoun

MODULE = StateModule(noun=PoolMembersNoun(), argument_spec=POOL_MEMBERS)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
