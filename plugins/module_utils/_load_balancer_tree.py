# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A load balancer with everything below it, as values.

The same classes hold what is declared, what is observed and what shall be. What is declared leaves out what is not
managed: settings that are not in C(settings), relations that are None. What shall be has an id where it exists
already. Pools are known by their label: the name, which is what a declaration uses, or the id where a pool has no
name or shares it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import (
    RESERVED,
    SERVICE_MARK,
    service_mark,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Settings = Mapping[str, Any]

MARK = "model_serving.load_balancer="
ABANDONED, KEPT = "model_serving.owner=absent", "model_serving.address=kept"
"""Tags of a balancer whose owner was removed while other services still used it, and of one whose address stays."""


def mark_of(name: str) -> str:
    """Return the tag and description by which the module knows what it made for the balancer of this name."""
    return f"{MARK}{name}"


def part_mark(balancer: str, service: str | None) -> str:
    """Return the tag of parts: of a service that uses the load balancer of another one, else of its owner."""
    return service_mark(service) if service else mark_of(balancer)


def owner_of(tags: Sequence[str]) -> str | None:
    """Return the tag that says whose a part is, None when the module did not make it."""
    return next((tag for tag in tags if tag.startswith((MARK, SERVICE_MARK))), None)


def united(old: Sequence[str], wanted: Sequence[str] | None, *, purge: bool = False) -> list[str]:
    """Return the tags that shall be: those of others stay unless purged, reserved ones always."""
    kept = [tag for tag in old if wanted is None or not purge or tag.startswith(RESERVED)]
    return sorted({*kept, *(wanted or ())})


@dataclass(frozen=True, kw_only=True)
class Node:
    """What all parts of the tree have."""

    settings: Settings = field(default_factory=dict)
    id: str | None = None
    provisioning_status: str = ""
    operating_status: str = ""

    @property
    def tags(self) -> Sequence[str]:
        tags: Sequence[str] = self.settings.get("tags") or ()
        return tags


@dataclass(frozen=True, kw_only=True)
class Rule(Node):
    """A condition of an L7 policy."""


@dataclass(frozen=True, kw_only=True)
class Policy(Node):
    """An L7 policy. Its place in the listener's tuple is its position."""

    name: str
    redirect_pool: str | None = None
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Listener(Node):
    """A listener.

    :param default_pool: label of the pool, empty for none, None for not managed
    """

    name: str
    default_pool: str | None = None
    policies: tuple[Policy, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Monitor(Node):
    """A health monitor. Without settings: none."""


NO_MONITOR = Monitor()


CONDITION = ("type", "compare_type", "key", "value", "invert")
"""What makes a rule of an L7 policy the rule that it is."""
IN_ROTATION = frozenset({"ONLINE", "NO_MONITOR"})
"""Operating statuses of members that get requests."""


@dataclass(frozen=True, kw_only=True)
class Member(Node):
    """A member of a pool, known by address and port.

    :param spelled: the address as the API has it, where that can be another spelling of it
    :param changed_at: when anything about it changed last, its operating status included; UTC, as the API writes it
    """

    address: str
    protocol_port: int
    spelled: str = ""
    changed_at: str = ""

    @property
    def key(self) -> tuple[str, int]:
        return (self.address, self.protocol_port)

    @property
    def place(self) -> tuple[str, int]:
        """What Octavia knows the member by: it compares addresses letter by letter."""
        return (self.spelled or self.address, self.protocol_port)

    @property
    def body(self) -> dict[str, Any]:
        """The member as a request has it, every field filled: Octavia resets what is left out."""
        address, port = self.place
        complete = {"weight": 1, "backup": False, "admin_state_up": True, **self.settings}
        filled = {key: value for key, value in complete.items() if value not in (None, "")}
        if not filled.get("request_sriov"):
            # Older Octavias do not know it.
            filled.pop("request_sriov", None)
        return {
            "name": "",
            "monitor_address": None,
            "monitor_port": None,
            "tags": [],
            **filled,
            "address": address,
            "protocol_port": port,
        }


@dataclass(frozen=True, kw_only=True)
class Pool(Node):
    """A pool. C(name) is its label, C(shared_name) its name when others have it too."""

    name: str
    shared_name: str = ""
    monitor: Monitor | None = None
    members: tuple[Member, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class AdditionalVip:
    """A further address of a balancer, one for each subnet.

    :param address: empty lets Neutron choose
    """

    subnet_id: str
    address: str = ""

    @property
    def body(self) -> dict[str, str]:
        return {"subnet_id": self.subnet_id, **({"ip_address": self.address} if self.address else {})}


@dataclass(frozen=True, kw_only=True)
class Vip:
    """The VIP port to be: what is needed to make it.

    :param address: None lets Neutron choose
    :param more: further addresses that it shall have
    :param others: ids of subnets that do as well
    """

    name: str
    mark: str
    network_id: str
    subnet_id: str | None
    address: str | None
    more: tuple[AdditionalVip, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def fixed_ips(self) -> list[dict[str, str]]:
        """The addresses as Neutron wants them."""
        given = {"subnet_id": self.subnet_id, "ip_address": self.address}.items()
        return [*filter(None, [{key: value for key, value in given if value}]), *(vip.body for vip in self.more)]


@dataclass(frozen=True, kw_only=True)
class Balancer(Node):
    """A load balancer.

    :param placement: what cannot be changed: provider, flavor_id, availability_zone
    """

    name: str
    placement: Settings = field(default_factory=dict)
    additional_vips: tuple[AdditionalVip, ...] = ()
    listeners: tuple[Listener, ...] | None = None
    pools: tuple[Pool, ...] | None = None
    vip_address: str = ""
    vip_port_id: str = ""
    vip_subnet_id: str = ""
    vip_network_id: str = ""

    @property
    def provider(self) -> str | None:
        provider: str | None = self.placement.get("provider")
        return provider


def as_new(balancer: Balancer) -> Balancer:
    """Return the same tree with nothing in it that exists."""
    return replace(
        balancer,
        id=None,
        listeners=tuple(new_listener(listener) for listener in balancer.listeners or ()),
        pools=tuple(replace(pool, id=None) for pool in balancer.pools or ()),
    )


def new_listener(listener: Listener) -> Listener:
    """Return the same listener and policies, to be made again."""
    policies = tuple(new_policy(policy) for policy in listener.policies or ())
    return replace(listener, id=None, policies=policies)


def new_policy(policy: Policy) -> Policy:
    """Return the same policy and rules, to be made again."""
    return replace(policy, id=None, rules=tuple(replace(rule, id=None) for rule in policy.rules))


def serves(status: str, weight: int | None) -> bool:
    """Return whether a member of this operating status and weight gets requests."""
    return status in IN_ROTATION and weight != 0
