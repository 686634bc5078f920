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
      - Networks of a replica, one port on each of them, in this order.
      - An item is the name or id of a network, or a mapping with V(network), its name or id, and more about the ports.
      - With V(fixed_ports=true), ports outlive replicas, and so do their addresses. The fleet makes a port for each
        replica, which the replica's successor uses again. More about it in the notes.
      - V(ports) is a list of names or ids of ports that exist. They are used in the same way instead, the first one by
        the first replica. There have to be as many as there are replicas at a time.
      - On ports that the fleet makes, V(subnet) is the name or id of the subnet that addresses come from,
        V(port_security_enabled) switches port security, and V(vnic_type) is the kind of virtual network card,
        one of V(normal), V(direct), V(direct-physical), V(macvtap), V(virtio-forwarder) and V(vdpa).
      - Where port security of a network is disabled, Nova builds no replica with O(security_groups) on it, unless all
        networks have V(fixed_ports=true) or V(ports). Those ports bring the groups with them, as far as they can.
    type: list
    elements: raw
  boot_volume:
    description:
      - Volume that a replica boots from, made from O(image). The cloud has to have block storage.
      - If omitted, replicas keep the disk they have, and new ones get the local disk of the flavor.
    type: dict
    suboptions:
      size:
        description: Size in GiB. With V(0) replicas have no boot volume, but the local disk of the flavor.
        type: int
        required: true
      volume_type:
        description: Name or id of the volume type. If omitted, the cloud's default is used.
        type: str
      delete_on_termination:
        description:
          - Whether the volume is deleted with its replica.
          - With V(false), volumes of replicas that were replaced or removed stay, and nothing here removes them later.
        type: bool
        default: true
  tags:
    description:
      - Tags of a replica. Changed in place. Tags that others set are left as they are.
      - An empty list removes the tags that the fleet set.
      - Together they may have 255 characters, because the metadata C(model_serving.tags) notes which are the fleet's.
    type: list
    elements: str
  description:
    description: Description of a replica. Changed in place. An empty text clears it.
    type: str
  lock:
    description:
      - Whether replicas are locked, so that nobody else deletes, stops or rebuilds them by mistake.
      - A lock of the fleet has the reason C(model_serving.service=NAME). The fleet opens it where it replaces or
        removes the replica or sets its metadata.
      - Locks of others are never opened, also not with V(false). When one is in the way, the run fails before it
        changes anything.
      - With O(state=absent), V(true) is refused.
      - New replicas are locked when they run, with O(wait=false) by the next run.
      - If omitted, locks stay as they are, and new replicas have none.
    type: bool
notes:
  - Replicas are deleted for good, also where Nova keeps deleted servers for a while (C(reclaim_instance_interval)),
    unless the cloud's policy forbids it. Kept ones would go on to use their ports, security groups and hosts.
  - Fixed ports have numbers. Port 2 is called C(NAME-port-2), on each of the networks, and carries the tag
    C(model_serving.service=NAME). A new replica uses the lowest number that is free. Where new replicas are made before
    old ones go, as in a rolling update with surge, there are as many ports more, and addresses change among them.
    Ports stay when the fleet shrinks. They are deleted with O(state=absent). Those that something else uses stay then,
    too, and a warning tells of them; those that the fleet did not make are never deleted.
  - Nova takes fixed ports for one server at a time. So such replicas are requested one after another, the next one when
    the scheduler has chosen the host of the one before. Creation takes longer than with other networks.
"""
