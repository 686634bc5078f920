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
      - Networks of a replica, one port on each of them, in this order. Members of pools have the address on the first.
      - An item is the name or id of a network, or a mapping with V(network), its name or id, and V(subnet),
        V(port_security_enabled) or V(vnic_type) for its port, as in
        O(model_serving.openstack.server_fleet#module:networks).
      - With O(pools), a replica must not have addresses of IPv4 and of IPv6 on the first network, because Heat cannot
        tell which one a pool needs. Where there are subnets of both, name one with V(subnet). Where a subnet of IPv6
        gives each port an address by itself (SLAAC, stateless DHCPv6), that network cannot be the first one.
      - A group that is there is refused for it only when its replicas would be replaced.
      - With O(security_groups), no network may have its port security disabled. Nova would not build the replicas.
      - V(fixed_ports) and V(ports) are refused. The cloud itself makes and removes replicas, so no port outlives one.
    type: list
    elements: raw
  boot_volume:
    description:
      - Volume that a replica boots from, made from O(image). The cloud has to have block storage.
      - Without it, replicas get the local disk of the flavor.
    type: dict
    suboptions:
      size:
        description: Size in GiB. V(0) is as without the option.
        type: int
        required: true
      volume_type:
        description: Name or id of the volume type, for which Heat must be of release 2026.1 or later.
        type: str
      delete_on_termination:
        description:
          - Whether the volume is deleted with its replica.
          - With V(false), volumes of replicas that were replaced or removed stay, and nothing here removes them later.
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
  - Where Nova calls one of O(availability_zones) unavailable, or does not list it, a group whose servers stay goes on,
    with a warning. New servers cannot be made in that zone. So a new group is refused, and one whose servers would be
    replaced.
  - A server that somebody has locked is never removed by the module. When all servers would be replaced, or the group
    removed, the run fails before it changes anything. Nova does not let Heat delete it either, and Heat may forget it.
    So suspend what the cloud does by itself as long as it is locked, see
    M(model_serving.openstack.autoscaling_capacity).
  - Servers of the group of which Heat does not know are told of in a warning with O(describe_replicas=true), as long as
    nothing in the group is in progress or has failed. They are deleted after the group, with O(state=absent).
  - When Heat has suspended the stack (C(openstack stack suspend)), its servers do not run and Heat takes no update. So
    the run is refused until it is resumed, unless O(state=absent). That is something else than what
    M(model_serving.openstack.autoscaling_capacity) suspends.
  - Everything in the instance template is changed by replacing servers, also metadata, tags and security groups. So are
    O(readiness), O(drain_timeout), O(availability_zones), O(anti_affinity), O(max_server_per_host), and what O(pools)
    say, but for O(pools[].pool).
  - Heat and Aodh act later by trusts of the user who makes the group. So it is no longer scaled and healed when that
    user is deleted or loses its roles. Another user cannot change a group with alarms, because Heat would lose the
    trust by which the cloud heals it, but can remove it. Keystone lets application credentials neither make nor delete
    trusts, unless its operator allows it. So one of the user who made the group can change and remove it, but not add
    alarms to it or take some away.
"""
