#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: autoscaling_group
short_description: Keep an elastic group of identical servers
description:
  - Creates a Heat stack for a group of servers of one instance template. From then on, the cloud keeps the group in
    shape. Aodh alarms change its size, and unhealthy servers are replaced. Nothing else has to run.
  - A server becomes a member of O(pools) only when it has reported that it is ready. It is deleted only when it is no
    longer a member and O(drain_timeout) has passed.
  - When the instance template changes, servers are replaced in batches. Each gets a successor before it is removed.
  - Requires Heat. Scaling and O(health_check_type) also require Aodh. Metrics require Gnocchi or Prometheus.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  name:
    description:
      - Name of the service that the group belongs to. It is also the name of the stack.
      - The name starts with a letter, followed by up to 57 letters, digits and C(_.-).
    type: str
    required: true
  min_size:
    description: Minimum number of servers, at least one in each zone. Required when O(state=present).
    type: int
  max_size:
    description: Maximum number of servers. Required when O(state=present).
    type: int
  desired_capacity:
    description:
      - Number of servers after the run.
      - If omitted, a new group has O(min_size) servers, and an existing one keeps the size that scaling chose.
    type: int
  availability_zones:
    description:
      - Zones over which to spread servers evenly, at most O(min_size) zones. Scaling changes all of them alike.
      - Their order has no meaning. If omitted, Nova chooses the zones.
    type: list
    elements: str
  anti_affinity:
    description:
      - Policy of the two server groups of each zone. Servers of a new instance template use the other group of the two.
        They avoid each other's hosts, but not those of the servers that they replace, so they need no free hosts.
    type: str
    choices: [anti-affinity, soft-anti-affinity]
    default: soft-anti-affinity
  drain_timeout:
    description: Seconds between the removal of a server from its pools and its deletion.
    type: int
    default: 30
  rolling_update:
    description: How servers are replaced when the instance template changes.
    type: dict
    suboptions:
      max_batch_size:
        description:
          - Number of servers that are replaced at once. Zones are updated one after another.
          - If more servers of a zone than this never became ready, a new instance template replaces all of them at
            once. Servers in service follow in batches of the same size, which need quota and hosts.
        type: int
        default: 1
      pause:
        description: Seconds between two batches.
        type: int
        default: 0
  rollback:
    description:
      - Whether to undo an update that failed. The task fails in any case. Requires O(wait=true).
      - Nothing is undone if a part of the group had failed before the run or if an earlier run was interrupted, because
        there is no good state to return to. Nothing is undone either if the run exceeds its O(timeout), because Heat
        may still be working. In both cases, the next run repairs the group.
    type: bool
    default: true
  health_check_type:
    description:
      - V(load_balancer) lets the cloud replace servers whose member in the first of O(pools) is in status C(ERROR).
        The cloud's operator decides how long new members are spared (C(member_creation_time) of Aodh).
      - If no member of the pool is healthy, the cause is the monitor, the network or the model. No server is replaced
        then, and the group is not scaled until the module has run again.
      - If a server breaks while another one is being replaced, the group can end up one larger, up to O(max_size).
    type: str
    choices: [none, load_balancer]
    default: none
  describe_replicas:
    description:
      - Whether to return RV(group.replicas) and where they run, as the info module does. This needs requests to Nova.
      - If two servers share a host in spite of O(anti_affinity=anti-affinity), the module warns.
    type: bool
    default: false
  timeout:
    description: Total time in seconds that the run may spend waiting. Heat also gives up after this time.
    type: int
    default: 1800
  state:
    description:
      - V(present) keeps the group as described. It requires O(min_size), O(max_size), O(image), O(flavor) and
        O(networks). Remains of a failed removal are removed first. So is a new group that failed before any of its
        servers was in service, if the instance template has changed since.
      - V(absent) deletes the group and its servers.
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
  - If an update is in progress, the task waits until it has ended and continues from there.
  - A run with nothing to change needs one request to Heat, and one more for each zone of a group that scales. Names in
    the options are looked up in addition.
  - In the diff, V(preview) is Heat's own preview of the update, requested before anything is changed.
  - An update waits until changes that alarms have started have ended. If the group has changed since the run looked at
    it, the task warns and decides again, twice at most. RV(actions) and the diff are those of the first decision.
seealso:
  - module: model_serving.openstack.autoscaling_group_info
  - module: model_serving.openstack.server_fleet
"""

EXAMPLES = r"""
- name: Run two to nine model servers at a CPU utilization of 50 percent
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
  description: The group after the task or, in check mode, before it.
  returned: success
  type: dict
  contains:
    name: {description: Name of the service., type: str, sample: chat}
    id: {description: Id of the stack. V(none) if it does not exist., type: str}
    status:
      description: Status of the stack. V(none) if it does not exist.
      type: str
      sample: UPDATE_COMPLETE
    status_reason: {description: Reason that Heat gives for the status., type: str}
    owner:
      description: Name of the user who created the group. Heat and Aodh act on behalf of this user.
      type: str
    suspended_processes:
      description: Processes that M(model_serving.openstack.autoscaling_capacity) has suspended.
      type: list
      elements: str
    size: {description: Number of servers., type: int, sample: 3}
    replicas:
      description: The servers, sorted by name.
      returned: with O(describe_replicas)
      type: list
      elements: dict
      contains:
        id: {description: Id of the server., type: str}
        name: {description: Name of the server., type: str}
        status: {description: Status of the server., type: str, sample: ACTIVE}
        fault: {description: "Fault that Nova reports for a server in status C(ERROR), else V(none).", type: str}
        addresses:
          description: Fixed addresses, as one list for each network name.
          type: dict
          sample: {private: [10.0.0.12]}
        host_id:
          description: Opaque id that tells the hosts of a project apart. V(none) while the server has no host.
          type: str
        availability_zone:
          description: Availability zone of the server.
          type: str
          sample: az1
        created_at: {description: "Creation time of the server, as Nova reports it.", type: str}
        locked: {description: Whether somebody has locked the server. Heat cannot remove a locked server., type: bool}
        locked_reason: {description: Reason of the lock., type: str}
    server_groups:
      description: Names of the server groups. See O(anti_affinity).
      returned: with O(describe_replicas)
      type: list
      elements: str
    spread:
      description: Spread over hosts, as in RV(model_serving.openstack.server_group#module:server_group.spread).
      returned: with O(describe_replicas)
      type: dict
actions:
  description: What the module did or, in check mode, would do.
  returned: success
  type: list
  elements: str
  sample: ["update autoscaling group 'chat'"]
failure:
  description: As in RV(model_serving.openstack.server_group#module:failure). C(answer) quotes the innermost resources.
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
