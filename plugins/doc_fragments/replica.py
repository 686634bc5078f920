# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What every replica of a fleet is made from, beside the instance template."""

    DOCUMENTATION = r"""
options:
  networks:
    description:
      - Networks of a replica. It gets one port on each of them, in this order.
      - Each item is the name or id of a network, or a mapping with V(network), the name or id, and settings for the
        ports.
      - With V(fixed_ports=true), ports and their addresses outlive replicas. The fleet creates a port for each replica,
        and the replica's successor uses the same port. See the notes.
      - V(ports) is a list of names or ids of existing ports. They are used in the same way, the first one by the first
        replica. There must be as many ports as there are replicas at a time.
      - For ports that the fleet creates, V(subnet) is the name or id of the subnet for addresses,
        V(port_security_enabled) enables or disables port security, and V(vnic_type) is the type of virtual network
        card. It is one of V(normal), V(direct), V(direct-physical), V(macvtap), V(virtio-forwarder) and V(vdpa).
      - If port security of a network is disabled, Nova builds no replica with O(security_groups) on it, unless all
        networks have V(fixed_ports=true) or V(ports). These ports already have the groups, as far as they can.
    type: list
    elements: raw
  boot_volume:
    description:
      - Volume that a replica boots from, created from O(image). The cloud must offer block storage.
      - If omitted, replicas keep the disk they have, and new ones get the local disk of the flavor.
    type: dict
    suboptions:
      size:
        description: Size in GiB. With V(0), replicas have the local disk of the flavor instead of a boot volume.
        type: int
        required: true
      volume_type:
        description: Name or id of the volume type. If omitted, the cloud's default is used.
        type: str
      delete_on_termination:
        description:
          - Whether the volume is deleted with its replica.
          - With V(false), volumes of replaced or removed replicas stay, and this collection never removes them.
        type: bool
        default: true
  tags:
    description:
      - Tags of a replica. They are changed in place. Tags that others set are not changed.
      - An empty list removes the tags that the fleet set.
      - Together, the tags can have 255 characters, because the metadata C(model_serving.tags) records the fleet's tags.
    type: list
    elements: str
  description:
    description: Description of a replica. It is changed in place. An empty string clears it.
    type: str
  lock:
    description:
      - Whether replicas are locked, so that nobody else deletes, stops or rebuilds them by mistake.
      - A lock of the fleet has the reason C(model_serving.service=NAME). The fleet unlocks a replica to replace or
        remove it, or to set its metadata.
      - Locks of others are never removed, not even with V(false). If such a lock is in the way, the run fails before it
        changes anything.
      - With O(state=absent), V(true) is refused.
      - New replicas are locked when they are running. With O(wait=false), the next run locks them.
      - If omitted, locks are not changed, and new replicas are not locked.
    type: bool
notes:
  - Replicas are deleted permanently, even if Nova keeps deleted servers for a while (C(reclaim_instance_interval)),
    unless the cloud's policy forbids it. Kept servers would continue to use their ports, security groups and hosts.
  - Fixed ports have numbers. On each of the networks, port 2 is named C(NAME-port-2) and has the tag
    C(model_serving.service=NAME). A new replica uses the lowest free number. If new replicas are created before old
    ones are removed, as in a rolling update with surge, there are additional ports, and replicas swap addresses.
  - Fixed ports stay when the fleet shrinks. O(state=absent) deletes them, except for those that something else uses.
    These stay with a warning. Ports that the fleet did not create are never deleted.
  - Nova accepts fixed ports for only one server per request. So replicas with fixed ports are requested one after
    another, each when the scheduler has chosen the host of the one before. Creation takes longer than without them.
"""
