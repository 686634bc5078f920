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
  - Needs Heat; with O(target_tracking) or O(health_check_type) also Aodh, and Gnocchi or Prometheus for metrics.
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
    description: Fewest servers. Required when O(state=present).
    type: int
  max_size:
    description: Most servers. Required when O(state=present).
    type: int
  desired_capacity:
    description:
      - How many servers there shall be after the run.
      - Without it, a new group has O(min_size) servers, and an existing one keeps the number that scaling chose.
    type: int
  availability_zones:
    description:
      - Zones to spread servers over evenly. Scaling adds or removes servers in all of them alike.
      - Without it, Nova chooses the zones.
    type: list
    elements: str
  anti_affinity:
    description:
      - Policy of the server group of each zone.
      - With V(anti-affinity), hosts for the servers that are new in a batch must be free beside those of the old ones.
    type: str
    choices: [anti-affinity, soft-anti-affinity]
    default: soft-anti-affinity
  pools:
    description: Pools of load balancers that servers are members of.
    type: list
    elements: dict
    default: []
    suboptions:
      pool:
        description: Name or id of the pool.
        type: str
        required: true
      protocol_port:
        description: Port that the server listens on.
        type: int
        required: true
      subnet:
        description: Name or id of the subnet from which the load balancer reaches the servers.
        type: str
      weight:
        description: Share of the requests in comparison with other members.
        type: int
      monitor_port:
        description: Port for the health monitor, when it is another one.
        type: int
  readiness:
    description:
      - When a server counts as ready. It finds that out itself and signals it to Heat, for which the image needs
        cloud-init and Python.
      - Without it, a server is ready as soon as Nova says that it is active.
    type: dict
    suboptions:
      url:
        description: URL that answers with a status below 300 once the server is ready, as the server itself sees it.
        type: str
        required: true
      timeout:
        description: Seconds after which a server that is not ready has failed.
        type: int
        default: 600
      interval:
        description: Seconds between two attempts.
        type: int
        default: 2
      endpoint:
        description:
          - Scheme, host and port under which servers reach Heat, when not those of Heat's endpoint in the catalogue.
        type: str
  drain_timeout:
    description: Seconds between the end of a server's memberships and its own end.
    type: int
    default: 30
  rolling_update:
    description: How servers are replaced when the instance template changed.
    type: dict
    suboptions:
      max_batch_size:
        description: How many are replaced at once. Zones are updated one after another.
        type: int
        default: 1
      pause:
        description: Seconds between two batches.
        type: int
        default: 0
  rollback:
    description: Whether Heat undoes an update that failed. The task fails nevertheless.
    type: bool
    default: true
  target_tracking:
    description:
      - Keeps a metric near a value by changing the number of servers. Without it, the size changes only by hand.
      - Made of alarms and policies in steps. The greater the deviation, the greater and sooner the step.
    type: dict
    suboptions:
      target_value:
        description: What the metric shall be, per server. The CPU in per cent of all VCPUs of a server.
        type: float
        required: true
      metric:
        description: Name of a metric in Gnocchi. Without it and without O(target_tracking.query), it is the CPU.
        type: str
      aggregation_method:
        description: How Gnocchi makes one value of those of all servers. Not used for the CPU.
        type: str
        default: mean
      resource_type:
        description: Type of the resources in Gnocchi that have the metric. Not used for the CPU.
        type: str
        default: instance
      query:
        description: Query for Prometheus in PromQL, that gives one series, the value per server.
        type: str
      maximum:
        description: The highest value that the metric can have. Without it, it has no bounds. 100 for the CPU.
        type: float
      granularity:
        description: Seconds of one period. Gnocchi must keep the metric with this granularity.
        type: int
        default: 60
      evaluation_periods:
        description: For how many periods the greatest deviation must last before the group grows, at least 2.
        type: int
        default: 2
      estimated_instance_warmup:
        description: Seconds after a change in which there is no other one.
        type: int
        default: 180
      dead_band:
        description: Share of the target value, above and below it, in which nothing happens.
        type: float
        default: 0.1
      disable_scale_in:
        description: Whether the group never shrinks by itself.
        type: bool
        default: false
  health_check_type:
    description:
      - V(load_balancer) lets the cloud replace servers whose member in the first of O(pools) is in status C(ERROR).
        How long new members are spared is decided by the operator of the cloud (Aodh's C(member_creation_time)).
      - When no member of the pool is healthy, no server is replaced, because then it is the monitor, the network
        or the model that is broken. The group is not scaled either until the module has run again.
    type: str
    choices: [none, load_balancer]
    default: none
  timeout:
    description: Seconds that all waiting of the run may take together. Heat gives up after that time, too.
    type: int
    default: 1800
  state:
    description:
      - V(present) keeps the group as described. O(min_size), O(max_size), O(image), O(flavor) and O(networks) are
        required then.
      - V(absent) deletes the group with its servers.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - model_serving.openstack.attributes
  - model_serving.openstack.connection
  - model_serving.openstack.instance_template
  - model_serving.openstack.wait
notes:
  - A task that finds an update in progress waits for its end and goes on from there.
  - Everything in the instance template is changed by replacing servers, also metadata and security groups.
seealso:
  - module: model_serving.openstack.autoscaling_group_info
  - module: model_serving.openstack.server_fleet
"""

EXAMPLES = r"""
- name: Run two to ten model servers at half of their CPU
  model_serving.openstack.autoscaling_group:
    cloud: mycloud
    name: chat
    min_size: 2
    max_size: 10
    image: model-server
    flavor: m1.large
    networks: [private]
    security_groups: [chat]
    user_data: "{{ lookup('ansible.builtin.file', 'cloud-init.yml') }}"
    pools:
      - pool: chat
        protocol_port: 8080
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
    size:
      description: How many servers there are.
      type: int
      sample: 3
    replicas:
      description: The servers, by name.
      type: list
      elements: dict
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
          sample: ACTIVE
        fault:
          description: What Nova says about a server in status C(ERROR), else V(none).
          type: str
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
actions:
  description: What was done, in check mode what would be done.
  returned: success
  type: list
  elements: str
  sample: ["update autoscaling group 'chat'"]
failure:
  description:
    - The facts of a failure, as in RV(model_serving.openstack.server_group#module:failure).
    - C(answer) has what the deepest resources said that failed.
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_group import AutoscalingGroupNoun
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_options import GROUP
from ansible_collections.model_serving.openstack.plugins.module_utils._module import StateModule
from ansible_collections.model_serving.openstack.plugins.module_utils._options import (
    INSTANCE_TEMPLATE,
    STATE,
    wait_options,
)

MODULE = StateModule(
    noun=AutoscalingGroupNoun(),
    argument_spec={
        "name": {"type": "str", "required": True},
        **GROUP,
        **INSTANCE_TEMPLATE,
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
