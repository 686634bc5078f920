#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: replica
short_description: Stop or delete one server of a service to test recovery
description:
  - Does to one server of a fleet or of an autoscaling group what a fault would do, behind the back of whatever keeps
    the group in shape.
  - Use this module to see how a service copes with the loss of a replica. The playbook C(drill) uses it.
  - Servers that belong to another service or to no service are not touched. Locked servers are refused.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  service:
    description: Name of the service, or of one of its fleets, that the server belongs to.
    type: str
    required: true
  server:
    description: Name or id of the server.
    type: str
    required: true
  state:
    description:
      - V(absent) deletes the server, as if somebody had deleted it by mistake. The deletion is forced, so the server
        cannot be restored, even where Nova keeps deleted servers for a while (C(reclaim_instance_interval)). If the
        cloud's policy forbids forced deletion, the server is deleted normally.
      - V(stopped) powers off the server. It stays off until somebody starts it or a new replica takes its place.
    type: str
    choices: [absent, stopped]
    required: true
  timeout:
    description: Total time in seconds that the run may spend waiting.
    type: int
    default: 300
extends_documentation_fragment:
  - model_serving.openstack.attributes
  - model_serving.openstack.connection
  - model_serving.openstack.wait
seealso:
  - module: model_serving.openstack.traffic_info
  - module: model_serving.openstack.autoscaling_capacity
    description: Replaces a server before it is removed, without a loss.
"""

EXAMPLES = r"""
- name: Delete a replica to simulate its loss
  model_serving.openstack.replica:
    cloud: mycloud
    service: chat
    server: chat-1-1
    state: absent
    wait: false
"""

RETURN = r"""
replica:
  description: The server after the task or, in check mode, before it. V(none) if it does not exist.
  returned: success
  type: dict
  contains:
    id:
      description: Id of the server.
      type: str
    name:
      description: Name of the server.
      type: str
    status:
      description: Status of the server.
      type: str
actions:
  description: What the module did or, in check mode, would do.
  returned: success
  type: list
  elements: str
  sample: ["delete replica 'chat-1-1' of 'chat' (5f0c)"]
failure:
  description:
    - Details of the failure, as in RV(model_serving.openstack.server_group#module:failure).
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._module import StateModule
from ansible_collections.model_serving.openstack.plugins.module_utils._options import wait_options
from ansible_collections.model_serving.openstack.plugins.module_utils._replica import ABSENT, STOPPED, ReplicaNoun

MODULE = StateModule(
    noun=ReplicaNoun(),
    argument_spec={
        "service": {"type": "str", "required": True},
        "server": {"type": "str", "required": True},
        "state": {"type": "str", "choices": [ABSENT, STOPPED], "required": True},
        **wait_options(300),
    },
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
