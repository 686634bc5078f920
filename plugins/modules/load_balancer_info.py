#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: load_balancer_info
short_description: Show load balancers and everything below them
description:
  - Lists Octavia load balancers with their addresses, listeners, L7 policies, pools, health monitors and members.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  name:
    description:
      - Name or id of the load balancers to list. If omitted, all load balancers of the project are listed.
      - If nothing matches, the list is empty.
    type: str
extends_documentation_fragment:
  - model_serving.openstack.attributes.info
  - model_serving.openstack.connection
seealso:
  - module: model_serving.openstack.load_balancer
  - module: model_serving.openstack.pool_members_info
"""

EXAMPLES = r"""
- name: Get the load balancer
  model_serving.openstack.load_balancer_info:
    cloud: mycloud
    name: chat
  register: balancers

- name: Fail if it does not work
  ansible.builtin.assert:
    that: balancers.load_balancers[0].operating_status == 'ONLINE'
"""

RETURN = r"""
load_balancers:
  description: The load balancers, each like RV(model_serving.openstack.load_balancer#module:load_balancer).
  returned: success
  type: list
  elements: dict
failure:
  description:
    - Details of the failure, as in RV(model_serving.openstack.server_group#module:failure).
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer import collect
from ansible_collections.model_serving.openstack.plugins.module_utils._module import InfoModule

MODULE = InfoModule(argument_spec={"name": {"type": "str"}}, collect=collect)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
