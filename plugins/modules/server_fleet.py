#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_fleet
short_description: Keep a fleet of identical servers in shape
description:
  - Keeps O(replicas) servers of one instance template running. They are spread over availability zones and, with a
    server group, over hosts.
  - Creates missing servers with one request for each zone, replaces servers that are broken or no longer match the
    template, and removes surplus servers.
  - With O(pools), replicas become members of load balancer pools when they are ready. They are drained and leave the
    pools before they are removed, so requests are answered while a new version of the template is rolled out.
  - The metadata C(model_serving.service) marks a server as part of the fleet, never its name. Other servers are not
    touched. If a run is interrupted, the next run completes it with the servers it finds.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  name:
    description:
      - Name of the service that the fleet belongs to.
      - Replicas are named C(NAME-BATCH-INDEX). Each request to Nova uses the lowest free batch number.
    type: str
    required: true
  replicas:
    description:
      - Number of replicas, at most 10000.
      - Surplus replicas are removed from the zones and hosts that have the most. See O(termination_policy).
    type: int
  timeout:
    description:
      - Total time in seconds for waiting. Each batch of a rolling update, and what follows a drain, gets it again.
    type: int
    default: 600
  state:
    description:
      - V(present) keeps the fleet in shape. It requires O(image), O(flavor), O(networks) and O(replicas).
      - V(absent) deletes all replicas.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - model_serving.openstack.attributes
  - model_serving.openstack.connection
  - model_serving.openstack.replica
  - model_serving.openstack.instance_template
  - model_serving.openstack.placement
  - model_serving.openstack.replacement
  - model_serving.openstack.rotation
  - model_serving.openstack.wait
attributes:
  idempotent:
    support: partial
    details: With O(skip_matching=false), each run replaces all replicas. With O(wait=false), changes that need a
      running replica, such as O(lock), are left to the next run.
notes:
  - A replica that is not running and will not recover by itself is replaced, even if somebody stopped, paused or
    rescued it by hand. A replica that somebody else has locked is never deleted. If it would have to be, the run fails
    before it changes anything.
  - A replica on a host that Nova has lost is replaced unless it is seen to answer, either at O(readiness_url) or as a
    member that the load balancer itself tests. Users see that a host does not report only if the cloud's policy
    C(os_compute_api:servers:show:host_status:unknown-only) allows it.
  - With the provider C(ovn), members on a dead host stay C(ONLINE). Without that policy and O(readiness_url), the
    module cannot detect that they are dead.
  - Replicas that Nova cannot build are deleted, and the run fails with the fault that Nova reports.
  - With O(wait=false), only the next run finds such failures. Replicas enter the rotation in the next run that waits,
    or before others leave it. The run always waits for this, for deletions that make room and for each batch.
  - A slow deletion is requested again every 20 seconds, with O(wait=false) only by the next run that has more to do. A
    request to a host that just died is lost, but Nova deletes the server as soon as it knows that the host is dead.
seealso:
  - module: model_serving.openstack.server_fleet_info
  - module: model_serving.openstack.server_group
"""

EXAMPLES = r"""
- name: Run three model servers on distinct hosts in two zones
  model_serving.openstack.server_fleet:
    cloud: mycloud
    name: chat
    replicas: 3
    image: model-server
    flavor: m1.large
    networks: [private]
    security_groups: [chat]
    server_group: chat
    availability_zones: [az1, az2]
    user_data: "{{ lookup('ansible.builtin.file', 'cloud-init.yml') }}"
    metadata:
      stage: production

- name: Keep the replicas in rotation, and replace them one after another when the template changes
  model_serving.openstack.server_fleet:
    cloud: mycloud
    name: chat
    replicas: 3
    image: model-server
    flavor: m1.large
    networks: [private]
    security_groups: [chat]
    server_group: chat
    user_data: "{{ lookup('ansible.builtin.file', 'cloud-init.yml') }}"
    pools:
      - {load_balancer: chat, pool: replicas, protocol_port: 8080}
    max_surge: 1
    drain_timeout: 60
    health_grace_period: 120

- name: Keep addresses when replicas are replaced, boot from volumes and protect the servers
  model_serving.openstack.server_fleet:
    cloud: mycloud
    name: chat
    replicas: 3
    image: model-server
    flavor: m1.large
    networks:
      - {network: private, fixed_ports: true, subnet: private-v4}
      - storage
    boot_volume: {size: 40, volume_type: ssd}
    lock: true

- name: Show what another image would change
  model_serving.openstack.server_fleet:
    cloud: mycloud
    name: chat
    replicas: 3
    image: model-server-2
    flavor: m1.large
    networks: [private]
  check_mode: true
  diff: true

- name: Remove the replicas
  model_serving.openstack.server_fleet:
    cloud: mycloud
    name: chat
    state: absent
"""

RETURN = r"""
fleet:
  description: The fleet after the task or, in check mode, before it.
  returned: success
  type: dict
  contains:
    name: {description: Name of the service., type: str, sample: chat}
    replicas:
      description: The replicas, sorted by name.
      type: list
      elements: dict
      contains:
        id: {description: Id of the server., type: str}
        name: {description: Name of the server., type: str, sample: chat-1-1}
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
        created_at:
          description: Creation time of the server, as Nova reports it.
          type: str
        description: {description: Description of the server., type: str}
        tags: {description: "Tags of the server, including those that others set.", type: list, elements: str}
        locked: {description: Whether the server is locked., type: bool}
        locked_reason: {description: "Reason of the lock, C(model_serving.service=NAME) for the fleet's.", type: str}
        volumes: {description: Ids of the attached volumes., type: list, elements: str}
        slot: {description: "Number of the fixed ports, V(none) without fixed ports.", type: int}
        template:
          description: Digests of the parts of the instance template that the replica was created from.
          type: str
        drift:
          description: Parts that differ from the instance template. Not returned with O(state=absent).
          type: list
          elements: str
          sample: [image]
    server_group:
      description: Name of the server group. V(none) when no server group is wanted.
      type: str
    ports:
      description: Ports that the fleet created. See O(networks).
      type: list
      elements: dict
      contains:
        id: {description: Id of the port., type: str}
        name: {description: Name of the port., type: str, sample: chat-port-1}
        network_id: {description: Id of the network., type: str}
        slot: {description: Number of the port. Each network has one port with this number., type: int}
        addresses: {description: Fixed addresses., type: list, elements: str}
        server_id: {description: "Id of the server that uses the port, V(none) when it is free.", type: str}
    spread:
      description:
        - How the replicas are spread over hosts.
        - The fields are those of RV(model_serving.openstack.server_group#module:server_group.spread).
      type: dict
actions:
  description: What the module did or, in check mode, would do.
  returned: success
  type: list
  elements: str
  sample: ["create replicas 'chat-1-1', 'chat-1-2' in availability zone 'az1'"]
failure:
  description:
    - Details of the failure, as in RV(model_serving.openstack.server_group#module:failure).
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._module import StateModule
from ansible_collections.model_serving.openstack.plugins.module_utils._options import (
    INSTANCE_TEMPLATE,
    REPLICA,
    STATE,
    wait_options,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet import ServerFleetNoun
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_options import FLEET

MODULE = StateModule(
    noun=ServerFleetNoun(),
    argument_spec={
        "name": {"type": "str", "required": True},
        **FLEET,
        **INSTANCE_TEMPLATE,
        **REPLICA,
        **STATE,
        **wait_options(600),
    },
    required_if=[("state", "present", ["replicas", "image", "flavor", "networks"])],
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
