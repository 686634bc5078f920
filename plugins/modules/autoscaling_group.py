#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: autoscaling_group
short_description: Keep an elastic group of equal servers
description:
  - Describes to Heat a group of servers of one instance template, that the cloud itself keeps in shape from then on.
    It changes the group's size by alarms of Aodh and replaces servers that are not healthy. Nothing else has to run.
  - A server becomes a member of O(pools) only when it has reported that it is ready, and is deleted only when it
    is no member any more and O(drain_timeout) has passed.
  - When the instance template changed, servers are replaced in batches, each by a new one before it goes.
  - Needs Heat. Scaling and O(health_check_type) also need Aodh, and metrics need Gnocchi or Prometheus.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  name:
    description:
      - Name of the service that the group belongs to, and of the stack.
      - A letter, then up to 57 letters, digits and C(_.-).
    type: str
    required: true
  min_size:
    description: Fewest servers, at least one in each zone. Required when O(state=present).
    type: int
  max_size:
    description: Most servers. Required when O(state=present).
    type: int
  desired_capacity:
    description:
      - How many servers there should be after the run.
      - Without it, a new group has O(min_size) servers, and an existing one keeps what scaling chose.
    type: int
  availability_zones:
    description:
      - Zones to spread servers over evenly, not more than O(min_size). Scaling changes all of them alike.
      - Without it, Nova chooses the zones.
    type: list
    elements: str
  anti_affinity:
    description:
      - Policy of the server groups of each zone, of which the servers of a new instance template use the other one.
        They keep away from each other, and not from those that they replace, so no host needs to be free for them.
    type: str
    choices: [anti-affinity, soft-anti-affinity]
    default: soft-anti-affinity
  drain_timeout:
    description: Seconds between the end of a server's memberships and its own end.
    type: int
    default: 30
  rolling_update:
    description: How servers are replaced when the instance template changed.
    type: dict
    suboptions:
      max_batch_size:
        description:
          - How many are replaced at once. Zones are updated one after another.
          - Where more servers of a zone than this never got ready, another instance template replaces those at once.
            Those in service follow in batches of as many, which takes quota and hosts for them.
        type: int
        default: 1
      pause:
        description: Seconds between two batches.
        type: int
        default: 0
  rollback:
    description:
      - Whether an update that failed is undone. The task fails in any case. Needs O(wait=true).
      - Nothing is undone when something in the group had failed before the run, or an earlier run was broken off. Then
        there is no state to go back to. Nor is it when the run ends over its O(timeout), because Heat may still be at
        it. In both cases, the next run repairs the group.
    type: bool
    default: true
  health_check_type:
    description:
      - V(load_balancer) lets the cloud replace servers whose member in the first of O(pools) is in status C(ERROR).
        How long new members are spared is decided by the operator of the cloud (Aodh's C(member_creation_time)).
      - When no member of the pool is healthy, what is broken is the monitor, the network or the model. So no server is
        replaced then, and the group is not scaled until the module has run again.
      - A server that breaks while another one is being replaced can leave the group one larger, up to O(max_size).
    type: str
    choices: [none, load_balancer]
    default: none
  describe_replicas:
    description: Whether to return RV(group.replicas), as the info module does. Nova is asked as well then.
    type: bool
    default: false
  timeout:
    description: Seconds that all waiting of the run may take together. Heat gives up after that time, too.
    type: int
    default: 1800
  state:
    description:
      - V(present) keeps the group as described. O(min_size), O(max_size), O(image), O(flavor) and O(networks) are
        required then. What a removal that failed has left is removed first, and so is a new group that failed before a
        single server of it was in service, when another instance template is asked for now.
      - V(absent) deletes the group with its servers.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - model_serving.openstack.attributes
  - model_serving.openstack.autoscaling
  - model_serving.openstack.autoscaling_template
  - model_serving.openstack.connection
  - model_serving.openstack.instance_template
  - model_serving.openstack.wait
notes:
  - A task that finds an update in progress waits for its end and goes on from there.
  - A run that finds nothing to change asks Heat once, beside looking up the names in the options.
  - In the diff, V(preview) is what Heat itself says that it would do, asked before anything is changed.
  - An update waits until what alarms have begun has ended.
seealso:
  - module: model_serving.openstack.autoscaling_group_info
  - module: model_serving.openstack.server_fleet
"""

EXAMPLES = r"""
- name: Run two to nine model servers at half of their CPU
  model_serving.openstack.autoscaling_group:
    cloud: mycloud
    name: chat
    min_size: 2
    max_size: 9
    image: model-server
    flavor: m1.large
    networks: [private]
    security_groups: [chat]
    user_data: "{{ lookup('ansible.builtin.file', 'cloud-init.yml') }}"
    pools:
      - {load_balancer: chat, pool: replicas, protocol_port: 8080}
    readiness:
      url: http://127.0.0.1:8080/v2/health/ready
    target_tracking:
      target_value: 50
    health_check_type: load_balancer

- name: Remove the group
  model_serving.openstack.autoscaling_group:
    cloud: mycloud
    name: chat
    state: absent
"""

RETURN = r"""
group:
  description: The group as it is after the task, in check mode as it is before.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the service.
      type: str
      sample: chat
    id:
      description: Id of the stack. V(none) when there is none.
      type: str
    status:
      description: Status of the stack. V(none) when there is none.
      type: str
      sample: UPDATE_COMPLETE
    status_reason:
      description: What Heat says about the status.
      type: str
    owner:
      description: Name of the user who made it, in whose name Heat and Aodh act.
      type: str
    suspended_processes:
      description: What M(model_serving.openstack.autoscaling_capacity) has suspended.
      type: list
      elements: str
    size:
      description: How many servers there are.
      type: int
      sample: 3
    replicas:
      description: The servers, by name.
      returned: with O(describe_replicas)
      type: list
      elements: dict
      contains:
        id: {description: Id of the server., type: str}
        name: {description: Name of the server., type: str}
        status: {description: Status of the server., type: str, sample: ACTIVE}
        fault: {description: "What Nova says about a server in status C(ERROR), else V(none).", type: str}
        addresses:
          description: Lists of fixed addresses by network name.
          type: dict
          sample: {private: [10.0.0.12]}
        host_id:
          description: What tells the hosts of one project apart. V(none) when the server is not placed yet.
          type: str
        availability_zone:
          description: Availability zone of the server.
          type: str
          sample: az1
        created_at:
          description: When the server was created, as Nova writes it.
          type: str
        locked: {description: "Whether somebody has locked the server. Heat cannot remove it then.", type: bool}
        locked_reason: {description: Why., type: str}
actions:
  description: What was done, in check mode what would be done.
  returned: success
  type: list
  elements: str
  sample: ["update autoscaling group 'chat'"]
failure:
  description: As RV(model_serving.openstack.server_group#module:failure); C(answer) quotes the deepest resources.
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_group import AutoscalingGroupNoun
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_options import GROUP
from ansible_collections.model_serving.openstack.plugins.module_utils._module import StateModule
from ansible_collections.model_serving.openstack.plugins.module_utils._options import (
    INSTANCE_TEMPLATE,
    REPLICA,
    STATE,
    wait_options,
)

MODULE = StateModule(
    noun=AutoscalingGroupNoun(),
    argument_spec={
        "name": {"type": "str", "required": True},
        **GROUP,
        **INSTANCE_TEMPLATE,
        **REPLICA,
        **STATE,
        **wait_options(1800),
    },
    required_if=[("state", "present", ["min_size", "max_size", "image", "flavor", "networks"])],
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
