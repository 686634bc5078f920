#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: capacity_info
short_description: Show what a project can use and what the cloud offers
description:
  - Reads quotas and their usage, availability zones, services and load balancer providers. Looks up images, flavors,
    networks, security groups, key pairs and volume types by name.
  - If a service is missing or refuses to answer, the task does not fail but reports this in RV(capacity.problems). So
    all reasons why a deployment cannot work can be reported at once.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  images: {description: Names or ids of images to look up., type: list, elements: str}
  flavors: {description: Names or ids of flavors to look up., type: list, elements: str}
  networks: {description: Names or ids of networks to look up., type: list, elements: str}
  subnets:
    description: Networks from O(networks) whose subnets to list.
    type: list
    elements: str
  security_groups: {description: Names or ids of security groups of the project to look up., type: list, elements: str}
  key_pairs: {description: Names of key pairs to look up., type: list, elements: str}
  volume_types: {description: Names or ids of volume types to look up., type: list, elements: str}
extends_documentation_fragment:
  - model_serving.openstack.attributes.info
  - model_serving.openstack.connection
"""

EXAMPLES = r"""
- name: Find out whether three replicas and a load balancer are possible
  model_serving.openstack.capacity_info:
    cloud: mycloud
    images: [model-server]
    flavors: [m1.large]
    networks: [private, public]
  register: found

- name: Fail if something is missing
  ansible.builtin.assert:
    that:
      - found.capacity.problems == []
      - found.capacity.images[0].found
      - found.capacity.quotas.instances.free is none or found.capacity.quotas.instances.free >= 3
      - "'amphora' in found.capacity.load_balancer_providers | map(attribute='name')"
"""

RETURN = r"""
capacity:
  description: The findings.
  returned: success
  type: dict
  contains:
    services:
      description:
        - Services in the catalogue, and services outside of it that have an endpoint in C(clouds.yaml), such as
          C(alarming_endpoint_override).
      type: list
      elements: dict
      contains:
        type:
          description: Type of the service.
          type: str
          sample: load-balancer
        name:
          description: Name of the service in the catalogue. V(none) if it is not in the catalogue.
          type: str
          sample: octavia
    user:
      description: Name of the authenticated user.
      type: str
    application_credential:
      description:
        - Whether the connection uses an application credential. Unless the operator allows it, Keystone does not let
          application credentials create or delete trusts, which Heat and Aodh need for autoscaling groups.
      type: bool
    quotas:
      description:
        - Quotas of the project by name, each with C(limit), C(used) and C(free).
        - C(limit) is V(none) if there is no limit. C(free) is V(none) if there is no limit or if the usage is unknown.
        - From the compute service C(instances), C(cores), C(ram) in MiB, C(server_groups), C(server_group_members).
        - From the network service C(floating_ips), C(ports), C(networks), C(security_groups), C(security_group_rules).
        - From the load balancer service C(load_balancers), C(listeners), C(pools), C(health_monitors), C(members).
        - From the block storage service, where there is one, C(volumes) and C(gigabytes).
        - Quotas of a service that does not answer are missing.
      type: dict
      sample: {instances: {limit: 10, used: 2, free: 8}, members: {limit: null, used: null, free: null}}
    availability_zones:
      description: Availability zones for servers.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the zone.
          type: str
        available:
          description: Whether the zone is currently available.
          type: bool
    load_balancer_providers:
      description: Providers of load balancers.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the provider.
          type: str
          sample: ovn
        description:
          description: Description of the provider.
          type: str
        abilities:
          description:
            - What the provider can do, for example C(listener_protocols), C(monitor_types) and C(lb_algorithms).
            - V(none) for a provider that this collection does not know.
          type: dict
    images:
      description: The images of O(images), in their order.
      type: list
      elements: dict
      contains:
        reference: {description: What was looked up., type: str}
        found: {description: Whether exactly one exists and can be used., type: bool}
        problems: {description: Why it cannot be used., type: list, elements: str}
        id: {description: "Id, V(none) when not found.", type: str}
        name: {description: "Name, V(none) when not found.", type: str}
        status: {description: Status. Only when found., type: str}
        size: {description: Size in bytes. Only when found., type: int}
        min_ram: {description: "Minimum RAM of a flavor, in MiB. Only when found.", type: int}
        min_disk: {description: "Minimum disk of a flavor, in GiB. Only when found.", type: int}
    flavors:
      description: The flavors of O(flavors), in their order.
      type: list
      elements: dict
      contains:
        reference: {description: What was looked up., type: str}
        found: {description: Whether exactly one exists and can be used., type: bool}
        problems: {description: Why it cannot be used., type: list, elements: str}
        id: {description: "Id, V(none) when not found.", type: str}
        name: {description: "Name, V(none) when not found.", type: str}
        vcpus: {description: Number of virtual processors. Only when found., type: int}
        ram: {description: RAM in MiB. Only when found., type: int}
        disk: {description: Disk in GiB. Only when found., type: int}
    networks:
      description: The networks of O(networks), in their order.
      type: list
      elements: dict
      contains:
        reference: {description: What was looked up., type: str}
        found: {description: Whether exactly one exists and can be used., type: bool}
        problems: {description: Why it cannot be used., type: list, elements: str}
        id: {description: "Id, V(none) when not found.", type: str}
        name: {description: "Name, V(none) when not found.", type: str}
        status: {description: Status. Only when found., type: str}
        external: {description: Whether floating IPs come from it. Only when found., type: bool}
        shared: {description: Whether all projects can use it. Only when found., type: bool}
        port_security_enabled:
          description: Whether ports have port security, which security groups require. Only when found.
          type: bool
        subnet_ids: {description: Ids of its subnets. Only when found., type: list, elements: str}
        subnets:
          description: Its subnets. Only when found, and empty unless O(subnets) asks for them.
          type: list
          elements: dict
          contains:
            id: {description: Id of the subnet., type: str}
            name: {description: Name of the subnet., type: str}
            ip_version: {description: V(4) or V(6)., type: int}
            automatic:
              description: Whether each port gets an address from it, even if it asks for another subnet.
              type: bool
    security_groups:
      description: The security groups of O(security_groups), in their order.
      type: list
      elements: dict
      contains:
        reference: {description: What was looked up., type: str}
        found: {description: Whether exactly one exists., type: bool}
        problems: {description: Why it cannot be used., type: list, elements: str}
        id: {description: "Id, V(none) when not found.", type: str}
        name: {description: "Name, V(none) when not found.", type: str}
    key_pairs:
      description: The key pairs of O(key_pairs), in their order.
      type: list
      elements: dict
      contains:
        reference: {description: What was looked up., type: str}
        found: {description: Whether it exists., type: bool}
        problems: {description: Why it cannot be used., type: list, elements: str}
    volume_types:
      description: The volume types of O(volume_types), in their order.
      type: list
      elements: dict
      contains:
        reference: {description: What was looked up., type: str}
        found: {description: Whether it exists., type: bool}
        problems: {description: Why it cannot be used., type: list, elements: str}
        id: {description: "Id, V(none) when not found.", type: str}
        name: {description: "Name, V(none) when not found.", type: str}
    problems:
      description: What could not be read.
      type: list
      elements: dict
      contains:
        service:
          description: Type of the service.
          type: str
          sample: load-balancer
        message:
          description: What was attempted, and the answer of the service.
          type: str
        status:
          description: HTTP status of the answer. V(none) if there was no answer.
          type: int
failure:
  description:
    - Details of the failure, as in RV(model_serving.openstack.server_group#module:failure).
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._capacity import collect
from ansible_collections.model_serving.openstack.plugins.module_utils._module import InfoModule
from ansible_collections.model_serving.openstack.plugins.module_utils._options import ArgumentSpec

NAMES: ArgumentSpec = {
    "images": {"type": "list", "elements": "str"},
    "flavors": {"type": "list", "elements": "str"},
    "networks": {"type": "list", "elements": "str"},
    "subnets": {"type": "list", "elements": "str"},
    "security_groups": {"type": "list", "elements": "str"},
    "key_pairs": {"type": "list", "elements": "str", "no_log": False},
    "volume_types": {"type": "list", "elements": "str"},
}

MODULE = InfoModule(argument_spec=NAMES, collect=collect)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
