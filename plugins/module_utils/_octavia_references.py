# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From names in a declaration to ids, with every problem found told together."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._addresses import IPV4
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError, attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._exactly import exactly, is_id, named
from ansible_collections.model_serving.openstack.plugins.module_utils._lookup import Lookup
from ansible_collections.model_serving.openstack.plugins.module_utils._project import (
    is_shared_network,
    own_or_shared,
    project_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from openstack.network.v2.subnet import Subnet

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context


@dataclass
class Resolver:
    """Looks up names. One request for each distinct name, two for an id; :meth:`finish` raises when one was not found.

    In check mode an earlier task of the play would have made what is missing, so there it is a warning.
    """

    context: Context
    problems: list[str] = field(default_factory=list)

    def _find(self, kind: str, name: str, find: Callable[[str], Sequence[Any]]) -> Any:
        with attempt("look up", kind, name):
            candidates = find(name)
        lookup = Lookup(self.context.conn, self.context.check_mode, self.problems)
        found = lookup.only(kind, name, candidates, made_earlier=True)
        for missing in lookup.assumed:
            self.context.warn(f"there is no {missing}; going on as if an earlier task had made it")
        return found

    def _find_shared(
        self, kind: str, name: str, listed: Callable[..., Iterable[Any]], is_shared: Callable[[Any], bool]
    ) -> Any:
        """Find what projects can share: one of the project's own goes before others of the same name."""
        conn = self.context.conn
        return self._find(kind, name, lambda name: own_or_shared(conn, name, named(listed, name), is_shared))

    def _is_on_usable_network(self, subnet: Subnet) -> bool:
        """Return whether a subnet of another project is on a network that this one may use. One call."""
        own = project_of(self.context)
        networks = self.context.conn.network.networks(id=subnet.network_id)
        return any(network.project_id == own or is_shared_network(network) for network in networks)

    def network(self, name: str) -> str:
        """Return the id of a network."""
        found = self._find_shared("network", name, self.context.conn.network.networks, is_shared_network)
        return str(found.id) if found else name

    def subnet(self, name: str) -> tuple[str, str]:
        """Return the ids of a subnet and of its network."""
        found = self._find_shared("subnet", name, self.context.conn.network.subnets, self._is_on_usable_network)
        return (str(found.id), str(found.network_id)) if found else (name, "")

    def vip_subnets(self, network_id: str, kept: Collection[str]) -> list[str]:
        """Return the subnets of a network that a VIP can be on, the best first.

        Neutron would give the port an address of IPv4 and one of IPv6, and Octavia refuses a port with two. So they are
        those with IPv4, as Octavia chooses itself when it makes the port, and of IPv6 only where there is none. One
        alone is named, too: on a network of segments a port has no address unless it asks for one.

        :param kept: where a port is that was kept: the network may have got more subnets since
        """
        every = self._subnets_of(network_id)
        # Those with types of services are for the ports of these only, and a new port of ours belongs to none.
        found = [subnet for subnet in every if (subnet.id in kept if kept else not subnet.service_types)]
        first = [subnet for subnet in found if subnet.ip_version == IPV4] or found
        return [str(subnet.id) for subnet in first]

    def vip_address(self, address: str, network_id: str, subnets: Collection[str]) -> None:
        """Check that a subnet has the declared address of a VIP. One call.

        :param subnets: ids of the declared subnets; without any, each of the network will do
        """
        places = [one for one in self._subnets_of(network_id) if one.cidr and (not subnets or one.id in subnets)]
        if places and not any(ip_address(address) in ip_network(one.cidr) for one in places):
            ranges = ", ".join(sorted(one.cidr for one in places))
            self.problems.append(f"'vip_address' {address} is in no subnet that the VIP can be on ({ranges})")

    def _subnets_of(self, network_id: str) -> list[Subnet]:
        with attempt("list the subnets of", "network", resource_id=network_id):
            return list(self.context.conn.network.subnets(network_id=network_id))

    def subnets(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return the ids of subnets by the names given."""
        return {name: self.subnet(name)[0] for name in sorted(set(names))}

    def qos_policy(self, name: str) -> str:
        """Return the id of a QoS policy of Neutron."""
        policies = self.context.conn.network.qos_policies
        found = self._find_shared("QoS policy", name, policies, lambda policy: bool(policy.is_shared))
        return str(found.id) if found else name

    def security_groups(self, names: Iterable[str]) -> list[str]:
        """Return the ids of security groups: of the project's own by name, also of those that others share by id."""
        groups, project = self.context.conn.network.security_groups, project_of(self.context)

        def find(name: str) -> list[Any]:
            own = exactly(groups(name=name, project_id=project), name=name)
            return own or (list(groups(id=name)) if is_id(name) else [])

        found = [self._find("security group", name, find) for name in names]
        return sorted(str(group.id) for group in found if group)

    def flavor(self, name: str) -> str:
        """Return the id of a flavor of load balancers."""
        flavors = self.context.conn.load_balancer.flavors
        found = self._find(
            "load balancer flavor", name, lambda name: [each for each in flavors() if name in (each.name, each.id)]
        )
        return str(found.id) if found else name

    def one_of(self, kind: str, name: str, possible: Iterable[str]) -> None:
        """Note a problem when the name is none of those that are possible."""
        names = sorted(possible)
        if name not in names:
            self.problems.append(f"there is no {kind} {name!r} (possible: {', '.join(names) or 'none'})")

    def finish(self) -> None:
        """Raise what was found wrong.

        :raises InvalidInputError: with every problem
        """
        if self.problems:
            raise InvalidInputError(self.problems)
