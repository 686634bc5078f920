#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: load_balancer
short_description: Keep a load balancer with everything below it in shape
description:
  - Keeps a load balancer of Octavia, its listeners, L7 policies, pools, health monitors, members, its VIP port and its
    floating IP as one declaration.
  - A new one is made in one request. Later changes are made one by one, each when the load balancer takes it.
  - The VIP port and the floating IP belong to the module and outlive the load balancer. One in status C(ERROR) is made
    again with the same addresses and with parts that are not managed, and so is one that was deleted by hand.
  - Parts in C(ERROR) are what the load balancer could not be told. They are sent again, and it stays.
  - What the provider cannot do is refused before the first write, all of it together.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  name:
    description:
      - Name of the load balancer. More than one of a name is an error that lists their ids.
      - What the module makes carries the mark C(model_serving.load_balancer=NAME), listeners, pools, L7 policies and
        members as tag, the VIP port C(NAME-vip) and the floating IP as description.
    type: str
    required: true
  service:
    description:
      - Name of a service that uses the load balancer of another one. Without it, the run is about the owner, the
        service that has the name of the load balancer.
      - Such a guest has pools of its own, and L7 policies on listeners that are there. It declares nothing else, and of
        its O(listeners) only the O(listeners[].l7policies). What it makes carries the mark
        C(model_serving.service=SERVICE), and nothing without that mark is changed or removed.
      - Its policies are in the declared order, behind those of others that were there before.
      - The owner leaves the parts of guests alone, also with O(purge). A load balancer that is made again gets them
        again, whoever does it, unless it was deleted by hand.
    type: str
  description:
    description: Free text.
    type: str
  admin_state_up:
    description: Whether the load balancer works.
    type: bool
  tags:
    description: Tags to have. Others stay, see O(purge).
    type: list
    elements: str
  provider:
    description:
      - Provider of a new load balancer. Without it, Octavia's default is used, and what it cannot do is not found out
        early. It cannot be changed, but see O(keep_address).
      - The provider C(ovn) forwards TCP, UDP and SCTP and knows no HTTP, TLS, L7 policies and weights.
    type: str
  flavor:
    description: Name or id of the flavor of a new load balancer. It cannot be changed.
    type: str
  availability_zone:
    description: Availability zone of a new load balancer. It cannot be changed.
    type: str
  purge:
    description:
      - Whether to delete what others made, of the lists that are given (O(listeners) and their L7 policies, O(pools)
        and their members, tags). What belongs to another O(service) stays all the same.
    type: bool
    default: false
  keep_drained:
    description:
      - Whether a member that gets no requests on purpose stays so, even where O(pools[].members[].weight) says
        otherwise. That is a member with weight 0, and one with the tag C(model_serving.drained=WEIGHT), by which
        M(model_serving.openstack.server_fleet) knows the weight that a member had before.
    type: bool
    default: false
  wait_for_members:
    description:
      - Wait also until members are online, V(all) or this many of each pool's members that O(pools) declares, of all
        without O(pools). Drained or disabled ones do not count, and a pool without health monitor is online.
      - Fails when O(timeout) has passed, naming the members that are not online.
    type: str
  timeout:
    description: Seconds that all waiting of the run may take together.
    type: int
    default: 600
  state:
    description:
      - V(present) keeps the load balancer in shape.
      - V(absent) deletes it with everything below it, and its VIP port and floating IP if the module made them.
      - One without the mark C(model_serving.load_balancer=NAME) was made by somebody else. A warning says so, and
        V(absent) removes only what the module made on it, its floating IP included.
      - When other services use it, V(absent) removes the owner's pools and L7 policies only, and a warning says for
        whom the rest stays. With O(service), V(absent) removes the pools and L7 policies of that service, and the rest
        with it when the owner is gone and nobody else uses it.
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

- name: Forward TCP without any virtual machine, to members that are known
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

- name: Send the requests for one model to a service of its own, behind the load balancer of another one
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

- name: Remove it, but keep its addresses for the next one
  model_serving.openstack.load_balancer:
    cloud: mycloud
    name: chat
    state: absent
    keep_address: true
"""

RETURN = r"""
load_balancer:
  description: The load balancer as it is after the task, in check mode as it is before. V(none) when there is none.
  returned: success
  type: dict
  contains:
    id: {description: Id of the load balancer., type: str}
    name: {description: Name of the load balancer., type: str, sample: chat}
    description: {description: Free text., type: str}
    admin_state_up: {description: Whether it works., type: bool}
    tags: {description: Its tags., type: list, elements: str}
    provider: {description: Its provider., type: str, sample: amphora}
    flavor_id: {description: Id of its flavor. V(none) when it has none., type: str}
    availability_zone: {description: Its availability zone. V(none) when it has none., type: str}
    vip_address: {description: Address of the VIP., type: str, sample: 10.0.0.5}
    vip_port_id: {description: Id of the VIP port., type: str}
    vip_subnet_id: {description: Id of the VIP's subnet., type: str}
    vip_network_id: {description: Id of the VIP's network., type: str}
    vip_qos_policy_id: {description: Id of the VIP's QoS policy. Empty for none., type: str}
    vip_sg_ids: {description: Ids of the VIP's own security groups., type: list, elements: str}
    additional_vips:
      description: The further addresses.
      type: list
      elements: dict
      contains:
        subnet_id: {description: Id of the subnet., type: str}
        ip_address: {description: The address., type: str, sample: 10.0.1.5}
    floating_ip_address: {description: Floating IP of the VIP. V(none) when it has none., type: str, sample: 192.0.2.5}
    floating_ip_id: {description: Id of the floating IP. V(none) when there is none., type: str}
    provisioning_status: {description: Whether Octavia has done what it was asked to., type: str, sample: ACTIVE}
    operating_status: {description: Whether it works., type: str, sample: ONLINE}
    listeners:
      description:
        - The listeners, by name. The fields are the options of O(listeners), with C(id), C(provisioning_status) and
          C(operating_status).
      type: list
      elements: dict
    pools:
      description:
        - The pools, by name. The fields are the options of O(pools), with C(id), C(provisioning_status) and
          C(operating_status).
        - Members are like RV(model_serving.openstack.pool_members#module:pool.members).
      type: list
      elements: dict
actions:
  description: What was done, in check mode what would be done.
  returned: success
  type: list
  elements: str
  sample: ["change listener 'http' (6d9a0a9c-7ad0-4d6c-8d4e-7d1f6a1f2d3c): timeout_member_data"]
failure:
  description: The facts of a failure, as in RV(model_serving.openstack.server_group#module:failure).
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
