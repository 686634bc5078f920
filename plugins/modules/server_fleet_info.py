#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_fleet_info
short_description: Show server fleets and where their replicas run
description:
  - Lists the fleets of M(model_serving.openstack.server_fleet) with their replicas, hosts and zones.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  name:
    description:
      - Name of the service whose fleet is listed. If omitted, all fleets of the project are listed.
      - If nothing matches, the list is empty.
    type: str
extends_documentation_fragment:
  - model_serving.openstack.attributes.info
  - model_serving.openstack.connection
seealso:
  - module: model_serving.openstack.server_fleet
"""

EXAMPLES = r"""
- name: Find the replicas of a service
  model_serving.openstack.server_fleet_info:
    cloud: mycloud
    name: chat
  register: found

- name: Show their addresses
  ansible.builtin.debug:
    msg: "{{ found.fleets | map(attribute='replicas') | flatten | map(attribute='addresses') }}"

- name: Fail if there are none, or if two of them share a host
  ansible.builtin.assert:
    that:
      - found.fleets | length == 1
      - found.fleets[0].spread.max_servers_on_one_host == 1
"""

RETURN = r"""
fleets:
  description: The fleets, each like RV(model_serving.openstack.server_fleet#module:fleet).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the service.
      type: str
    replicas:
      description:
        - The replicas, sorted by name.
        - The fields are those of RV(model_serving.openstack.server_fleet#module:fleet.replicas) without C(drift).
      type: list
      elements: dict
    server_group:
      description: Name of the server group that most replicas are in. V(none) if they are in no server group.
      type: str
    ports:
      description:
        - Ports that the fleet created.
        - The fields are those of RV(model_serving.openstack.server_fleet#module:fleet.ports).
      type: list
      elements: dict
    spread:
      description:
        - How the replicas are spread over hosts.
        - The fields are those of RV(model_serving.openstack.server_group#module:server_group.spread).
      type: dict
failure:
  description:
    - Details of the failure, as in RV(model_serving.openstack.server_group#module:failure).
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._module import InfoModule
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet import collect

MODULE = InfoModule(argument_spec={"name": {"type": "str"}}, collect=collect)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
