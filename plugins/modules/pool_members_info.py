#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pool_members_info
short_description: Show members of pools
description:
  - Lists Octavia pools with their members, and the status that the health monitor reports for each member.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  pool:
    description:
      - Name or id of the pools to list. If omitted, all pools of O(load_balancer) or of the project are listed.
      - If nothing matches, the list is empty.
    type: str
  load_balancer:
    description: Name or id of the load balancer whose pools are listed.
    type: str
extends_documentation_fragment:
  - model_serving.openstack.attributes.info
  - model_serving.openstack.connection
seealso:
  - module: model_serving.openstack.pool_members
  - module: model_serving.openstack.load_balancer_info
"""

EXAMPLES = r"""
- name: Find out which replicas get requests
  model_serving.openstack.pool_members_info:
    cloud: mycloud
    load_balancer: chat
    pool: replicas
  register: replicas

- name: Show the replicas that get none
  ansible.builtin.debug:
    msg: "{{ replicas.pools[0].members | rejectattr('operating_status', 'equalto', 'ONLINE') | map(attribute='name') }}"
"""

RETURN = r"""
pools:
  description: The pools, each like RV(model_serving.openstack.pool_members#module:pool).
  returned: success
  type: list
  elements: dict
failure:
  description:
    - Details of the failure, as in RV(model_serving.openstack.server_group#module:failure).
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._module import InfoModule
from ansible_collections.model_serving.openstack.plugins.module_utils._pool_members import collect

MODULE = InfoModule(argument_spec={"pool": {"type": "str"}, "load_balancer": {"type": "str"}}, collect=collect)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
