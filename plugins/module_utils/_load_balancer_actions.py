# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The writes that keep a load balancer in shape, one class per kind of write, and the plan that they are in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Action, Plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Balancer, Vip
    from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_api import Kind

    Body = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class BalancerPlan(Plan):
    """A plan, with what its actions are done to.

    :param desired: what it was made for
    :param living: the balancer that is changed; None when the plan makes one
    :param tree: what it shall be with all below it
    """

    desired: Desired
    living: Balancer | None = None
    tree: Balancer | None = None


@dataclass(frozen=True, kw_only=True)
class Made:
    """Stands for the id of something that an earlier action of the same plan makes."""

    kind: str
    name: str


@dataclass(frozen=True, kw_only=True)
class CreateVipPort(Action):
    vip: Vip

    def __str__(self) -> str:
        address = f" with address {self.vip.address}" if self.vip.address else ""
        return f"create VIP port {self.vip.name!r}{address}"


@dataclass(frozen=True, kw_only=True)
class AddressVipPort(Action):
    """Give a VIP port that was kept the further addresses that it shall have now."""

    port_id: str
    vip: Vip

    def __str__(self) -> str:
        return f"give VIP port {self.vip.name!r} ({self.port_id}) {len(self.vip.more)} further addresses"


@dataclass(frozen=True, kw_only=True)
class NameVipPort(Action):
    """Give the VIP port the name under which the provider, or with C(name) nobody but us, knows it.

    :param port_id: None for the port of the balancer that the plan makes
    :param name: None for the name that the provider expects
    """

    port_id: str | None
    name: str | None

    def __str__(self) -> str:
        whose = f"{self.port_id}" if self.port_id else "of the load balancer"
        name = repr(self.name) if self.name else "as the provider expects it when a floating IP is on it"
        return f"name VIP port {whose} {name}"


@dataclass(frozen=True, kw_only=True)
class DeleteVipPort(Action):
    id: str
    name: str

    def __str__(self) -> str:
        return f"delete VIP port {self.name!r} ({self.id})"


@dataclass(frozen=True, kw_only=True)
class CreateFloatingIp(Action):
    network_id: str
    mark: str
    address: str | None

    def __str__(self) -> str:
        return f"create floating IP{f' {self.address}' if self.address else ''} for the VIP"


@dataclass(frozen=True, kw_only=True)
class AssociateFloatingIp(Action):
    id: str
    address: str

    def __str__(self) -> str:
        return f"associate floating IP {self.address} ({self.id}) with the VIP"


@dataclass(frozen=True, kw_only=True)
class ReleaseFloatingIp(Action):
    id: str
    address: str

    def __str__(self) -> str:
        return f"disassociate floating IP {self.address} ({self.id})"


@dataclass(frozen=True, kw_only=True)
class DeleteFloatingIp(Action):
    id: str
    address: str

    def __str__(self) -> str:
        return f"delete floating IP {self.address} ({self.id})"


@dataclass(frozen=True, kw_only=True)
class NoteVipAddress(Action):
    """Write the VIP's address on the floating IP, for the case that the VIP port is lost.

    :param id: None for the floating IP that the plan makes
    """

    id: str | None

    def __str__(self) -> str:
        return "note the VIP's address on the floating IP"


@dataclass(frozen=True, kw_only=True)
class CreateBalancer(Action):
    """Make a whole tree in one request.

    :param port_id: the VIP port; None for the one that the plan makes
    :param vip: how to make the VIP port again if it did not survive the former balancer; None when it is not ours
    """

    name: str
    body: Body
    port_id: str | None
    vip: Vip | None

    def __str__(self) -> str:
        counts = ", ".join(f"{len(self.body[key])} {key}" for key in ("listeners", "pools"))
        return f"create load balancer {self.name!r} ({counts})"


@dataclass(frozen=True, kw_only=True)
class UpdateBalancer(Action):
    name: str
    id: str
    changes: Body

    def __str__(self) -> str:
        return f"change load balancer {self.name!r} ({self.id}): {', '.join(sorted(self.changes))}"


@dataclass(frozen=True, kw_only=True)
class DeleteBalancer(Action):
    """Delete with everything below, and wait until it is gone.

    :param why: what is wrong with it, when it is not simply unwanted
    :param back: what makes it again as it was, if Octavia refuses the one that comes in its place
    """

    name: str
    id: str
    why: str = ""
    back: tuple[Action, ...] = ()

    def __str__(self) -> str:
        return f"delete load balancer {self.name!r} ({self.id}){f', {self.why}' if self.why else ''}"


@dataclass(frozen=True, kw_only=True)
class CreateChild(Action):
    """Make one part of a tree.

    :param body: may have :class:`Made` values
    :param parent: in whose path it is, for kinds that are addressed so
    """

    kind: Kind
    name: str
    body: Body
    parent: str | Made | None = None

    def __str__(self) -> str:
        return f"create {self.kind.name} {self.name!r}"


@dataclass(frozen=True, kw_only=True)
class UpdateChild(Action):
    kind: Kind
    name: str
    id: str | Made
    changes: Body
    parent: str | None = None
    again: str = ""

    def __str__(self) -> str:
        known = f" ({self.id})" if isinstance(self.id, str) else ""
        return f"change {self.kind.name} {self.name!r}{known}: {self.again or ', '.join(sorted(self.changes))}"


@dataclass(frozen=True, kw_only=True)
class DeleteChild(Action):
    kind: Kind
    name: str
    id: str
    parent: str | None = None

    def __str__(self) -> str:
        return f"delete {self.kind.name} {self.name!r} ({self.id})"


@dataclass(frozen=True, kw_only=True)
class SetMembers(Action):
    """Bring the members of a pool into shape in one request.

    :param members: complete entries of those that are new or changed
    :param removed: addresses and ports of those that go
    :param summary: what changes
    """

    pool: str
    pool_id: str | Made
    members: tuple[Body, ...]
    removed: tuple[tuple[str, int], ...]
    summary: str

    def __str__(self) -> str:
        return f"set members of pool {self.pool!r}: {self.summary}"
