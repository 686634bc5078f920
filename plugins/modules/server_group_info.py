#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_group_info
short_description: Show server groups and where their members run
description:
  - Lists Nova server groups with the host and zone of each member, and whether the policy is kept.
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
notes:
  - Do not judge a fleet by one group. Its replicas can be in additional groups, and after an update all of them can be
    there, so that the first group has no members and violates nothing. Use
    M(model_serving.openstack.server_fleet_info) for fleets.
seealso:
  - module: model_serving.openstack.server_group
  - module: model_serving.openstack.server_fleet_info
"""

EXAMPLES = r"""
- name: Find out where the servers of a group run
  model_serving.openstack.server_group_info:
    cloud: mycloud
    name: databases
  register: found

- name: Fail if there are none, or if they violate the policy of the group
  ansible.builtin.assert:
    that:
      - found.server_groups | length == 1
      - found.server_groups[0].spread.placed > 0
      - not found.server_groups[0].spread.violated
"""

RETURN = r"""
server_groups:
  description: The groups, each like RV(model_serving.openstack.server_group#module:server_group).
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
    policy:
      description: Policy of the group.
      type: str
    max_server_per_host:
      description: Maximum number of members on one host. V(none) if the group has no such rule.
      type: int
    members:
      description: The servers of the group, sorted by name.
      type: list
      elements: dict
    spread:
      description: How the members are spread over hosts.
      type: dict
failure:
  description:
    - Details of the failure, as in RV(model_serving.openstack.server_group#module:failure).
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._module import InfoModule
from ansible_collections.model_serving.openstack.plugins.module_utils._server_group import collect

MODULE = InfoModule(argument_spec={"name": {"type": "str"}}, collect=collect)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
