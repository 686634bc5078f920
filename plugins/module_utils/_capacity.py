# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a project may use and what the cloud offers: small reads side by side, none of which may spoil the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._catalogue import BLOCK_STORAGE, catalogue, usual
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, attempt
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template_lookup import (
    find_volume_type,
    subnets_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._lookup import Lookup
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import describe
from ansible_collections.model_serving.openstack.plugins.module_utils._parallel import in_parallel
from ansible_collections.model_serving.openstack.plugins.module_utils._project import (
    by_credential,
    project_id,
    user_name,
)

if TYPE_CHECKING:
    from openstack.connection import Connection

    from ansible_collections.model_serving.openstack.plugins.module_utils._lookup import Named
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context, Params

Part = dict[str, Any]
"""Some of the values of the answer; dicts in it are merged with those of other parts."""
UNLIMITED = -1


def quota(limit: int | None, used: int | None = None) -> dict[str, int | None]:
    """Return one quota. C(limit) is None when there is none, C(free) when there is no limit or the use is not known."""
    if limit is None or limit == UNLIMITED:
        return {"limit": None, "used": used, "free": None}
    return {"limit": limit, "used": used, "free": None if used is None else max(0, limit - used)}


def compute_quotas(conn: Connection) -> Part:
    limits = conn.compute.get_limits().absolute
    return {
        "quotas": {
            "instances": quota(limits.instances, limits.instances_used),
            "cores": quota(limits.total_cores, limits.total_cores_used),
            "ram": quota(limits.total_ram, limits.total_ram_used),
            "server_groups": quota(limits.server_groups, limits.server_groups_used),
            "server_group_members": quota(limits.server_group_members),
        }
    }


def network_quotas(conn: Connection) -> Part:
    details = conn.network.get_quota(project_id(conn), details=True)
    kinds = ("floating_ips", "ports", "networks", "security_groups", "security_group_rules")
    quotas = {}
    for kind in kinds:
        found: dict[str, int] = getattr(details, kind) or {}
        quotas[kind] = quota(found.get("limit"), found.get("used", 0) + found.get("reserved", 0) if found else None)
    return {"quotas": quotas}


def load_balancer_quotas(conn: Connection) -> Part:
    found = conn.load_balancer.get_quota(project_id(conn))
    used = len(list(conn.load_balancer.load_balancers(project_id=project_id(conn))))
    return {
        "quotas": {
            "load_balancers": quota(found.load_balancers, used),
            "listeners": quota(found.listeners),
            "pools": quota(found.pools),
            "health_monitors": quota(found.health_monitors),
            "members": quota(found.members),
        }
    }


def volume_quotas(conn: Connection) -> Part:
    limits = conn.block_storage.get_limits().absolute
    return {
        "quotas": {
            "volumes": quota(limits.max_total_volumes, limits.total_volumes_used),
            "gigabytes": quota(limits.max_total_volume_gigabytes, limits.total_gigabytes_used),
        }
    }


def availability_zones(conn: Connection) -> Part:
    zones = sorted(Lookup(conn=conn).zones().items())
    return {"availability_zones": [{"name": name, "available": available} for name, available in zones]}


def load_balancer_providers(conn: Connection) -> Part:
    providers = [
        {"name": provider.name, "description": provider.description, "abilities": describe(provider.name)}
        for provider in conn.load_balancer.providers()
    ]
    return {"load_balancer_providers": sorted(providers, key=lambda provider: provider["name"])}


def image(conn: Connection, reference: str) -> Part:
    lookup = Lookup(conn=conn)
    found = lookup.image(reference)
    details = found and {
        "status": found.status,
        "size": found.size,
        "min_ram": found.min_ram,
        "min_disk": found.min_disk,
    }
    return {"images": [_looked_up(reference, lookup, found, details)]}


def flavor(conn: Connection, reference: str) -> Part:
    lookup = Lookup(conn=conn)
    found = lookup.flavor(reference)
    details = found and {"vcpus": found.vcpus, "ram": found.ram, "disk": found.disk}
    return {"flavors": [_looked_up(reference, lookup, found, details)]}


def network(conn: Connection, reference: str, listed: Sequence[str]) -> Part:
    lookup = Lookup(conn=conn)
    found = lookup.network(reference)
    details = found and {
        "status": found.status,
        "external": bool(found.is_router_external),
        "shared": bool(found.is_shared),
        "port_security_enabled": reference not in lookup.unsecured,
        "subnet_ids": list(found.subnet_ids or ()),
        "subnets": [asdict(subnet) for subnet in subnets_of(conn, found)] if reference in listed else [],
    }
    return {"networks": [_looked_up(reference, lookup, found, details)]}


def security_group(conn: Connection, reference: str) -> Part:
    lookup = Lookup(conn=conn)
    found = next(iter(lookup.security_groups([reference])), None)
    return {"security_groups": [_looked_up(reference, lookup, found, None)]}


def key_pair(conn: Connection, reference: str) -> Part:
    lookup = Lookup(conn=conn)
    lookup.key_pair(reference)
    return {"key_pairs": [{"reference": reference, "found": not lookup.problems, "problems": lookup.problems}]}


def volume_type(conn: Connection, reference: str) -> Part:
    lookup = Lookup(conn=conn)
    return {"volume_types": [_looked_up(reference, lookup, find_volume_type(lookup, reference), None)]}


def _looked_up(reference: str, lookup: Lookup, found: Named | None, details: Part | None) -> Part:
    usable = found is not None and not lookup.problems
    return {
        "reference": reference,
        "found": usable,
        "problems": lookup.problems,
        "id": found.id if found and usable else None,
        "name": found.name if found and usable else None,
        **((details or {}) if usable else {}),
    }


@dataclass(frozen=True)
class Check:
    """One part of the answer, and the service it comes from."""

    service: str
    what: str
    read: Callable[[Connection], Part]


ALWAYS = (
    Check("compute", "quotas of servers", compute_quotas),
    Check("compute", "availability zones", availability_zones),
    Check("network", "quotas of networks", network_quotas),
    Check("load-balancer", "quotas of load balancers", load_balancer_quotas),
    Check("load-balancer", "load balancer providers", load_balancer_providers),
)


VOLUMES = Check("block-storage", "quotas of volumes", volume_quotas)
"""Not every cloud has block storage."""
LOOKED_UP = ("images", "flavors", "networks", "security_groups", "key_pairs", "volume_types")


def checks(params: Params, services: Iterable[str]) -> list[Check]:
    """Return all parts to read: what everybody needs and what was asked for by name."""
    asked: list[Check] = [VOLUMES] if BLOCK_STORAGE in usual(services) else []
    for option, service, look_up in (
        ("images", "image", image),
        ("flavors", "compute", flavor),
        ("networks", "network", partial(network, listed=params["subnets"] or ())),
        ("security_groups", "network", security_group),
        ("key_pairs", "compute", key_pair),
        ("volume_types", "block-storage", volume_type),
    ):
        for name in params[option] or ():
            asked.append(Check(service, f"{option} {name!r}", partial(look_up, reference=name)))
    return [*ALWAYS, *asked]


def collect(context: Context, params: Params) -> dict[str, Any]:
    """Return what C(capacity_info) returns.

    :raises CloudError: when the cloud cannot be logged in to; a service that fails is a note in C(problems)
    """
    conn = context.conn
    with attempt("log in to", "cloud", params["cloud"]):
        services = [{"type": entry["type"], "name": entry.get("name")} for entry in catalogue(conn)]
        user, credential = user_name(conn), by_credential(conn)
    answer: Part = {
        "services": sorted(services, key=lambda service: service["type"]),
        "user": user,
        "application_credential": credential,
        "quotas": {},
        "availability_zones": [],
        "load_balancer_providers": [],
        **{option: [] for option in LOOKED_UP},
        "problems": [],
    }
    there = [service["type"] for service in services]
    for part in in_parallel(lambda check: _tried(conn, check), checks(params, there)):
        for key, value in part.items():
            answer[key] = {**answer[key], **value} if isinstance(value, dict) else answer[key] + value
    return {"capacity": answer}


def _tried(conn: Connection, check: Check) -> Part:
    try:
        with attempt("read", check.what):
            return check.read(conn)
    except CloudError as error:
        return {"problems": [{"service": check.service, "message": error.message, "status": error.status}]}
