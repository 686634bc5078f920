#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service_info
short_description: Show what belongs to model-serving services
description:
  - Lists everything that C(site.yml) creates for services. For load balancers, it returns little more than their
    owners. M(model_serving.openstack.load_balancer_info) returns them with everything below them.
  - One run of this module replaces runs of four others. This saves time, because they mostly wait for Python to start.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  name:
    description:
      - Name of the service. The resources of its additional fleets, V(NAME.FLEET), are also listed. If omitted, all
        services of the project are listed.
      - If the service does not exist, the lists are empty.
      - If given, the result includes a load balancer that is gone but has left its VIP port.
    type: str
extends_documentation_fragment:
  - model_serving.openstack.attributes.info
  - model_serving.openstack.connection
seealso:
  - module: model_serving.openstack.load_balancer_info
"""

EXAMPLES = r"""
- name: Get the resources of a service
  model_serving.openstack.service_info:
    cloud: mycloud
    name: chat
  register: found

- name: Show where its replicas run
  ansible.builtin.debug:
    msg: "{{ (found.fleets + found.groups) | map(attribute='replicas') | flatten | map(attribute='host_id') }}"
"""

RETURN = r"""
project:
  description: The project of the connection, with C(id) and C(name).
  returned: success
  type: dict
  sample: {id: 5a3c8f0e6d1b4c7f9e2d1a0b3c4d5e6f, name: serving}
fleets:
  description: The fleets, each like RV(model_serving.openstack.server_fleet_info#module:fleets).
  returned: success
  type: list
  elements: dict
groups:
  description:
    - The autoscaling groups, each like RV(model_serving.openstack.autoscaling_group_info#module:groups).
    - In addition, C(other_user) is the id of another user than the one of the connection, if the alarms of the group
      belong to that user. Names do not tell users apart who are in different domains, or one of whom was deleted.
  returned: success
  type: list
  elements: dict
groups_without_stack:
  description:
    - Servers that are left of autoscaling groups whose stack is gone. Heat forgets a server that it could not delete,
      and then deletes the stack without it.
    - These groups are not in RV(groups). M(model_serving.openstack.autoscaling_group) with C(state=absent) removes
      them.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the group, from the metadata C(model_serving.autoscaling_group) of its servers.
      type: str
    replicas:
      description: The servers, each like an element of C(replicas) in RV(groups).
      type: list
      elements: dict
security_groups:
  description: The security groups with the tag C(model_serving.service=NAME).
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id of the group.
      type: str
    name:
      description: Name of the group.
      type: str
    fleet:
      description: Name of the fleet, from the tag.
      type: str
server_groups:
  description: The server groups with a name like C(model_serving.NAME).
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id of the group.
      type: str
    name:
      description: Name of the group.
      type: str
    fleet:
      description: Name of the fleet. Its additional groups, such as C(model_serving.NAME_2), have the same name here.
      type: str
load_balancers:
  description:
    - The load balancers that a service owns, which have the tag C(model_serving.load_balancer=NAME), and those of other
      services on which it has pools with the tag C(model_serving.service=NAME).
    - A load balancer that several services use is listed once for each service.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id of the load balancer. V(none) if only its VIP port is left.
      type: str
    name:
      description: Name of the load balancer.
      type: str
    service:
      description: Name of the service.
      type: str
    owner:
      description: Whether the service owns the load balancer, or has pools on it as its owner.
      type: bool
    provisioning_status:
      description: Provisioning status that Octavia reports. V(none) if only its VIP port is left.
      type: str
    pools:
      description: Names of the service's pools on it.
      type: list
      elements: str
failure:
  description:
    - Details of the failure, as in RV(model_serving.openstack.server_group#module:failure).
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._module import InfoModule
from ansible_collections.model_serving.openstack.plugins.module_utils._service import collect

MODULE = InfoModule(argument_spec={"name": {"type": "str"}}, collect=collect)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
