# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which services a cloud has, as far as a connection leads to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import attempt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openstack.config.cloud_region import CloudRegion
    from openstack.connection import Connection

OCTAVIA, BLOCK_STORAGE = "load-balancer", "block-storage"
ASKED = (
    ("compute",),
    ("network",),
    ("image",),
    (OCTAVIA, "load_balancer"),
    (BLOCK_STORAGE, "block-store", "volume", "volumev2", "volumev3"),
    ("orchestration",),
    ("alarming", "alarm"),
    ("metric",),
)
"""Services that the collection asks or looks for, each with its names in catalogues, that of the SDK first."""


def catalogue(conn: Connection) -> list[Mapping[str, Any]]:
    """Return the services that have an endpoint for this connection, with C(type) and C(name).

    A catalogue has the services of all regions. Of those with none in the connection's region, or none of its
    interface, the SDK raises an error as soon as they are asked.

    :raises SDKException: when the cloud cannot be logged in to
    """
    listed = [service for service in conn.service_catalog if _reached(conn.config, service)]
    return [*listed, *_overridden(conn.config, {service["type"] for service in listed})]


def services_of(conn: Connection) -> set[str]:
    """Return the types of the services that the cloud has, by the names that the SDK has for them."""
    with attempt("log in to", "the cloud"):
        return usual(service["type"] for service in catalogue(conn))


def usual(kinds: Iterable[str]) -> set[str]:
    """Return types of services by the names that the SDK has for them, whatever they are called in the catalogue."""
    known = {name: names[0] for names in ASKED for name in names}
    return {known.get(kind, kind) for kind in kinds}


def _overridden(config: CloudRegion, listed: set[str]) -> Iterator[Mapping[str, Any]]:
    """Yield the services that clouds.yaml alone names (C(alarming_endpoint_override)): the SDK asks them, too."""
    for names in ASKED:
        if listed.isdisjoint(names) and config.get_endpoint(names[0]):
            yield {"type": names[0], "name": None, "endpoints": []}


def _reached(config: CloudRegion, service: Mapping[str, Any]) -> bool:
    kind = service["type"]
    if config.get_endpoint(kind):
        return True
    interface = config.get_interface(kind) or "public"
    wanted = {each.removesuffix("URL") for each in ([interface] if isinstance(interface, str) else interface)}
    region = config.get_region_name(kind)
    return any(
        endpoint["interface"] in wanted
        and (not region or region in (endpoint.get("region"), endpoint.get("region_id")))
        for endpoint in service["endpoints"]
    )
