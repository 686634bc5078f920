#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pool_members
short_description: Add, change, drain and remove members of a pool
description:
  - Brings the members of one Octavia pool into the declared state with a single request, or with none if nothing
    differs. Octavia takes several hundred members with several requests only.
  - Waits before and after the request until the load balancer accepts changes.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  pool:
    description: Name or id of the pool.
    type: str
    required: true
  load_balancer:
    description: Name or id of the load balancer. Required if the name of the pool is not unique in the project.
    type: str
  members:
    description:
      - The members, identified by address and port. An empty list with O(purge=true) empties the pool.
      - With O(state=drained) and O(state=absent), the other fields have no effect, and missing members are not an
        error.
      - The pool must exist. If it is missing, the module only warns with O(state=absent), and fails otherwise.
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
          - Name or id of the subnet from which the member is reached. If omitted, the VIP's subnet is used.
          - Octavia cannot change it for a member that exists.
        type: str
      weight:
        description:
          - Share of the requests, from 0 to 256. V(0) drains the member. A new member has weight 1 by default.
          - If omitted, the weight does not change, so a drained member stays drained.
          - The provider C(ovn) does not support weights.
        type: int
      backup:
        description: Whether the member gets requests only when no other member is left.
        type: bool
      admin_state_up:
        description: Whether the member is enabled.
        type: bool
      monitor_address:
        description: Address to test instead of the member's own. An empty string restores the member's own.
        type: str
      monitor_port:
        description: Port to test instead of the member's own.
        type: int
      request_sriov:
        description:
          - Whether the load balancer reaches the member through an SR-IOV port. The
            cloud's operator must have enabled this. Octavia cannot change it.
        type: bool
      tags:
        description: Tags to set. Other tags stay; see O(purge).
        type: list
        elements: str
  purge:
    description: Whether to remove other members, and other tags of those in O(members). Only with O(state=present).
    type: bool
    default: false
  note_weight:
    description:
      - Whether to record the former weight of a drained member in the tag C(model_serving.drained=WEIGHT). Only with
        O(state=drained).
      - If the member of a replica of M(model_serving.openstack.server_fleet) has this tag, the replica returns into
        rotation with the next run of that module that declares the pool. A member that you drain without this option
        stays drained and loses the tag.
    type: bool
    default: false
  wait_for_members:
    description:
      - With O(state=present), also wait until V(all) of O(members), or this number of them, are online. Drained or
        disabled members do not count. A new member counts when the health monitor has had time to find a failure. In a
        pool without a health monitor, members count as online.
      - With O(state=drained), also wait until the members get no new requests, according to the health monitor.
      - The task fails when O(timeout) has passed, and names the members that are not in the wanted state.
    type: str
  timeout:
    description: Total time in seconds that the run may spend waiting.
    type: int
    default: 300
  state:
    description:
      - V(present) adds and changes the members.
      - V(drained) takes the members out of rotation and lets open connections continue. It sets their weight to 0 or,
        with the provider C(ovn), disables them. To bring a member back, set O(members[].weight) or, with C(ovn),
        O(members[].admin_state_up).
      - In a pool with session persistence, clients that are bound to a member with weight 0 still reach it, whatever
        O(wait_for_members) has seen. To keep them off, set O(members[].admin_state_up=false) with O(state=present).
      - V(absent) removes the members.
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
- name: Send requests only to these replicas, and continue when two of them are online
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

- name: Take a replica out of rotation, and continue when it gets no new requests
  model_serving.openstack.pool_members:
    cloud: mycloud
    load_balancer: chat
    pool: replicas
    members:
      - {address: 10.0.0.11, protocol_port: 8080}
    state: drained
    wait_for_members: all

- name: Remove the drained replica from the pool
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
    - The pool with all its members after the task or, in check mode, before it. V(none) if it does not exist.
  returned: success
  type: dict
  contains:
    id: {description: Id of the pool., type: str}
    name: {description: Name of the pool., type: str, sample: replicas}
    protocol: {description: Protocol of the members., type: str, sample: HTTP}
    load_balancer: {description: Name of the load balancer., type: str, sample: chat}
    load_balancer_id: {description: Id of the load balancer., type: str}
    provider: {description: Provider of the load balancer., type: str, sample: amphora}
    operating_status: {description: Whether the pool works., type: str, sample: ONLINE}
    provisioning_status: {description: Whether Octavia has applied all changes., type: str, sample: ACTIVE}
    members:
      description: The members, sorted by address and port.
      type: list
      elements: dict
      contains:
        id: {description: Id of the member., type: str}
        name: {description: Name of the member., type: str}
        address: {description: Address of the member., type: str, sample: 10.0.0.11}
        protocol_port: {description: Port of the member., type: int, sample: 8080}
        subnet_id: {description: Id of the subnet from which it is reached. V(none) for the VIP's., type: str}
        weight: {description: Share of the requests., type: int, sample: 1}
        backup: {description: Whether it gets requests only when no other member is left., type: bool}
        admin_state_up: {description: Whether the member is enabled., type: bool}
        monitor_address: {description: Address that is tested. V(none) for the member's own., type: str}
        request_sriov: {description: Whether it is reached through an SR-IOV port., type: bool}
        monitor_port: {description: Port that is tested. V(none) for the member's own., type: int}
        tags: {description: Tags of the member., type: list, elements: str}
        operating_status:
          description:
            - V(ONLINE), V(ERROR) if the health monitor found a failure, V(DRAINING) with weight 0, V(OFFLINE) if the
              member is disabled, or V(NO_MONITOR) if it is not tested.
          type: str
          sample: ONLINE
        provisioning_status: {description: Whether Octavia has applied all changes., type: str, sample: ACTIVE}
actions:
  description: What the module did or, in check mode, would do.
  returned: success
  type: list
  elements: str
  sample: ["set members of pool 'replicas': add 10.0.0.13:8080"]
failure:
  description:
    - Details of the failure, as in RV(model_serving.openstack.server_group#module:failure).
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
