# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Doing what a plan for a load balancer says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_actions as does
from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_address import (
    NOTE,
    PROVIDER_PREFIX,
    provider_port_name,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import abilities
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_wait import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openstack.network.v2._proxy import Proxy

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_plan import BalancerPlan
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action

KIND = octavia.BALANCER.name
PORT = "VIP port"
FLOATING_IP = "floating IP"


@dataclass
class Addresses:
    """The VIP port and the floating IP, as far as the plan has come.

    :param port_id: of the VIP port; empty until it is made
    :param made_ip: id of the floating IP that the plan made
    """

    network: Proxy
    port_id: str = ""
    address: str = ""
    made_ip: str = ""

    def create_port(self, vip: does.Vip) -> None:
        fixed_ips = {"fixed_ips": vip.fixed_ips} if vip.fixed_ips else {}
        with attempt("create", PORT, vip.name):
            port = self.network.create_port(
                name=vip.name,
                description=vip.mark,
                network_id=vip.network_id,
                **fixed_ips,
            )
        first = [each for each in port.fixed_ips if each["subnet_id"] == vip.subnet_id] or port.fixed_ips
        self.port_id, self.address = port.id, first[0]["ip_address"]

    def address_port(self, port_id: str, vip: does.Vip) -> None:
        with attempt("change the addresses of", PORT, vip.name, port_id):
            self.network.update_port(port_id, fixed_ips=vip.fixed_ips)

    def ensure_port(self, port_id: str | None, vip: does.Vip | None) -> str:
        """Return the port for a new balancer; some versions of the provider C(ovn) delete it with the old one."""
        if port_id:
            with attempt("look at", PORT, resource_id=port_id):
                survived = list(self.network.ports(id=port_id))
            if survived or vip is None:
                self.port_id = port_id
                return port_id
        if not self.port_id and vip:
            self.create_port(vip)
        return self.port_id

    def name_port(self, port_id: str, name: str) -> None:
        changes: dict[str, Any] = {"name": name}
        if not name.startswith(PROVIDER_PREFIX):
            # A claim that the provider put on a port it took for its own would keep the next balancer from using it.
            changes |= {"device_id": "", "device_owner": ""}
        with attempt("rename", PORT, name, port_id):
            self.network.update_port(port_id, **changes)

    def delete_port(self, action: does.DeleteVipPort) -> None:
        with attempt("delete", PORT, action.name, action.id):
            self.network.delete_port(action.id, ignore_missing=True)

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


@dataclass
class Applier:
    """One walk through a plan."""

    context: Context
    writer: Writer
    addresses: Addresses
    provider: str | None = None
    made: dict[does.Made, str] = field(default_factory=dict)

    @property
    def api(self) -> octavia.Api:
        return self.writer.api

    def do(self, action: Action) -> None:
        match action:
            case does.CreateVipPort(vip=vip):
                self.addresses.create_port(vip)
            case does.NameVipPort():
                self._name_port(action)
            case does.DeleteVipPort():
                self.addresses.delete_port(action)
            case does.CreateFloatingIp():
                self.addresses.create_ip(action)
            case does.AssociateFloatingIp():
                self.addresses.associate(action.id, action.address, self.addresses.port_id)
            case does.ReleaseFloatingIp():
                self.addresses.associate(action.id, action.address, None)
            case does.DeleteFloatingIp():
                self.addresses.delete_ip(action)
            case does.NoteVipAddress():
                self.addresses.note(action.id or self.addresses.made_ip)
            case does.DeleteBalancer():
                replace(self.writer, name=action.name, id=action.id).delete()
            case _:
                self._balancer(action)

    def _name_port(self, action: does.NameVipPort) -> None:
        name = action.name
        if name is None:
            if not abilities(self.provider).follows_vip_port_name:
                return
            # It looks for the balancer when the floating IP comes.
            self.writer.settle()
            name = provider_port_name(self.writer.id)
        self.addresses.name_port(action.port_id or self.addresses.port_id, name)

    def _balancer(self, action: Action) -> None:
        match action:
            case does.AddressVipPort(port_id=port_id, vip=vip):
                self.addresses.address_port(port_id, vip)
            case does.CreateBalancer():
                self._create_balancer(action)
            case does.UpdateBalancer():
                self._write("change", octavia.BALANCER, action.name, action.id, self._updating(action))
            case does.CreateChild():
                body, parent = self._ids(action.body), self._id(action.parent) or ""
                made = self._write(
                    "create", action.kind, action.name, None, lambda: self.api.create(action.kind, body, parent)
                )
                self.made[does.Made(kind=action.kind.name, name=action.name)] = made["id"]
            case does.UpdateChild():
                self._write("change", action.kind, action.name, self._id(action.id), self._updating(action))
            case does.DeleteChild():
                parent = action.parent or ""
                self._write(
                    "delete",
                    action.kind,
                    action.name,
                    action.id,
                    lambda: self.api.delete(action.kind, action.id, parent),
                )
            case does.SetMembers():
                self.writer.set_members(action, str(self._id(action.pool_id)))
            case _:
                raise NotImplementedError(type(action).__name__)

    def _updating(self, action: does.UpdateBalancer | does.UpdateChild) -> Callable[[], None]:
        changes = self._ids(action.changes)
        if isinstance(action, does.UpdateBalancer):
            return lambda: self.api.update(octavia.BALANCER, action.id, changes)
        return lambda: self.api.update(action.kind, str(self._id(action.id)), changes, action.parent or "")

    def _write(self, verb: str, kind: octavia.Kind, name: str, resource_id: str | None, call: Callable[[], Any]) -> Any:
        return self.writer.write(verb, kind.name, name, call, resource_id)

    def _create_balancer(self, action: does.CreateBalancer) -> None:
        port_id = self.addresses.ensure_port(action.port_id, action.vip)
        body = {**action.body, "vip_port_id": port_id}
        if action.vip and action.vip.subnet_id:
            body["vip_subnet_id"] = action.vip.subnet_id
        with attempt("create", KIND, action.name):
            made = self.api.create(octavia.BALANCER, body)
        self.writer = replace(self.writer, name=action.name, id=made["id"], busy=True)
        self.provider = made["provider"]
        self.addresses.address = made["vip_address"]

    def _id(self, value: str | does.Made | None) -> str | None:
        return self.made[value] if isinstance(value, does.Made) else value

    def _ids(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self._id(value) if isinstance(value, does.Made) else value for key, value in body.items()}


def apply(context: Context, plan: BalancerPlan) -> None:
    """Do the actions of a plan in order, and wait at the end when the user wants it."""
    api, living = octavia.Api(context.conn.load_balancer), plan.living
    writer = Writer(api, context.deadline, plan.desired.name, (living.id if living else None) or "")
    addresses = Addresses(
        context.conn.network,
        port_id=living.vip_port_id if living else "",
        address=living.vip_address if living else "",
    )
    applier = Applier(context, writer, addresses, living.provider if living else None)
    for action in plan.actions:
        applier.do(action)
    if context.wait and applier.writer.busy:
        applier.writer.settle()
