# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What every replica of an autoscaling group is made from, beside the instance template."""

    DOCUMENTATION = r"""
options:
  networks:
    description:
      - Networks of a replica. It gets one port on each of them, in this order. Pool members use the address on the
        first network.
      - Each item is the name or id of a network, or a mapping. A mapping has V(network), the name or id, and can have
        V(subnet), V(port_security_enabled) or V(vnic_type) for the port, as in
        O(model_serving.openstack.server_fleet#module:networks).
      - With O(pools), a replica must not have both IPv4 and IPv6 addresses on the first network, because Heat cannot
        tell which one a pool needs. If the network has subnets of both versions, choose one with V(subnet). A network
        whose IPv6 subnet gives each port an address automatically (SLAAC, stateless DHCPv6) cannot be the first one.
      - An existing group is refused for this reason only if its replicas would be replaced.
      - With O(security_groups), all networks must have port security enabled. Otherwise, Nova would not build the
        replicas.
      - V(fixed_ports) and V(ports) are refused. The cloud itself creates and removes replicas, so no port outlives its
        replica.
    type: list
    elements: raw
  boot_volume:
    description:
      - Volume that a replica boots from, created from O(image). The cloud must offer block storage.
      - If omitted, replicas get the local disk of the flavor.
    type: dict
    suboptions:
      size:
        description: Size in GiB. V(0) has the same effect as omitting O(boot_volume).
        type: int
        required: true
      volume_type:
        description: Name or id of the volume type. Requires Heat 2026.1 or later.
        type: str
      delete_on_termination:
        description:
          - Whether the volume is deleted with its replica.
          - With V(false), volumes of replaced or removed replicas stay, and this collection never removes them.
        type: bool
        default: true
  tags:
    description: Tags of a replica.
    type: list
    elements: str
  description:
    description: Refused unless it is empty, because Heat cannot set the description of a server.
    type: str
  lock:
    description:
      - V(true) is refused. Nova lets only the operator delete a locked server, so Heat could not remove or replace it.
    type: bool
notes:
  - If Nova reports one of O(availability_zones) as unavailable, or does not list it, no new servers can be created in
    that zone. The module warns if the servers of the group stay. It refuses a new group, and a group whose servers
    would be replaced.
  - The module never removes a server that somebody has locked. If all servers would be replaced, or the group removed,
    the run fails before it changes anything. Nova does not let Heat delete a locked server either, and Heat may forget
    the server. So suspend what the cloud does by itself while a server is locked. See
    M(model_serving.openstack.autoscaling_capacity).
  - With O(describe_replicas=true), the module warns of servers of the group that Heat does not know, unless something
    in the group is in progress or has failed. With O(state=absent), these servers are deleted after the group.
  - While the stack is suspended (C(openstack stack suspend)), its servers do not run and Heat accepts no updates. Until
    it is resumed, the module refuses to run, except with O(state=absent). This suspension is not the one of
    M(model_serving.openstack.autoscaling_capacity).
  - Every change to the instance template replaces servers, including changes to metadata, tags and security groups. So
    do changes to O(readiness), O(drain_timeout), O(availability_zones), O(anti_affinity), O(max_server_per_host) and
    O(pools), except for O(pools[].pool).
  - The image, flavor and key pair of existing servers must exist until all of them are replaced, and the image must be
    active. Otherwise Heat refuses all updates of the group, so the cloud neither scales nor heals it. A run with others
    then replaces all servers of a zone at once, without a way back, and warns.
  - If somebody has deleted an alarm of the group, a run makes it anew. A run of another user only warns. So does a run
    with an application credential, unless it changes the alarm.
  - Heat and Aodh act with trusts of the user who creates the group. If this user is deleted or loses roles, the group
    is no longer scaled and healed. Another user can remove a group with alarms but cannot change it, because Heat would
    lose the trust with which the cloud heals the group.
  - Unless the operator allows it, Keystone does not let application credentials create or delete trusts. With an
    application credential of the user who created the group, you can change and remove the group, but you cannot add
    alarms to it or remove alarms from it.
"""
