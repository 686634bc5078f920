# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of security groups as comparable values. Pure.

Neutron accepts several spellings of one rule and refuses a second rule that means the same (409), so rules are brought
into one spelling before they are compared.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PROTOCOL_NAMES = {"1": "icmp", "6": "tcp", "17": "udp", "58": "ipv6-icmp", "132": "sctp", "icmpv6": "ipv6-icmp"}
_WITH_PORTS = frozenset({"tcp", "udp", "sctp", "dccp", "udplite"})
_WITH_TYPES = frozenset({"icmp", "ipv6-icmp"})
_ANYWHERE = {"IPv4": "0.0.0.0/0", "IPv6": "::/0"}
_HIGHEST_PORT = 65535
_HIGHEST_TYPE = 255


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule in its one spelling.

    :param protocol: a name as Neutron knows it; None for any
    :param port_range_min: the first port, for ICMP the type; None for all
    :param port_range_max: the last port, for ICMP the code; None for all
    :param remote_ip_prefix: CIDR; None for any address
    :param remote_group: a security group as the user names it or, once looked up, its id
    :param remote_address_group: id of an address group; only others make such rules, but they must not look like ours
    """

    direction: str = "ingress"
    ether_type: str = "IPv4"
    protocol: str | None = None
    port_range_min: int | None = None
    port_range_max: int | None = None
    remote_ip_prefix: str | None = None
    remote_group: str | None = None
    remote_address_group: str | None = None

    def __str__(self) -> str:
        words = [self.direction, self.ether_type, self.protocol or "any protocol"]
        if self.port_range_min is not None:
            last = self.port_range_max
            words.append(
                f"{self.port_range_min}" if last in (None, self.port_range_min) else f"{self.port_range_min}-{last}"
            )
        remote = self.remote_ip_prefix or "anywhere"
        if self.remote_group:
            remote = f"group {self.remote_group}"
        elif self.remote_address_group:
            remote = f"address group {self.remote_address_group}"
        return " ".join([*words, "from" if self.direction == "ingress" else "to", remote])

    @property
    def allows_all_egress(self) -> bool:
        """Whether this is what Neutron puts into each new group, once for IPv4 and once for IPv6."""
        return self == default_egress(self.ether_type)


def default_egress(ether_type: str) -> Rule:
    """Return the rule that allows all egress of one IP version."""
    return Rule(direction="egress", ether_type=ether_type)


def normalised(rule: Mapping[str, Any]) -> Rule:
    """Return the rule that these values mean.

    Works for what users write and for what Neutron returns, as both use the SDK's attribute names.

    :raises ValueError: when C(remote_ip_prefix) is not an address or network
    """
    ether_type = rule.get("ether_type") or "IPv4"
    protocol = _protocol(rule.get("protocol"), ether_type)
    first, last = rule.get("port_range_min"), rule.get("port_range_max")
    if protocol in _WITH_PORTS and last is None:
        last = first
    if protocol in _WITH_PORTS and (first, last) == (1, _HIGHEST_PORT):
        # Neutron stores all ports as none in particular.
        first = last = None
    return Rule(
        direction=rule.get("direction") or "ingress",
        ether_type=ether_type,
        protocol=protocol,
        port_range_min=first,
        port_range_max=last,
        remote_ip_prefix=_prefix(rule.get("remote_ip_prefix"), ether_type),
        remote_group=rule.get("remote_group") or rule.get("remote_group_id") or None,
        remote_address_group=rule.get("remote_address_group_id") or None,
    )


def _protocol(protocol: str | int | None, ether_type: str) -> str | None:
    name = str(protocol).lower() if protocol is not None else ""
    name = _PROTOCOL_NAMES.get(name, name)
    if name in {"", "any", "0"}:
        return None
    # Neutron stores ICMP of IPv6 under its own name, whichever was sent.
    return "ipv6-icmp" if name == "icmp" and ether_type == "IPv6" else name


def _prefix(prefix: str | None, ether_type: str) -> str | None:
    if not prefix:
        return None
    network = str(ipaddress.ip_network(prefix, strict=False))
    # Everywhere of the other IP version is no such rule, and is refused like any network of it.
    return None if network == _ANYWHERE.get(ether_type) else network


def problems(rules: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what is wrong with rules as users wrote them, one sentence for each problem."""
    found: list[str] = []
    for number, written in enumerate(rules, start=1):
        try:
            rule = normalised(written)
        except ValueError as error:
            found.append(f"rule {number}: 'remote_ip_prefix' {error}")
            continue
        found.extend(f"rule {number} ({rule}): {problem}" for problem in _rule_problems(rule))
    return found


def _rule_problems(rule: Rule) -> list[str]:
    found = []
    if rule.remote_group and rule.remote_ip_prefix:
        found.append("'remote_group' and 'remote_ip_prefix' exclude each other")
    if rule.remote_ip_prefix and (":" in rule.remote_ip_prefix) != (rule.ether_type == "IPv6"):
        found.append(f"'remote_ip_prefix' is not an {rule.ether_type} network")
    if rule.port_range_min is None and rule.port_range_max is None:
        return found
    if rule.protocol in _WITH_PORTS:
        found.extend(_port_problems(rule))
    elif rule.protocol in _WITH_TYPES:
        values = [value for value in (rule.port_range_min, rule.port_range_max) if value is not None]
        if rule.port_range_min is None:
            found.append("an ICMP code ('port_range_max') needs an ICMP type ('port_range_min')")
        if not all(0 <= value <= _HIGHEST_TYPE for value in values):
            found.append(f"an ICMP type or code is between 0 and {_HIGHEST_TYPE}")
    else:
        found.append(f"ports need one of the protocols {', '.join(sorted(_WITH_PORTS))}")
    return found


def _port_problems(rule: Rule) -> list[str]:
    first, last = rule.port_range_min, rule.port_range_max
    if first is None or last is None:
        return ["'port_range_max' needs 'port_range_min'"]
    found = []
    if not (1 <= first <= _HIGHEST_PORT and 1 <= last <= _HIGHEST_PORT):
        found.append(f"ports are between 1 and {_HIGHEST_PORT}")
    if first > last:
        found.append("'port_range_min' is greater than 'port_range_max'")
    return found
