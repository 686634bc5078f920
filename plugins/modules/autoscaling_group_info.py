#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: autoscaling_group_info
short_description: Show autoscaling groups and their servers
description:
  - Lists the groups of M(model_serving.openstack.autoscaling_group) with their servers.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  name:
    description:
      - Name of the service whose group is listed. If omitted, all groups of the project are listed.
      - If nothing matches, the list is empty.
    type: str
  describe_alarms:
    description:
      - Whether to list the alarms and the failed resources as well. This needs one request for all groups and two for
        each group.
    type: bool
    default: false
extends_documentation_fragment:
  - model_serving.openstack.attributes.info
  - model_serving.openstack.connection
seealso:
  - module: model_serving.openstack.autoscaling_group
"""

EXAMPLES = r"""
- name: Find the group of a service
  model_serving.openstack.autoscaling_group_info:
    cloud: mycloud
    name: chat
  register: found

- name: Show the number of its servers
  ansible.builtin.debug:
    msg: "{{ found.groups | map(attribute='size') }}"
"""

RETURN = r"""
groups:
  description: The groups, each like RV(model_serving.openstack.autoscaling_group#module:group).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the service.
      type: str
    id:
      description: Id of the stack.
      type: str
    status:
      description: Status of the stack.
      type: str
      sample: UPDATE_COMPLETE
    status_reason:
      description: Reason that Heat gives for the status.
      type: str
    owner:
      description: Name of the user who created the group. Heat and Aodh act on behalf of this user.
      type: str
    suspended_processes:
      description: Processes that M(model_serving.openstack.autoscaling_capacity) has suspended.
      type: list
      elements: str
    size:
      description: Number of servers.
      type: int
    replicas:
      description:
        - The servers, sorted by name.
        - The fields are those of RV(model_serving.openstack.autoscaling_group#module:group.replicas).
      type: list
      elements: dict
    server_groups:
      description: Names of the server groups, two for each zone.
      type: list
      elements: str
    spread:
      description:
        - How the servers are spread over hosts.
        - The fields are those of RV(model_serving.openstack.server_group#module:server_group.spread).
      type: dict
    alarms:
      description: Alarms with which the cloud scales and heals the group. Only with O(describe_alarms=true).
      type: list
      elements: dict
      contains:
        name: {description: Name in the templates of the group., type: str, sample: zone_1/healing}
        id: {description: Id of the alarm., type: str}
        enabled: {description: "Whether the alarm is evaluated. V(none) if Aodh does not list it.", type: bool}
        state:
          description:
            - State of the alarm, which says whether its metric is beyond the threshold.
            - V(insufficient data) until Aodh has enough data. If this state remains, Aodh does not find the metric, for
              example because Gnocchi does not keep it with this granularity.
            - An alarm C(healing) has no metric. If it remains in this state, replicas are not healed, for example
              because Aodh's user may not list members of load balancers. See RV(groups[].alarms[].state_reason).
            - V(missing) if somebody has deleted the alarm. M(model_serving.openstack.autoscaling_group) makes it anew.
            - V(none) if the cloud has no Aodh.
          type: str
          sample: ok
        state_reason: {description: Reason that Aodh gives for the state., type: str}
    failed:
      description:
        - Names of the resources of the stack, and of the stacks nested in it, that are in a failed state, each behind
          the name of its parent. Only with O(describe_alarms=true).
        - A zone that could not be healed is listed here only. The status of the stack does not change.
        - M(model_serving.openstack.autoscaling_group) repairs them, unless RV(groups[].suspended_stack) is set.
      type: list
      elements: str
      sample: [zone_1/group]
    marked:
      description:
        - Names of the resources that are only marked as unhealthy, in a stack that has not failed. The next change of
          the group replaces them. Only with O(describe_alarms=true).
        - Replicas remain marked if the cloud has refused to heal them, because no member of the pool was healthy.
      type: list
      elements: str
      sample: [group/yfxm3vq2hd5u]
    suspended_stack:
      description:
        - Name of the stack that somebody has suspended in Heat, the one of the group or one nested in it. V(none) if
          there is none. Only with O(describe_alarms=true).
        - Until it is resumed, M(model_serving.openstack.autoscaling_group) refuses to change the group.
      type: str
failure:
  description:
    - Details of the failure, as in RV(model_serving.openstack.server_group#module:failure).
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_group import collect
from ansible_collections.model_serving.openstack.plugins.module_utils._module import InfoModule

MODULE = InfoModule(
    argument_spec={"name": {"type": "str"}, "describe_alarms": {"type": "bool", "default": False}}, collect=collect
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
