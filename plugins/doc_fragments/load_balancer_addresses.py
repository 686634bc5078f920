# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The addresses of a load balancer: VIP, further addresses and floating IP."""

    DOCUMENTATION = r"""
options:
  vip_subnet:
    description:
      - Name or id of the subnet of the VIP. This or O(vip_network) is required to create a load balancer.
      - Most external networks belong to another project and are not shared. On such a network, Neutron does not let you
        choose a subnet. If it has several, use O(vip_network) alone. If it has both IPv4 and IPv6, it cannot be used.
      - The subnet cannot be changed.
    type: str
  vip_network:
    description:
      - Name or id of the network of the VIP. It cannot be changed.
      - Without O(vip_subnet) and O(vip_address), the VIP is on the first IPv4 subnet that has an address left, or on an
        IPv6 subnet if the network has no IPv4 subnet. Subnets that Neutron reserves for the ports of a service are
        skipped.
    type: str
  vip_address:
    description: Address of the VIP. If omitted, Neutron chooses. It cannot be changed.
    type: str
  vip_qos_policy:
    description:
      - Name or id of the QoS policy of the VIP. An empty string removes it.
      - Octavia does not remove the policy from the ports of the virtual machines of the provider C(amphora), so its
        limits remain as long as these machines. Another policy, for example one without rules, takes effect at once.
    type: str
  vip_security_groups:
    description:
      - Names of security groups of the project, or ids of security groups, for the VIP. They replace the group that
        Octavia creates and decide which clients are allowed. So they cannot be combined with
        O(listeners[].allowed_cidrs), and networks that a listener already has do not count. An empty list removes the
        groups, and O(listeners[].allowed_cidrs) counts again.
    type: list
    elements: str
  additional_vips:
    description:
      - Additional addresses, at most one on each subnet of the VIP's network, for example an IPv6 address in addition
        to an IPv4 address.
      - They cannot be changed. To get others, remove the load balancer with O(keep_address=true) and create it again.
      - Requires O(vip_subnet) and O(provider). With the provider V(amphora), the addresses are on the VIP port, which
        outlives the load balancer. With V(ovn), they are removed with the load balancer, and requested again when the
        module recreates it. If somebody deleted it by hand, only those with O(additional_vips[].ip_address) return.
    type: list
    elements: dict
    suboptions:
      subnet:
        description: Name or id of the subnet.
        type: str
        required: true
      ip_address:
        description: Address to use. If omitted, Neutron chooses.
        type: str
  floating_ip_network:
    description:
      - Name or id of the network to take a floating IP from. If omitted, the floating IP is not managed.
      - An empty string removes the floating IP. If the module created it but it is on another port by now, neither an
        empty string nor O(state=absent) deletes it, and the module warns.
      - The provider C(ovn) forwards floating IPs only for ports that are named C(ovn-lb-vip-ID), with the id of the
        load balancer. So the module gives the VIP port this name instead of C(NAME-vip). A floating IP that it creates
        gets the tag C(model_serving.vip_address=ADDRESS), from which a lost VIP port gets its address again.
    type: str
  floating_ip_address:
    description:
      - Floating IP to use. An existing one is used and never deleted. Otherwise, it is created on
        O(floating_ip_network), for which most clouds require an administrator.
    type: str
  keep_address:
    description:
      - Whether the VIP port and the floating IP stay with O(state=absent). A load balancer that is later created with
        the same name gets them again, even with another provider.
      - If a load balancer was renamed by hand, the task fails for its former name, because it still has the VIP port.
    type: bool
    default: false
"""
