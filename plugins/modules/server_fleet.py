#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_fleet
short_description: Keep a number of equal servers in shape
description:
  - Keeps O(replicas) servers of one instance template running, spread over availability zones and, by a server group,
    over hosts.
  - Creates what is missing with one request for each zone, replaces servers that are broken or no longer match the
    template, and removes what is too much.
  - With O(pools), replicas become members of load-balancer pools when they are ready, and leave them, drained, before
    they go. So requests are answered while a new version of the template is rolled out.
  - A server belongs to the fleet by its metadata C(model_serving.service), never by its name. Other servers are not
    touched. A run that was interrupted is completed by the next one, with the servers it finds.
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  name:
    description:
      - Name of the service that the fleet belongs to.
      - Replicas are called C(NAME-BATCH-INDEX). Each request to Nova uses the lowest batch number that is free.
    type: str
    required: true
  replicas:
    description:
      - How many replicas there should be, at most 10000.
      - When there are too many, they are taken from the zones and hosts that have most, see O(termination_policy).
    type: int
  timeout:
    description:
      - Seconds that all waiting may take together. Each batch of a roll, and what follows a drain, has as many again.
    type: int
    default: 600
  state:
    description:
      - V(present) keeps the fleet in shape. O(image), O(flavor), O(networks) and O(replicas) are required then.
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
    details: With O(skip_matching=false), all replicas are replaced in each run. With O(wait=false), the next run does
      what new replicas have to run for, for example O(lock).
notes:
  - Every replica that is not running and will not be by itself is replaced, also one that was stopped, paused or
    rescued by hand. One that somebody else has locked is never deleted. If it would have to be, the run fails before it
    changes anything.
  - A replica on a host that is lost to Nova is replaced unless it is seen to answer, as a member that the load balancer
    itself tests or at O(readiness_url). Nova shows users that a host does not report only if the policy
    C(os_compute_api:servers:show:host_status:unknown-only) of the cloud lets it.
  - Behind the provider C(ovn), members on a dead host stay C(ONLINE). Without that policy and O(readiness_url), nothing
    tells that they are dead.
  - Replicas that Nova could not build are deleted again, and the run fails with what Nova said about them.
  - With O(wait=false) such failures are found by the next run only, and replicas enter the rotation in the next run
    that waits, or before others leave it. That, deletions that make room and batches of a roll are waited for anyway.
  - A deletion that takes long is requested again every 20 seconds. One that was sent to a host which just died is lost,
    but Nova deletes the server without the host as soon as it knows that the host is dead.
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

- name: Keep them in rotation, and replace them one after another when the template changes
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

- name: Keep addresses over replacements, boot from volumes and protect the servers
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

- name: See what another image would change
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
  description: The fleet as it is after the task, in check mode as it is before.
  returned: success
  type: dict
  contains:
    name: {description: Name of the service., type: str, sample: chat}
    replicas:
      description: The replicas, by name.
      type: list
      elements: dict
      contains:
        id: {description: Id of the server., type: str}
        name: {description: Name of the server., type: str, sample: chat-1-1}
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
        description: {description: Description of the server., type: str}
        tags: {description: "Tags of the server, also those that others set.", type: list, elements: str}
        locked: {description: Whether the server is locked., type: bool}
        locked_reason: {description: "Why, C(model_serving.service=NAME) for a lock of the fleet.", type: str}
        volumes: {description: Ids of the volumes that are attached., type: list, elements: str}
        slot: {description: "Number of its fixed ports, V(none) when it has none.", type: int}
        template:
          description: Digests of the parts of the instance template that the replica was made from.
          type: str
        drift:
          description: Parts in which the replica differs from the instance template. Not returned with O(state=absent).
          type: list
          elements: str
          sample: [image]
    server_group:
      description: Name of the server group. V(none) when the replicas are to be in none.
      type: str
    ports:
      description: Ports that the fleet made, see O(networks).
      type: list
      elements: dict
      contains:
        id: {description: Id of the port., type: str}
        name: {description: Name of the port., type: str, sample: chat-port-1}
        network_id: {description: Id of the network., type: str}
        slot: {description: Its number. On each network there is one port of this number., type: int}
        addresses: {description: Fixed addresses., type: list, elements: str}
        server_id: {description: "Id of the server that uses it, V(none) when it is free.", type: str}
    spread:
      description:
        - How the replicas are spread over hosts.
        - The fields are those of RV(model_serving.openstack.server_group#module:server_group.spread).
      type: dict
actions:
  description: What was done, in check mode what would be done.
  returned: success
  type: list
  elements: str
  sample: ["create replicas 'chat-1-1', 'chat-1-2' in availability zone 'az1'"]
failure:
  description:
    - The facts of a failure, as in RV(model_serving.openstack.server_group#module:failure).
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
