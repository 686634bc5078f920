#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: autoscaling_capacity
short_description: Resize an autoscaling group by hand, replace its servers, or suspend scaling
description:
  - Sets the current number of servers in a group of M(model_serving.openstack.autoscaling_group), within its limits.
    Scaling continues from there.
  - Replaces servers of the group. Each gets a successor before it is removed.
  - Suspends and resumes scaling and healing.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  name:
    description: Name of the service that the group belongs to.
    type: str
    required: true
  desired_capacity:
    description:
      - Number of servers. If omitted, the number does not change.
      - The new size takes effect at once, even while scaling pauses after a change. The task waits for it even with
        O(wait=false). An alarm can change the number again as soon as a zone has its share.
      - A change that an alarm has started is waited for first.
      - If a run ends before the size is reached, the next run that sets a size completes it.
    type: int
  replace:
    description:
      - Names or ids of the servers to replace. Locked servers are refused.
      - A replaced server no longer exists, so a second run with the same name fails.
    type: list
    elements: str
    default: []
  suspended_processes:
    description:
      - Processes that the cloud must not run by itself until you run this module with another list. Later runs of
        M(model_serving.openstack.autoscaling_group) keep them suspended.
      - V(scaling) stands for O(model_serving.openstack.autoscaling_group#module:target_tracking) and
        O(model_serving.openstack.autoscaling_group#module:step_scaling). V(healing) stands for the replacement of
        unhealthy servers. Servers that healing has marked but not yet replaced are left as they are.
      - An empty list resumes everything. If omitted, nothing changes.
    type: list
    elements: str
    choices: [scaling, healing]
  timeout:
    description: Total time in seconds that the run may spend waiting.
    type: int
    default: 1800
extends_documentation_fragment:
  - model_serving.openstack.attributes
  - model_serving.openstack.connection
  - model_serving.openstack.wait
attributes:
  idempotent:
    support: partial
    details: With O(replace), each run replaces servers.
notes:
  - The module refuses to run while the stack itself is suspended (C(openstack stack suspend)). If Heat has failed to
    resume the stack, the module refuses to run until M(model_serving.openstack.autoscaling_group) has completed this.
  - A group with alarms can be changed only by the user who created it. Otherwise, Heat would lose the trust with which
    the cloud heals the group.
  - You cannot protect a server from removal when the group shrinks. Heat removes failed servers first and then the
    oldest ones, and accepts no list of exceptions. Suspend V(scaling) for that time instead, or set
    O(model_serving.openstack.autoscaling_group#module:target_tracking.disable_scale_in).
seealso:
  - module: model_serving.openstack.autoscaling_group
"""

EXAMPLES = r"""
- name: Prepare the group for the evening peak
  model_serving.openstack.autoscaling_capacity:
    cloud: mycloud
    name: chat
    desired_capacity: 6

- name: Replace a server
  model_serving.openstack.autoscaling_capacity:
    cloud: mycloud
    name: chat
    replace: [chat-11ccda-wmcf2sjx2ahr]

- name: Suspend scaling and healing during maintenance
  model_serving.openstack.autoscaling_capacity:
    cloud: mycloud
    name: chat
    suspended_processes: [scaling, healing]

- name: Resume scaling and healing
  model_serving.openstack.autoscaling_capacity:
    cloud: mycloud
    name: chat
    suspended_processes: []
"""

RETURN = r"""
group:
  description:
    - The group after the task or, in check mode, before it.
    - The fields are those of RV(model_serving.openstack.autoscaling_group#module:group), including C(replicas),
      C(server_groups) and C(spread).
  returned: success
  type: dict
actions:
  description: What the module did or, in check mode, would do.
  returned: success
  type: list
  elements: str
  sample: ["set size of autoscaling group 'chat' from 2 to 6"]
failure:
  description:
    - Details of the failure, as in RV(model_serving.openstack.server_group#module:failure).
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_capacity import (
    AutoscalingCapacityNoun,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import PROCESSES
from ansible_collections.model_serving.openstack.plugins.module_utils._module import StateModule
from ansible_collections.model_serving.openstack.plugins.module_utils._options import wait_options

MODULE = StateModule(
    noun=AutoscalingCapacityNoun(),
    argument_spec={
        "name": {"type": "str", "required": True},
        "desired_capacity": {"type": "int"},
        "replace": {"type": "list", "elements": "str", "default": []},
        "suspended_processes": {"type": "list", "elements": "str", "choices": list(PROCESSES)},
        **wait_options(1800),
    },
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
