#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: load_balancer
short_description: Keep a load balancer and everything below it in shape
description:
  - Manages an Octavia load balancer with its listeners, L7 policies, pools, health monitors, members, VIP port and
    floating IP as one declaration. New ones are created with one request, and several hundred members after it.
  - The VIP port and floating IP belong to the module and outlive the load balancer. One in status C(ERROR) is recreated
    with its addresses and with the parts that are not managed, or as it was if Octavia refuses what is declared. One
    deleted by hand is recreated with its addresses.
  - When only parts are in C(ERROR), the module sends these parts again and keeps the load balancer.
  - What Octavia or the provider does not support is refused before the first write, and is all reported together.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  name:
    description:
      - Name of the load balancer. If several have this name, the task fails and lists their ids.
      - Everything that the module creates carries the mark C(model_serving.load_balancer=NAME). It is the description
        of the VIP port C(NAME-vip) and of the floating IP, and a tag of everything else.
    type: str
    required: true
  service:
    description:
      - Name of a service that uses the load balancer of another service (a guest). If omitted, the run is for the
        owner, which is the service that the load balancer is named after.
      - A guest has its own pools, and L7 policies on existing listeners. It declares nothing else, so of O(listeners)
        it sets only O(listeners[].l7policies). Everything that it creates carries the mark
        C(model_serving.service=SERVICE). A run for a guest changes or removes nothing without that mark.
      - The policies of a guest keep their declared order and follow the policies that others created before.
      - The owner does not touch the parts of guests, even with O(purge). A load balancer that is recreated gets these
        parts again, no matter whose run recreates it, unless it was deleted by hand.
    type: str
  description:
    description: Free text.
    type: str
  admin_state_up:
    description: Whether the load balancer is enabled.
    type: bool
  tags:
    description: Tags to set. Other tags stay; see O(purge).
    type: list
    elements: str
  provider:
    description:
      - Provider of a new load balancer. If omitted, Octavia's default is used, and the module cannot check beforehand
        what it supports. The provider cannot be changed, but see O(keep_address).
      - The provider C(ovn) forwards TCP, UDP and SCTP. It does not support HTTP, TLS, L7 policies or weights.
    type: str
  flavor:
    description: Name or id of the flavor of a new load balancer. It cannot be changed.
    type: str
  availability_zone:
    description: Availability zone of a new load balancer. It cannot be changed.
    type: str
  purge:
    description:
      - Whether to delete items that others created from the lists that are given (O(listeners) and their L7 policies,
        O(pools) and their members, and tags). Items that belong to another O(service) always stay.
    type: bool
    default: false
  keep_drained:
    description:
      - Whether a drained member stays drained, even if O(pools[].members[].weight) says otherwise. A member counts as
        drained if it has weight 0 or the tag C(model_serving.drained=WEIGHT), in which
        M(model_serving.openstack.server_fleet) keeps its former weight.
    type: bool
    default: false
  wait_for_members:
    description:
      - Also wait until V(all) members of each pool, or this number of them, are online. Only members in O(pools) count,
        or all if O(pools) is omitted. Drained or disabled ones do not count. Pools without health monitor are online.
      - The task fails when O(timeout) has passed, and names the members that are not online.
    type: str
  timeout:
    description: Total time in seconds that the run may spend waiting.
    type: int
    default: 600
  state:
    description:
      - V(present) keeps the load balancer in shape.
      - V(absent) deletes it with everything below it, and its VIP port and floating IP if the module created them.
      - A load balancer without the mark C(model_serving.load_balancer=NAME) was created by somebody else. The module
        warns, and V(absent) removes only what the module created on it, including its floating IP.
      - If other services use the load balancer, V(absent) removes only the owner's pools and L7 policies, and a warning
        names those services. With O(service), V(absent) removes the pools and L7 policies of that service. It also
        removes the rest if the owner is gone and no other service uses it, with O(wait) also if all leave at once.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - model_serving.openstack.attributes
  - model_serving.openstack.connection
  - model_serving.openstack.load_balancer_addresses
  - model_serving.openstack.load_balancer_listeners
  - model_serving.openstack.load_balancer_pools
  - model_serving.openstack.wait
seealso:
  - module: model_serving.openstack.load_balancer_info
  - module: model_serving.openstack.pool_members
"""

EXAMPLES = r"""
- name: Send requests to the replicas whose model is ready
  model_serving.openstack.load_balancer:
    cloud: mycloud
    name: chat
    provider: amphora
    vip_subnet: private
    floating_ip_network: public
    listeners:
      - name: http
        protocol: HTTP
        protocol_port: 80
        default_pool: replicas
        timeout_member_data: 120000
        insert_headers: {X-Forwarded-For: true}
    pools:
      - name: replicas
        protocol: HTTP
        lb_algorithm: LEAST_CONNECTIONS
        healthmonitor:
          type: HTTP
          delay: 2
          timeout: 2
          max_retries: 1
          max_retries_down: 2
          url_path: /v2/health/ready

- name: Forward TCP to known members without any virtual machine
  model_serving.openstack.load_balancer:
    cloud: mycloud
    name: chat
    provider: ovn
    vip_subnet: private
    listeners:
      - {name: tcp, protocol: TCP, protocol_port: 80, default_pool: replicas}
    pools:
      - name: replicas
        protocol: TCP
        healthmonitor: {type: TCP, delay: 5, timeout: 3, max_retries: 2}
        members:
          - {address: 10.0.0.11, protocol_port: 8080}
          - {address: 10.0.0.12, protocol_port: 8080}
    wait_for_members: all

- name: Send the requests for one model to a separate service behind the load balancer of another one
  model_serving.openstack.load_balancer:
    cloud: mycloud
    name: chat
    service: translate
    listeners:
      - name: http
        protocol: HTTP
        protocol_port: 80
        l7policies:
          - name: translate
            action: REDIRECT_TO_POOL
            redirect_pool: translate
            rules:
              - {type: PATH, compare_type: STARTS_WITH, value: /v2/models/translate/}
    pools:
      - name: translate
        protocol: HTTP

- name: Remove the load balancer, but keep its addresses for the next one
  model_serving.openstack.load_balancer:
    cloud: mycloud
    name: chat
    state: absent
    keep_address: true
"""

RETURN = r"""
load_balancer:
  description: The load balancer after the task or, in check mode, before it. V(none) if it does not exist.
  returned: success
  type: dict
  contains:
    id: {description: Id of the load balancer., type: str}
    name: {description: Name of the load balancer., type: str, sample: chat}
    description: {description: Free text., type: str}
    admin_state_up: {description: Whether the load balancer is enabled., type: bool}
    tags: {description: Tags of the load balancer., type: list, elements: str}
    provider: {description: Provider of the load balancer., type: str, sample: amphora}
    flavor_id: {description: Id of the flavor. V(none) without a flavor., type: str}
    availability_zone: {description: Availability zone. V(none) without an availability zone., type: str}
    vip_address: {description: Address of the VIP., type: str, sample: 10.0.0.5}
    vip_port_id: {description: Id of the VIP port., type: str}
    vip_subnet_id: {description: Id of the VIP's subnet., type: str}
    vip_network_id: {description: Id of the VIP's network., type: str}
    vip_qos_policy_id: {description: Id of the VIP's QoS policy. Empty without a policy., type: str}
    vip_sg_ids: {description: Ids of the VIP's own security groups., type: list, elements: str}
    additional_vips:
      description: The additional addresses.
      type: list
      elements: dict
      contains:
        subnet_id: {description: Id of the subnet., type: str}
        ip_address: {description: The address., type: str, sample: 10.0.1.5}
    floating_ip_address: {description: Floating IP of the VIP. V(none) without one., type: str, sample: 192.0.2.5}
    floating_ip_id: {description: Id of the floating IP. V(none) without one., type: str}
    provisioning_status: {description: Whether Octavia has applied all changes., type: str, sample: ACTIVE}
    operating_status: {description: Whether the load balancer works., type: str, sample: ONLINE}
    listeners:
      description:
        - The listeners, by name. The fields are the options of O(listeners), plus C(id), C(provisioning_status) and
          C(operating_status).
      type: list
      elements: dict
    pools:
      description:
        - The pools, by name. The fields are the options of O(pools), plus C(id), C(provisioning_status) and
          C(operating_status).
        - Members are like RV(model_serving.openstack.pool_members#module:pool.members).
      type: list
      elements: dict
actions:
  description: What the module did or, in check mode, would do.
  returned: success
  type: list
  elements: str
  sample: ["change listener 'http' (6d9a0a9c-7ad0-4d6c-8d4e-7d1f6a1f2d3c): timeout_member_data"]
failure:
  description: Details of the failure, as in RV(model_serving.openstack.server_group#module:failure).
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer import LoadBalancerNoun
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_options import BALANCER
from ansible_collections.model_serving.openstack.plugins.module_utils._module import StateModule

MODULE = StateModule(noun=LoadBalancerNoun(), argument_spec=BALANCER)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
