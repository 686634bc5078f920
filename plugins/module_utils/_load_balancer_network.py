# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writing the addresses of a load balancer, which belong to Neutron."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._hints import no_address_left
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_address import (
    NOTE,
    PROVIDER_PREFIX,
)

if TYPE_CHECKING:
    from openstack.network.v2._proxy import Proxy
    from openstack.network.v2.port import Port

    from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_actions as does
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Vip

PORT = "VIP port"
FLOATING_IP = "floating IP"


@dataclass
class Addresses:
    """The VIP port and the floating IP, as far as the plan has come.

    :param port_id: of the VIP port; empty until it is made
    :param made_port: id of the VIP port that the plan made
    :param subnet_id: of the VIP's subnet, where Octavia has to be told: the port has several addresses. Of one that has
        one, Octavia takes that, and some clouds let nobody name a subnet (C(allow_vip_subnet_id))
    :param made_ip: id of the floating IP that the plan made
    """

    network: Proxy
    port_id: str = ""
    address: str = ""
    made_port: str = ""
    subnet_id: str | None = None
    made_ip: str = ""

    def create_port(self, vip: Vip) -> None:
        """Make the VIP port, on another subnet that does as well where one has no address left."""
        try:
            self._create_port(vip)
        except CloudError as error:
            if not vip.others or not no_address_left(error.answer):
                raise
            self.create_port(replace(vip, subnet_id=vip.others[0], others=vip.others[1:]))

    def _create_port(self, vip: Vip) -> None:
        port = self._made_port(vip)
        if not port.fixed_ips:
            # The next run would find it and keep it.
            self.delete_port(port.id, vip.name)
            answer = f"Neutron gave it no address in network {vip.network_id}"
            raise CloudError("create", PORT, vip.name, answer=answer, hint="Has the network a subnet?")
        wanted = (vip.subnet_id, vip.address)
        chosen = (each for each in port.fixed_ips if each["subnet_id"] in wanted or each["ip_address"] in wanted)
        first = next(chosen, port.fixed_ips[0])
        self.port_id = self.made_port = port.id
        self.address = first["ip_address"]
        self.subnet_id = first["subnet_id"] if len(port.fixed_ips) > 1 else None

    def _made_port(self, vip: Vip) -> Port:
        """Return a new port.

        Neutron lets only the owner of a network that is not shared, as external ones mostly are, choose a subnet. Where
        it has just one, there is nothing to choose, and where any does, it is up to Neutron.
        """
        try:
            return self._port(vip, vip.fixed_ips)
        except CloudError as error:
            if error.status != HTTPStatus.FORBIDDEN or vip.address or vip.more or not vip.subnet_id:
                raise
            port = self._port(vip, [])
            places = [each["subnet_id"] for each in port.fixed_ips or ()]
            if len(places) == 1 and places[0] in (vip.subnet_id, *vip.others):
                return port
            self.delete_port(port.id, vip.name)
            hint = "The network has several subnets, and only its owner may choose one, unless it is shared."
            raise CloudError("create", PORT, vip.name, answer=error.answer, status=error.status, hint=hint) from error

    def _port(self, vip: Vip, fixed_ips: list[dict[str, str]]) -> Port:
        given = {"fixed_ips": fixed_ips} if fixed_ips else {}
        with attempt("create", PORT, vip.name):
            return self.network.create_port(name=vip.name, description=vip.mark, network_id=vip.network_id, **given)

    def address_port(self, port_id: str, vip: Vip) -> None:
        with attempt("change the addresses of", PORT, vip.name, port_id):
            self.network.update_port(port_id, fixed_ips=vip.fixed_ips)

    def ensure_port(self, port_id: str | None, vip: Vip | None) -> str:
        """Return the port for a new balancer; some versions of the provider C(ovn) delete it with the old one."""
        if port_id:
            with attempt("look at", PORT, resource_id=port_id):
                survived = list(self.network.ports(id=port_id))
            if survived or vip is None:
                self.port_id = port_id
                several = any(len(port.fixed_ips or ()) > 1 for port in survived)
                self.subnet_id = vip.subnet_id if vip and several else None
                return port_id
        if not self.port_id and vip:
            self.create_port(vip)
        return self.port_id

    def name_port(self, port_id: str, name: str) -> None:
        changes: dict[str, Any] = {"name": name}
        if not name.startswith(PROVIDER_PREFIX):
            # A claim that the provider put on a port it took for its own would keep the next balancer from using it.
            changes |= {"device_id": "", "device_owner": ""}
        try:
            with attempt("rename", PORT, name, port_id):
                self.network.update_port(port_id, **changes)
        except CloudError as error:
            # Of two services that leave at the same time, the other one may have removed it.
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    def delete_port(self, port_id: str, name: str) -> None:
        with attempt("delete", PORT, name, port_id):
            self.network.delete_port(port_id, ignore_missing=True)

    def create_ip(self, action: does.CreateFloatingIp) -> None:
        address = {"floating_ip_address": action.address} if action.address else {}
        # A port can have several addresses.
        address |= {"fixed_ip_address": self.address} if self.address else {}
        with attempt("create", FLOATING_IP, action.address):
            made = self.network.create_ip(
                floating_network_id=action.network_id, port_id=self.port_id, description=action.mark, **address
            )
        self.made_ip = made.id

    def associate(self, ip_id: str, address: str, port_id: str | None) -> None:
        verb = "associate" if port_id else "disassociate"
        fixed: dict[str, Any] = {"fixed_ip_address": self.address} if port_id and self.address else {}
        with attempt(verb, FLOATING_IP, address, ip_id):
            self.network.update_ip(ip_id, port_id=port_id, **fixed)

    def delete_ip(self, action: does.DeleteFloatingIp) -> None:
        with attempt("delete", FLOATING_IP, action.address, action.id):
            self.network.delete_ip(action.id, ignore_missing=True)

    def note(self, ip_id: str) -> None:
        with attempt("note the VIP's address on", FLOATING_IP, resource_id=ip_id):
            ip = self.network.get_ip(ip_id)
            kept = [tag for tag in ip.tags or () if not tag.startswith(NOTE)]
            self.network.set_tags(ip, [*kept, f"{NOTE}{self.address}"])
