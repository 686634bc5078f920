# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a load balancer can be made where it is to be: provider, flavor, availability zone and VIP port."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    CloudError,
    InvalidInputError,
    attempt,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._exactly import exactly
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_broken import (
    is_going,
    what_is_broken,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_shape import departed
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_api import BALANCER, Api
from ansible_collections.model_serving.openstack.plugins.module_utils._project import project_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from openstack.load_balancer.v2._proxy import Proxy

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_address import VipPort
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_desired import Desired
    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Balancer
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
    from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_references import Resolver


def check_names(names: Resolver, desired: Desired) -> None:
    """Note the provider and availability zone of a new load balancer that there are not."""
    octavia = names.context.conn.load_balancer
    if desired.provider:
        with attempt("list", "load balancer providers"):
            names.one_of("load balancer provider", desired.provider, [each.name for each in octavia.providers()])
    if desired.availability_zone:
        with attempt("list", "load balancer availability zones"):
            zones = [zone.name for zone in octavia.availability_zones()]
        names.one_of("load balancer availability zone", desired.availability_zone, zones)


def check_port(context: Context, name: str, port: VipPort) -> None:
    """Refuse to make a load balancer on a kept VIP port, or to remove that, while another one has it. One request.

    That is one which was renamed. Octavia lets several load balancers have one port: it looks at the port's device
    only (C(common/validate.py), check_port_in_use).

    :param name: of the load balancer that the port was kept for, of which there is none
    """
    api, where = Api(context.conn.load_balancer), {"vip_port_id": port.id}
    problems = [
        f"VIP port {port.name!r} ({port.id}) of load balancer {name!r} is in use by load balancer {row['name']!r}"
        f" ({row['id']}), which may have been renamed: rename it back ('openstack loadbalancer set --name {name}"
        f" {row['id']}') or delete it. To let it keep the address, empty the description of the port, and that of its"
        " floating IP"
        for row in exactly(api.list(BALANCER, project_id=project_of(context), **where), **where)
    ]
    if problems:
        raise InvalidInputError(problems)


def disabled(context: Context, desired: Desired, balancer: Balancer | None, flavor_id: str | None) -> Iterator[str]:
    """Yield what the operator has disabled of where a load balancer is to be that is made, or made again.

    :param flavor_id: of the declared flavor
    """
    stays = desired.present or (balancer and not is_going(balancer) and departed(desired, balancer))
    if stays and (balancer is None or what_is_broken(balancer)):
        kept = balancer.placement if balancer and not is_going(balancer) else {}
        flavor = kept.get("flavor_id") or flavor_id
        zone = kept.get("availability_zone") or desired.availability_zone
        yield from _disabled(context.conn.load_balancer, flavor, zone)


def _disabled(octavia: Proxy, flavor: str | None, zone: str | None) -> Iterator[str]:
    found: list[tuple[str, Any]] = []
    if flavor:
        listed = _listed("load balancer flavors", octavia.flavors)
        found += [("flavor", each) for each in listed if each.id == flavor]
    if zone:
        listed = _listed("load balancer availability zones", octavia.availability_zones)
        found += [("availability zone", each) for each in listed if each.name == zone]
    for kind, each in found:
        if each.is_enabled is False:
            yield (
                f"load balancer {kind} {each.name!r} is disabled, and Octavia makes no load balancer with it. Ask the"
                " operator of the cloud to enable it, or use another; where a load balancer is there already, that"
                " takes 'state: absent' first, with 'keep_address: true' if the address shall stay"
            )


def _listed(what: str, listing: Callable[[], Iterable[Any]]) -> list[Any]:
    """Return what Octavia lists, nothing when the user may not know."""
    try:
        with attempt("list", what):
            return list(listing())
    except CloudError as error:
        if error.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            raise
        return []
