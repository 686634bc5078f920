#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: replica
short_description: Stop or delete one server of a service, to see what happens
description:
  - Does to one server of a fleet or of an autoscaling group what a fault would do, without telling what keeps it.
  - Who wants to see how a service copes with the loss of a replica uses it. The playbook C(drill) does.
  - Servers of other services, or of no service, are not touched, nor are locked ones.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  service:
    description: Name of the service, or of the fleet of it, that the server belongs to.
    type: str
    required: true
  server:
    description: Name or id of the server.
    type: str
    required: true
  state:
    description:
      - V(absent) deletes the server, as if somebody had done it by mistake. The deletion is forced, so nobody can
        restore it, also where Nova keeps deleted servers for a while (C(reclaim_instance_interval)). Only where the
        policy of the cloud forbids that, it is an ordinary one.
      - V(stopped) powers it off. Nothing but a new replica, or somebody who starts it, brings it back.
    type: str
    choices: [absent, stopped]
    required: true
  timeout:
    description: Seconds that all waiting of the run may take together.
    type: int
    default: 300
extends_documentation_fragment:
  - model_serving.openstack.attributes
  - model_serving.openstack.connection
  - model_serving.openstack.wait
seealso:
  - module: model_serving.openstack.traffic_info
  - module: model_serving.openstack.autoscaling_capacity
    description: Replaces a server before it goes, without a loss.
"""

EXAMPLES = r"""
- name: Lose a replica
  model_serving.openstack.replica:
    cloud: mycloud
    service: chat
    server: chat-1-1
    state: absent
    wait: false
"""

RETURN = r"""
replica:
  description: The server after the task, in check mode as it is before. V(none) when there is none.
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
  description: What was done, in check mode what would be done.
  returned: success
  type: list
  elements: str
  sample: ["delete replica 'chat-1-1' of 'chat' (5f0c)"]
failure:
  description:
    - The facts of a failure, as in RV(model_serving.openstack.server_group#module:failure).
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
