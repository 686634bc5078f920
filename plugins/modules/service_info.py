#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service_info
short_description: Show what belongs to model-serving services
description:
  - Lists everything that C(site.yml) makes for services. Of load balancers it tells only whose they are;
    M(model_serving.openstack.load_balancer_info) shows them with what is below them.
  - One run of this module takes the place of four others, which matters because most of their time is Python's start.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  name:
    description:
      - Name of the service. What belongs to its further fleets, V(NAME.FLEET), is listed, too. Without it, all services
        of the project are listed.
      - When there is none, the lists are empty.
      - With it, a load balancer that has gone and left its VIP port is listed, too.
    type: str
extends_documentation_fragment:
  - model_serving.openstack.attributes.info
  - model_serving.openstack.connection
seealso:
  - module: model_serving.openstack.load_balancer_info
"""

EXAMPLES = r"""
- name: Look at a service
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
  description: The project that was looked at, with its C(id) and C(name).
  returned: success
  type: dict
  sample: {id: 5a3c8f0e6d1b4c7f9e2d1a0b3c4d5e6f, name: serving}
fleets:
  description: The fleets, each like RV(model_serving.openstack.server_fleet_info#module:fleets).
  returned: success
  type: list
  elements: dict
groups:
  description: The autoscaling groups, each like RV(model_serving.openstack.autoscaling_group_info#module:groups).
  returned: success
  type: list
  elements: dict
groups_without_stack:
  description:
    - What is left of autoscaling groups whose stack is gone. Heat forgets a server that it could not delete, and then
      deletes the stack without it.
    - RV(groups) has none of them. M(model_serving.openstack.autoscaling_group) removes them with
      C(state=absent).
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
      description: Name in the tag.
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
      description: Name of the fleet. Its further groups, C(model_serving.NAME_2) and so on, have the same.
      type: str
load_balancers:
  description:
    - The load balancers that a service owns, by their tag C(model_serving.load_balancer=NAME), and those of others on
      which it has pools with the tag C(model_serving.service=NAME).
    - One that several services use is listed once for each of them.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id of the load balancer. V(none) when only its VIP port is left.
      type: str
    name:
      description: Name of the load balancer.
      type: str
    service:
      description: Name of the service.
      type: str
    owner:
      description: Whether the service owns the load balancer, or pools on it as its owner.
      type: bool
    provisioning_status:
      description: What Octavia says of the load balancer. V(none) when only its VIP port is left.
      type: str
    pools:
      description: Names of the service's pools on it.
      type: list
      elements: str
failure:
  description:
    - The facts of a failure, as in RV(model_serving.openstack.server_group#module:failure).
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
