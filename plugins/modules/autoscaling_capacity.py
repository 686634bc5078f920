#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: autoscaling_capacity
short_description: Change the size of an autoscaling group by hand, replace servers, suspend scaling
description:
  - Sets how many servers a group of M(model_serving.openstack.autoscaling_group) has at the moment, within its limits.
    Scaling goes on from there.
  - Replaces servers of the group, each by a new one before it goes.
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
      - How many servers there should be. Without it, the number stays.
      - Takes effect at once, also while scaling pauses after a change. It is waited for, also with O(wait=false).
        An alarm may change it again as soon as a zone has got its share.
      - What an alarm has begun is waited for first.
      - A run that was ended before its size had come is finished by the next one that asks for a size.
    type: int
  replace:
    description:
      - Names or ids of servers that are to be replaced. One that is locked is refused.
      - A server that was replaced is not there any more, so a second run with the same name fails.
    type: list
    elements: str
    default: []
  suspended_processes:
    description:
      - What the cloud must not do by itself until this is called with another list. Later runs of
        M(model_serving.openstack.autoscaling_group) keep it so.
      - V(scaling) is what O(model_serving.openstack.autoscaling_group#module:target_tracking) and
        O(model_serving.openstack.autoscaling_group#module:step_scaling) do, V(healing) the replacement of servers that
        are not healthy. Servers that healing has marked, but not replaced yet, are left as they are.
      - An empty list resumes everything. Without it, all stays as it is.
    type: list
    elements: str
    choices: [scaling, healing]
  timeout:
    description: Seconds that all waiting of the run may take together.
    type: int
    default: 1800
extends_documentation_fragment:
  - model_serving.openstack.attributes
  - model_serving.openstack.connection
  - model_serving.openstack.wait
attributes:
  idempotent:
    support: partial
    details: With O(replace), servers are replaced in each run.
notes:
  - Refused while Heat has suspended the stack itself (C(openstack stack suspend)), and after it has failed to resume
    it, until M(model_serving.openstack.autoscaling_group) has done the rest.
  - Of a group with alarms, only the user who made it can change anything, because Heat would lose the trust by which
    the cloud heals it.
  - No server can be protected from removal when the group shrinks. Heat removes servers that have failed, then the
    oldest ones, and neither its group nor its policies take a list of exceptions. Suspend V(scaling) meanwhile, or set
    O(model_serving.openstack.autoscaling_group#module:target_tracking.disable_scale_in).
seealso:
  - module: model_serving.openstack.autoscaling_group
"""

EXAMPLES = r"""
- name: Be ready for the evening
  model_serving.openstack.autoscaling_capacity:
    cloud: mycloud
    name: chat
    desired_capacity: 6

- name: Replace a server
  model_serving.openstack.autoscaling_capacity:
    cloud: mycloud
    name: chat
    replace: [chat-11ccda-wmcf2sjx2ahr]

- name: Leave the group alone during maintenance
  model_serving.openstack.autoscaling_capacity:
    cloud: mycloud
    name: chat
    suspended_processes: [scaling, healing]

- name: Let the cloud scale and heal again
  model_serving.openstack.autoscaling_capacity:
    cloud: mycloud
    name: chat
    suspended_processes: []
"""

RETURN = r"""
group:
  description:
    - The group as it is after the task, in check mode as it is before.
    - The fields are those of RV(model_serving.openstack.autoscaling_group#module:group), with its C(replicas).
  returned: success
  type: dict
actions:
  description: What was done, in check mode what would be done.
  returned: success
  type: list
  elements: str
  sample: ["set size of autoscaling group 'chat' from 2 to 6"]
failure:
  description:
    - The facts of a failure, as in RV(model_serving.openstack.server_group#module:failure).
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
