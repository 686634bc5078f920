#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: security_group_info
short_description: Show security groups and their rules
description:
  - Lists the security groups of the project with their rules.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  name:
    description:
      - Name or id of the groups to list. If omitted, all groups of the project are listed.
      - If nothing matches, the list is empty.
    type: str
extends_documentation_fragment:
  - model_serving.openstack.attributes.info
  - model_serving.openstack.connection
seealso:
  - module: model_serving.openstack.security_group
"""

EXAMPLES = r"""
- name: Read the rules of a group
  model_serving.openstack.security_group_info:
    cloud: mycloud
    name: chat
  register: found

- name: Show the ports that are open to the world
  ansible.builtin.debug:
    msg: >-
      {{ found.security_groups | map(attribute='rules') | flatten
         | selectattr('direction', '==', 'ingress')
         | selectattr('remote_ip_prefix', 'none') | selectattr('remote_group_id', 'none')
         | map(attribute='port_range_min') }}
"""

RETURN = r"""
security_groups:
  description: The groups, each like RV(model_serving.openstack.security_group#module:security_group).
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
    description:
      description: Description of the group.
      type: str
    stateful:
      description: Whether replies are allowed without a rule. V(none) if the cloud does not report it.
      type: bool
    tags:
      description: Tags of the group, sorted.
      type: list
      elements: str
    rules:
      description: Rules of the group.
      type: list
      elements: dict
failure:
  description:
    - Details of the failure, as in RV(model_serving.openstack.server_group#module:failure).
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._module import InfoModule
from ansible_collections.model_serving.openstack.plugins.module_utils._security_group import collect

MODULE = InfoModule(argument_spec={"name": {"type": "str"}}, collect=collect)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
