#!/usr/bin/python
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: security_group
short_description: Manage a security group together with its rules
description:
  - Creates, changes or deletes a Neutron security group. You declare the group together with its rules.
  - Equivalent rules count as the same rule, for example protocol V(6) and protocol V(tcp).
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
options:
  name:
    description:
      - Name of the security group.
      - Neutron allows several groups with the same name. If there are several, the task fails and lists their ids.
    type: str
    required: true
  description:
    description: Description of the group. If omitted, it is not changed.
    type: str
  stateful:
    description:
      - Whether replies to allowed traffic are allowed without a rule. Neutron's default for new groups is V(true).
      - Neutron refuses to change this setting while ports use the group. If omitted, it is not changed.
    type: bool
  tags:
    description:
      - Tags that the group should have. Other tags stay unless O(purge_tags=true).
      - If omitted, tags are not changed.
    type: list
    elements: str
  purge_tags:
    description: Whether to remove tags that are not in O(tags).
    type: bool
    default: false
  rules:
    description:
      - Rules that the group should have. Other rules stay unless O(purge_rules=true).
      - If omitted, rules are not changed. Neutron gives a new group two rules, which allow all egress.
    type: list
    elements: dict
    suboptions:
      direction:
        description: Whether the rule applies to traffic to the servers or from them.
        type: str
        choices: [ingress, egress]
        default: ingress
      ether_type:
        description: IP version that the rule applies to.
        type: str
        choices: [IPv4, IPv6]
        default: IPv4
        aliases: [ethertype]
      protocol:
        description:
          - Name or number of the IP protocol, for example V(tcp), V(udp) or V(icmp).
          - If omitted, the rule applies to all protocols.
        type: str
      port_range_min:
        description: First port or, for ICMP, the type. If omitted, the rule applies to all ports or types.
        type: int
      port_range_max:
        description:
          - Last port or, for ICMP, the code.
          - If omitted, the rule applies only to the port O(rules[].port_range_min) or, for ICMP, to all codes.
        type: int
      remote_ip_prefix:
        description:
          - Network at the other end, in CIDR notation.
          - If both this and O(rules[].remote_group) are omitted, the other end is not restricted.
        type: str
      remote_group:
        description: Name or id of the security group at the other end. It may be the group itself.
        type: str
  purge_rules:
    description: Whether to delete rules that are not in O(rules).
    type: bool
    default: false
  keep_default_egress:
    description: Whether O(purge_rules) keeps the rules that allow all egress, one for each IP version.
    type: bool
    default: true
  adopt:
    description:
      - Whether to manage an existing group with this name no matter who created it.
      - With V(false), a group that has none of O(tags) and another O(description) belongs to somebody else. With
        O(state=present), it is refused before the first write. With O(state=absent), it stays. V(false) requires
        O(tags) or O(description).
      - The description counts because a group gets its tags after its creation, and a run can end in between.
    type: bool
    default: true
  state:
    description: Whether the group should exist. Neutron refuses to delete a group while ports use it.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - model_serving.openstack.attributes
  - model_serving.openstack.connection
seealso:
  - module: model_serving.openstack.security_group_info
"""

EXAMPLES = r"""
- name: Let the load balancer's network reach the model servers, and the servers reach each other
  model_serving.openstack.security_group:
    cloud: mycloud
    name: chat
    description: Replicas of the chat service
    tags:
      - model_serving.service=chat
    adopt: false  # another group of this name is somebody else's
    rules:
      - protocol: tcp
        port_range_min: 8000
        remote_ip_prefix: 10.0.0.0/24
      - protocol: icmp
      - remote_group: chat

- name: Allow exactly this rule and no egress at all
  model_serving.openstack.security_group:
    cloud: mycloud
    name: locked-down
    rules:
      - protocol: tcp
        port_range_min: 443
    purge_rules: true
    keep_default_egress: false

- name: Remove the group
  model_serving.openstack.security_group:
    cloud: mycloud
    name: chat
    state: absent
"""

RETURN = r"""
security_group:
  description:
    - The group after the task or, in check mode, before it. V(none) if it does not exist.
  returned: success
  type: dict
  contains:
    id:
      description: Id of the group.
      type: str
      sample: 5bd4d44a-5a4d-4bb4-9b3c-2a9d1f2c2f0b
    name:
      description: Name of the group.
      type: str
      sample: chat
    description:
      description: Description of the group.
      type: str
    stateful:
      description: Whether replies are allowed without a rule. V(none) if the cloud does not report it.
      type: bool
    tags:
      description: Tags of the group, sorted.
      type: list
      elements: str
    rules:
      description: Rules of the group. V(none) in a field means that the rule does not restrict this field.
      type: list
      elements: dict
      contains:
        id:
          description: Id of the rule.
          type: str
        direction:
          description: V(ingress) or V(egress).
          type: str
        ether_type:
          description: V(IPv4) or V(IPv6).
          type: str
        protocol:
          description: Name of the protocol.
          type: str
        port_range_min:
          description: First port or ICMP type.
          type: int
        port_range_max:
          description: Last port or ICMP code.
          type: int
        remote_ip_prefix:
          description: Network at the other end.
          type: str
        remote_group_id:
          description: Id of the security group at the other end.
          type: str
        remote_address_group_id:
          description: Id of the address group at the other end.
          type: str
actions:
  description: What the module did or, in check mode, would do.
  returned: success
  type: list
  elements: str
  sample: ["create security group 'chat'"]
failure:
  description:
    - Details of the failure, as in RV(model_serving.openstack.server_group#module:failure).
  returned: failure
  type: dict
"""

from ansible_collections.model_serving.openstack.plugins.module_utils._module import StateModule
from ansible_collections.model_serving.openstack.plugins.module_utils._options import STATE, ArgumentSpec
from ansible_collections.model_serving.openstack.plugins.module_utils._security_group import SecurityGroupNoun

RULE: ArgumentSpec = {
    "direction": {"type": "str", "choices": ["ingress", "egress"], "default": "ingress"},
    "ether_type": {"type": "str", "choices": ["IPv4", "IPv6"], "default": "IPv4", "aliases": ["ethertype"]},
    "protocol": {"type": "str"},
    "port_range_min": {"type": "int"},
    "port_range_max": {"type": "int"},
    "remote_ip_prefix": {"type": "str"},
    "remote_group": {"type": "str"},
}

MODULE = StateModule(
    noun=SecurityGroupNoun(),
    argument_spec={
        "name": {"type": "str", "required": True},
        "description": {"type": "str"},
        "stateful": {"type": "bool"},
        "tags": {"type": "list", "elements": "str"},
        "purge_tags": {"type": "bool", "default": False},
        "rules": {"type": "list", "elements": "dict", "options": RULE},
        "purge_rules": {"type": "bool", "default": False},
        "keep_default_egress": {"type": "bool", "default": True},
        "adopt": {"type": "bool", "default": True},
        **STATE,
    },
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
