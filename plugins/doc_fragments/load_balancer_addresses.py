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
      - Name or id of the subnet of the VIP. This or O(vip_network) is required to make a load balancer.
      - On a network of another project that is not shared, as external ones mostly are, Neutron lets nobody choose. So
        for one that has several subnets, use O(vip_network) alone. One that has both IPv4 and IPv6 cannot be used.
      - It cannot be changed.
    type: str
  vip_network:
    description:
      - Name or id of the network of the VIP. It cannot be changed.
      - Without O(vip_subnet) and O(vip_address), the VIP is on its first subnet of IPv4 that has an address left, or of
        IPv6 where it has none of IPv4. Subnets that Neutron keeps for the ports of a service are passed over.
    type: str
  vip_address:
    description: Address of the VIP. If omitted, Neutron chooses. It cannot be changed.
    type: str
  vip_qos_policy:
    description:
      - Name or id of the QoS policy of the VIP. An empty text removes it.
      - Octavia does not take it off the ports of virtual machines that the provider C(amphora) has, so its limits stay
        as long as these do. Another policy in its place, for example one without rules, has an effect at once.
    type: str
  vip_security_groups:
    description:
      - Names of security groups of the project, or ids, for the VIP, instead of the one that Octavia makes. They decide
        who is let in, so they do not go with O(listeners[].allowed_cidrs). Those that a listener has from before do not
        count. An empty list removes the groups, and O(listeners[].allowed_cidrs) counts again.
    type: list
    elements: str
  additional_vips:
    description:
      - Further addresses, at most one on each subnet of the VIP's network, for example one of IPv6 beside one of IPv4.
      - They cannot be changed. To get others, remove the load balancer with O(keep_address=true) and make it again.
      - It needs O(vip_subnet) and O(provider). With the provider V(amphora) the addresses are on the VIP port and
        outlive the load balancer with it. With V(ovn) they go with it, and are asked for again when the module makes
        it again; for one that was deleted by hand, only those with an O(additional_vips[].ip_address) come back.
    type: list
    elements: dict
    suboptions:
      subnet:
        description: Name or id of the subnet.
        type: str
        required: true
      ip_address:
        description: Address to have. If omitted, Neutron chooses.
        type: str
  floating_ip_network:
    description:
      - Name or id of the network to have a floating IP of. If omitted, the floating IP is not managed.
      - An empty text removes it. One that was made here and is on another port by now is deleted neither by that nor
        with O(state=absent); a warning says so.
      - The provider C(ovn) forwards floating IPs of ports only that are called C(ovn-lb-vip-ID), with the id of the
        load balancer. So the module gives the VIP port that name in the place of C(NAME-vip), and the floating IP that
        it makes the tag C(model_serving.vip_address=ADDRESS), from which a VIP port that was lost gets its address
        again.
    type: str
  floating_ip_address:
    description:
      - Floating IP to use. An existing one is used and never deleted. Otherwise, it is created on O(floating_ip_network), for
        which most clouds require an administrator.
    type: str
  keep_address:
    description:
      - Whether the VIP port and the floating IP stay when O(state=absent). A load balancer of the same name that is
        made later gets them, also with another provider.
    type: bool
    default: false
"""
