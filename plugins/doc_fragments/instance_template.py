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
      - When the name stands for another image later, replicas made from the old one count as drifted.
    type: str
  flavor:
    description:
      - Name or id of the flavor.
      - When it was deleted and made anew under its name, replicas with the old one count as drifted. With its old id,
        too, M(model_serving.openstack.server_fleet) sees that by other vCPUs, RAM, disks or swap, which Nova shows from
        microversion 2.47 on.
    type: str
  networks:
    description: Names or ids of the networks, one port on each of them, in this order.
    type: list
    elements: str
  security_groups:
    description:
      - Names or ids of the security groups of a replica's ports, no more and no less.
      - M(model_serving.openstack.server_fleet) changes them in place, on each port that can have any, also one that
        somebody else has attached. Without the option, new replicas get the group V(default), and the groups of
        existing ones are left as they are.
      - M(model_serving.openstack.autoscaling_group) replaces the replicas.
    type: list
    elements: str
  key_name:
    description: Name of the key pair for SSH.
    type: str
  user_data:
    description:
      - Text for cloud-init. Nova takes up to 65535 characters of base64, so up to 49149 bytes of text.
      - Diffs, tags and metadata show a digest of it only.
    type: str
  config_drive:
    description: Whether replicas get their user data and metadata on a drive. Without it, Nova decides.
    type: bool
  metadata:
    description:
      - Metadata of a replica. M(model_serving.openstack.server_fleet) sets it in place and leaves other keys as they
        are, on a replica whose migration is not confirmed yet in a later run.
        M(model_serving.openstack.autoscaling_group) replaces the replicas.
      - Keys are made of letters, digits, spaces and C(-), C(_), C(:), C(.). Those that begin with C(model_serving.) are
        kept for the collection.
      - Values are texts. Booleans become C(true) and C(false), and keys without a value are left out.
    type: dict
"""
