# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Doing what a plan for a load balancer says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _load_balancer_actions as does
from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_api as octavia
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_address import provider_port_name
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_network import Addresses
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_read import find
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_way_back import bring_back
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import abilities
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_batch import bring_members
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_wait import BalancerThereError, Writer
from ansible_collections.model_serving.openstack.plugins.module_utils._outdated import OutdatedError
from ansible_collections.model_serving.openstack.plugins.module_utils._project import project_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action

KIND = octavia.BALANCER.name


@dataclass
class Applier:
    """One walk through a plan.

    :param deleted: the deletion of a balancer in whose place none is yet
    """

    context: Context
    writer: Writer
    addresses: Addresses
    provider: str | None = None
    made: dict[does.Made, str] = field(default_factory=dict)
    deleted: does.DeleteBalancer | None = None

    @property
    def api(self) -> octavia.Api:
        return self.writer.api

    def do(self, action: Action) -> None:
        match action:
            case does.CreateVipPort(vip=vip):
                self.addresses.create_port(vip)
            case does.NameVipPort():
                self._name_port(action)
            case does.DeleteVipPort(id=port_id, name=name):
                self.addresses.delete_port(port_id, name)
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
                self.deleted = action if action.back else None
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
                bring_members(self.writer, action, self._pool_id(action.pool_id))
            case _:
                raise NotImplementedError(type(action).__name__)

    def _updating(self, action: does.UpdateBalancer | does.UpdateChild) -> Callable[[], None]:
        changes = self._ids(action.changes)
        if isinstance(action, does.UpdateBalancer):
            return lambda: self.api.update(octavia.BALANCER, action.id, changes)
        return lambda: self.api.update(action.kind, str(self._id(action.id)), changes, action.parent or "")

    def _write(self, verb: str, kind: octavia.Kind, name: str, resource_id: str | None, call: Callable[[], Any]) -> Any:
        return self.writer.write(verb, kind.name, name, call, resource_id)

    def _look_again(self, action: does.CreateBalancer) -> None:
        """Look for the balancer just before it is made: runs of two services that share it may both have seen it gone.

        :raises BalancerThereError: when it is there
        """
        for there in find(self.api, project_of(self.context), action.name):
            port_id = self.addresses.made_port
            # The other run may have found the port and used it.
            if port_id and action.vip and port_id != there["vip_port_id"]:
                self.addresses.delete_port(port_id, action.vip.name)
            answer = "another run made it meanwhile"
            raise BalancerThereError("create", KIND, action.name, resource_id=there["id"], answer=answer)

    def _create_balancer(self, action: does.CreateBalancer) -> None:
        self._look_again(action)
        port_id = self.addresses.ensure_port(action.port_id, action.vip)
        body = {**action.body, "vip_port_id": port_id}
        if self.addresses.subnet_id:
            body["vip_subnet_id"] = self.addresses.subnet_id
        with attempt("create", KIND, action.name):
            made = self.api.create(octavia.BALANCER, body)
        self.writer = replace(self.writer, name=action.name, id=made["id"], busy=True)
        self.deleted = None
        self.provider = made["provider"]
        self.addresses.address = made["vip_address"]

    def _pool_id(self, wanted: str | does.Made) -> str:
        """Return the id of a pool, also of one that was made together with the balancer."""
        if isinstance(wanted, does.Made) and wanted not in self.made:
            rows = self.api.list(octavia.POOL, loadbalancer_id=self.writer.id)
            self.made |= {does.Made(kind=octavia.POOL.name, name=row["name"]): row["id"] for row in rows}
        return str(self._id(wanted))

    def _id(self, value: str | does.Made | None) -> str | None:
        return self.made[value] if isinstance(value, does.Made) else value

    def _ids(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self._id(value) if isinstance(value, does.Made) else value for key, value in body.items()}


def apply(context: Context, plan: does.BalancerPlan) -> None:
    """Do the actions of a plan in order, and wait at the end when the user wants it.

    :raises CloudError: also about what had been deleted for something that did not come
    """
    api, living = octavia.Api(context.conn.load_balancer), plan.living
    writer = Writer(api, context.deadline, plan.desired.name, (living.id if living else None) or "")
    addresses = Addresses(
        context.conn.network,
        port_id=living.vip_port_id if living else "",
        address=living.vip_address if living else "",
    )
    applier = Applier(context, writer, addresses, living.provider if living else None)
    for done, action in enumerate(plan.actions):
        try:
            applier.do(action)
        except OutdatedError:
            # Another plan follows.
            raise
        except CloudError as error:
            if note := bring_back(applier, plan, done, error):
                error.adding(note)
            raise
    if context.wait and applier.writer.busy:
        applier.writer.settle()
