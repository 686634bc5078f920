# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The instance template: from what the user calls things to the things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._addresses import Subnet, no_subnet
from ansible_collections.model_serving.openstack.plugins.module_utils._catalogue import BLOCK_STORAGE, services_of
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports import FixedNetwork
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import (
    BootVolume,
    Reference,
    Template,
    size_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._lookup import fits
from ansible_collections.model_serving.openstack.plugins.module_utils._nova_abilities import unsupported
from ansible_collections.model_serving.openstack.plugins.module_utils._project import is_administrator, project_id
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_options import port_security_problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openstack.connection import Connection
    from openstack.network.v2.network import Network

    from ansible_collections.model_serving.openstack.plugins.module_utils._lookup import Lookup
    from ansible_collections.model_serving.openstack.plugins.module_utils._replica_options import (
        BootVolumeOption,
        NetworkOption,
        TemplateOptions,
    )

AUTOMATIC = frozenset({"slaac", "dhcpv6-stateless"})
"""Modes of subnets of IPv6 from which Neutron gives each port an address, whatever the port asks for."""


def template_of(lookup: Lookup, desired: TemplateOptions, *, fleet: bool = True) -> Template | None:
    """Return the instance template; None when there is no image or flavor. What is wrong is in C(lookup.problems).

    :param fleet: whether it is that of a fleet, which makes ports; else that of a group
    """
    image, flavor = lookup.image(desired.image), lookup.flavor(desired.flavor)
    networks = networks_of(lookup, desired.networks)
    groups = lookup.security_groups(desired.security_groups) if desired.security_groups is not None else None
    if desired.security_groups:
        lookup.problems.extend(port_security_problems(desired.networks, lookup.unsecured, fleet=fleet))
    if desired.key_name:
        lookup.key_pair(desired.key_name)
    volume = boot_volume_of(lookup, desired.boot_volume)
    lookup.problems.extend(unsupported(lookup.conn, _needing_a_new_nova(desired), by_heat=not fleet))
    if image is None or flavor is None:
        return None
    lookup.problems.extend(fits(image, flavor, volume.size if volume else 0))
    return Template(
        image=Reference(id=image.id, name=image.name),
        flavor=Reference(id=flavor.id, name=flavor.name),
        networks=networks,
        security_groups=groups,
        key_name=desired.key_name,
        user_data=desired.user_data,
        config_drive=desired.config_drive,
        metadata=desired.metadata,
        boot_volume=volume,
        local_disk=desired.boot_volume is not None and desired.boot_volume.size == 0,
        tags=desired.tags,
        description=desired.description,
        size=size_of(flavor),
        external=frozenset(network.name for network in networks if network.id in lookup.external),
        by_administrator=is_administrator(lookup.conn),
    )


def _needing_a_new_nova(desired: TemplateOptions) -> list[str]:
    used = {
        "description": desired.description is not None,
        "tags": desired.tags is not None,
        "lock": desired.lock is not None,
        "boot_volume.volume_type": desired.boot_volume is not None and desired.boot_volume.volume_type is not None,
    }
    return [option for option, given in used.items() if given]


def networks_of(lookup: Lookup, options: Sequence[NetworkOption]) -> tuple[Reference, ...]:
    """Return the networks that exist, in order."""
    found: list[Reference] = []
    for option in options:
        network = lookup.network(option.network)
        if network is None:
            continue
        found.append(_fixed(lookup, option, network) if option.fixed else Reference(id=network.id, name=network.name))
    fixed = [network.id for network in found if isinstance(network, FixedNetwork)]
    for network_id in sorted({network_id for network_id in fixed if fixed.count(network_id) > 1}):
        lookup.problems.append(f"'networks' has fixed ports on network {network_id} twice")
    return tuple(found)


def _fixed(lookup: Lookup, option: NetworkOption, network: Network) -> FixedNetwork:
    return FixedNetwork(
        id=network.id,
        name=network.name,
        ports=None if option.ports is None else _ports(lookup, option.ports, network),
        subnet=_subnet(lookup, option.subnet, network) if option.subnet else None,
        port_security_enabled=option.port_security_enabled,
        vnic_type=option.vnic_type,
        secured=option.network not in lookup.unsecured,
    )


def subnets_of(conn: Connection, network: Network | Reference) -> list[Subnet]:
    """Return the subnets of a network. One call."""
    with attempt("list", "subnets of network", network.name, network.id):
        found = list(conn.network.subnets(network_id=network.id))
    return [
        Subnet(
            id=subnet.id,
            name=subnet.name or "",
            ip_version=subnet.ip_version,
            automatic=not AUTOMATIC.isdisjoint({subnet.ipv6_address_mode, subnet.ipv6_ra_mode}),
        )
        for subnet in found
    ]


def _subnet(lookup: Lookup, reference: str, network: Network) -> Reference | None:
    subnets = subnets_of(lookup.conn, network)
    matching = [subnet for subnet in subnets if reference in (subnet.name, subnet.id)]
    subnet = lookup.only("subnet", reference, matching, none=no_subnet(network.name, reference, subnets))
    return Reference(id=subnet.id, name=subnet.label) if subnet else None


def _ports(lookup: Lookup, references: Sequence[str], network: Network) -> tuple[Reference, ...]:
    with attempt("list", "ports of network", network.name, network.id):
        ports = list(lookup.conn.network.ports(network_id=network.id, project_id=project_id(lookup.conn)))
    found = []
    for reference in references:
        matching = [port for port in ports if reference in (port.name, port.id)]
        none = f"there is no port {reference!r} on network {network.name!r}"
        if port := lookup.only("port", reference, matching, none=none):
            found.append(Reference(id=port.id, name=port.name or port.id))
    return tuple(found)


def boot_volume_of(lookup: Lookup, option: BootVolumeOption | None) -> BootVolume | None:
    """Return the boot volume with its type looked up. The cloud has to have block storage for it."""
    if option is None or option.size == 0:
        return None
    if BLOCK_STORAGE not in services_of(lookup.conn):
        lookup.problems.append("'boot_volume' needs block storage, but the cloud has no such service (Cinder)")
        return None
    volume_type = find_volume_type(lookup, option.volume_type) if option.volume_type else None
    return BootVolume(size=option.size, volume_type=volume_type, delete_on_termination=option.delete_on_termination)


def find_volume_type(lookup: Lookup, reference: str) -> Reference | None:
    """Return a volume type that the project may use."""
    with attempt("list", "volume types"):
        types = list(lookup.conn.block_storage.types())
    matching = [kind for kind in types if reference in (kind.name, kind.id)]
    if not matching:
        there_are = ", ".join(sorted(kind.name for kind in types)) or "none"
        lookup.problems.append(f"there is no volume type {reference!r} (there are: {there_are})")
        return None
    return Reference(id=matching[0].id, name=matching[0].name)
