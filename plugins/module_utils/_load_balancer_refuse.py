# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a declared load balancer is refused for, given what is there. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_abilities
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_address import address_of
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_broken import remaining, usable
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import awaited
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_floating_ips import (
    floating_ip_problems,
    wanted_ip,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_make import (
    creation_problems,
    same_vips,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_health import too_few

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import Observed
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
        AdditionalVip,
        Balancer,
    )


def refused(desired: Desired, observed: Observed, tree: Balancer) -> Iterator[str]:
    """Yield what cannot be done on the way to a tree."""
    old = remaining(observed.balancer)
    yield from _immutable(desired, observed, old)
    yield from _other_families(desired, observed, tree)
    for pool, keys in awaited(desired, tree):
        yield from too_few(pool.name, pool.members or (), desired.wait_for_members, keys)
    if old and not desired.provider:
        yield from _octavia_abilities.problems(old.provider, desired.options)
    if usable(observed.balancer):
        yield from floating_ip_problems(address_of(desired, observed), wanted_ip(desired, observed))
    else:
        yield from creation_problems(desired, observed, tree)


def _immutable(desired: Desired, observed: Observed, old: Balancer | None) -> Iterator[str]:
    """Yield what is declared otherwise than it is and cannot be changed."""
    references, port = observed.references, observed.port
    pairs: list[tuple[str, str | None, str | None]] = []
    if old:
        pairs = [
            ("provider", desired.provider, old.provider),
            ("flavor", references.flavor_id, old.placement.get("flavor_id")),
            ("availability_zone", desired.availability_zone, old.placement.get("availability_zone")),
            ("vip_subnet", references.vip_subnet_id, old.vip_subnet_id),
            ("vip_network", references.vip_network_id, old.vip_network_id),
            ("vip_address", desired.vip_address, old.vip_address),
        ]
    elif port and port.address:
        pairs = [
            ("vip_subnet", references.vip_subnet_id, port.subnet_id),
            ("vip_network", references.vip_network_id, port.network_id),
            ("vip_address", desired.vip_address, port.address),
        ]
    what = (
        f"load balancer {old.name!r} ({old.id})"
        if old
        else f"the kept VIP port {port.name!r} ({port.id})"
        if port
        else ""
    )
    vips = references.additional_vips
    if old and vips is not None and not same_vips(vips, old.additional_vips):
        pairs.append(("additional_vips", _told(vips), _told(old.additional_vips)))
    for option, wanted, current in pairs:
        if wanted is not None and wanted != current:
            yield (
                f"{what} has {option!r} {current}, not {wanted}, and that cannot be changed: remove it with"
                " 'state: absent' first, with 'keep_address: true' if the address shall stay"
            )


def _told(vips: Sequence[AdditionalVip]) -> str:
    return ", ".join(f"{vip.address or 'any'} on subnet {vip.subnet_id}" for vip in vips) or "none"


def _other_families(desired: Desired, observed: Observed, tree: Balancer) -> Iterator[str]:
    """Yield the networks of C(allowed_cidrs) of whose version of IP no VIP is.

    Octavia refuses them, on an existing balancer after other parts were changed. Nothing is said as long as Neutron is
    to choose an address.
    """
    balancer, port = observed.balancer, observed.port
    known = (balancer.vip_address if balancer else "", port.address if port else "", desired.vip_address or "")
    vips = [next(filter(None, known), ""), *(each.address for each in tree.additional_vips)]
    if not all(vips):
        return
    for listener in desired.listeners or ():
        for cidr in listener.settings.get("allowed_cidrs") or ():
            if not any((":" in cidr) == (":" in each) for each in vips):
                yield (
                    f"'allowed_cidrs' of listener {listener.name!r} has {cidr}, but no VIP is of this version of IP"
                    f" ({', '.join(vips)})"
                )
