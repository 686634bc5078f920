# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What every replica of a service is made from."""

    DOCUMENTATION = r"""
options:
  image:
    description:
      - Name or id of the image that replicas boot from.
      - If the name later refers to another image, replicas created from the old one count as drifted.
    type: str
  flavor:
    description:
      - Name or id of the flavor.
      - If the flavor is deleted and recreated with the same name, replicas with the old one count as drifted. If the id
        is also the same, M(model_serving.openstack.server_fleet) detects other vCPUs, RAM, disks or swap, which Nova
        reports as of microversion 2.47.
    type: str
  networks:
    description: Names or ids of the networks. A replica gets one port on each of them, in this order.
    type: list
    elements: str
  security_groups:
    description:
      - Names or ids of the security groups of a replica's ports. The ports have exactly these groups.
      - M(model_serving.openstack.server_fleet) changes them in place on each port that can have security groups,
        including ports that somebody else has attached. If omitted, new replicas get the group V(default), and the
        groups of existing replicas are not changed.
      - M(model_serving.openstack.autoscaling_group) replaces the replicas.
    type: list
    elements: str
  key_name:
    description:
      - Name of the key pair for SSH. An empty string means that replicas have none. If omitted, a fleet does not manage
        it, and replicas of a group have none.
      - A new key with the name of an old one is not noticed. Give it another name.
    type: str
  user_data:
    description:
      - Text for cloud-init. Nova accepts up to 65535 characters of base64, which is up to 49149 bytes of text.
      - Diffs, tags and metadata show only a digest of the text.
    type: str
  config_drive:
    description: Whether replicas get their user data and metadata on a config drive. If omitted, Nova decides.
    type: bool
  metadata:
    description:
      - Metadata of a replica. M(model_serving.openstack.server_fleet) sets it in place and does not change other keys.
        If the migration of a replica is not confirmed yet, a later run sets its metadata.
        M(model_serving.openstack.autoscaling_group) replaces the replicas.
      - Keys consist of letters, digits, spaces and C(-), C(_), C(:), C(.). Keys that begin with C(model_serving.) are
        reserved for the collection.
      - Values are strings. Booleans become C(true) and C(false), and keys without a value are left out.
    type: dict
"""
