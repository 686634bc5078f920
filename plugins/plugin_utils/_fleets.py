# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleets of a service, and what goes wrong with them. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic import inherited
from ansible_collections.model_serving.openstack.plugins.plugin_utils._routing import (
    BY_HTTP,
    MODELS_PATH,
    model_routes,
    pools_of,
    weights_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Service = Mapping[str, Any]
    Facts = Mapping[str, Any]

FLEET_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
BY_BODY = ("vllm", "llama_cpp")
"""Runtimes whose requests name their model in the body."""
NOT_BY_MODEL = (*BY_BODY, "custom")
"""Runtimes that do not have each model below a path of its own."""
ANY_NAME = ("llama_cpp", "custom")
"""Runtimes that answer, or may answer, whatever name of a model a request has."""
LONGEST_NAME = 48
"""Of service and fleet together: servers take their host names from it."""
# What needs no escape in a regular expression, but for the dot.
PATH = re.compile(r"/[A-Za-z0-9_.~%/-]*[A-Za-z0-9_.~%-]")
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
OF_THE_OWNER = (
    "provider",
    "flavor",
    "vip_subnet",
    "vip_address",
    "floating_ip_network",
    "floating_ip_address",
    "answer_timeout",
)
"""Options of a load balancer that a service cannot have which joins it."""
INHERITED = (
    "replicas",
    "image",
    "flavor",
    "boot_volume",
    "availability_zones",
    "anti_affinity",
    "models",
    "runtime",
    "runtime_options",
)


def service_fleets(service: Service) -> list[dict[str, Any]]:
    """Return the service's own fleet and those of its C(fleets), each with all that it inherits.

    :param service: complete; what is wrong is None
    """
    balancer = service["load_balancer"]
    guest = service["name"] if balancer.get("join") else None
    common = {key: value for key, value in service.items() if key not in ("fleets", "load_balancer")}
    routes = balancer.get("routes") or (model_routes(service["models"] or ()) if guest else [])
    fleets = [{**common, "routes": routes}]
    for fleet in service.get("fleets") or ():
        own = {key: fleet[key] for key in INHERITED if fleet.get(key) is not None}
        own["autoscaling"] = inherited(service.get("autoscaling"), fleet.get("autoscaling"))
        name = f"{service['name']}.{fleet['name']}"
        fleets.append({**common, **own, "name": name, "weight": fleet["weight"], "routes": fleet["routes"] or []})
    pools = pools_of(fleets, balancer["protocol"] or "HTTP", guest)
    weights = weights_of(fleets, pools, [max(0, fleet["replicas"] or 0) for fleet in fleets])
    return [
        {**fleet, "pool": pool, "member_weight": weight}
        for fleet, pool, weight in zip(fleets, pools, weights, strict=True)
    ]


def fleet_rules(service: Service, where: str) -> Iterator[str]:
    """Yield what is wrong with the fleets, routes and weights of a service.

    :param where: what messages call the service
    """
    balancer = service.get("load_balancer") or {}
    fleets = service.get("fleets") or []
    names = Counter(fleet.get("name") for fleet in fleets)
    yield from (f"{where}.fleets has {n} fleets named {name!r}" for name, n in names.items() if name and n > 1)
    for index, fleet in enumerate(fleets):
        yield from _fleet(fleet, len(service.get("name") or ""), f"{where}.fleets[{index}]")
    for place, owner in [(where, service), *((f"{where}.fleets[{i}]", fleet) for i, fleet in enumerate(fleets))]:
        if (weight := owner.get("weight")) is not None and weight < 1:
            yield f"{place}.weight is {weight}, but must be at least 1; a fleet that gets nothing is none"
    yield from _join(service, balancer, where)
    for index, fleet in enumerate(fleets):
        yield from _told_apart(service, fleet, f"{where}.fleets[{index}]")
    routed = [(f"{where}.load_balancer.routes", balancer.get("routes"))]
    routed += [(f"{where}.fleets[{index}].routes", fleet.get("routes")) for index, fleet in enumerate(fleets)]
    for place, routes in routed:
        yield from _routes(routes or (), balancer.get("protocol"), place)


def _fleet(fleet: Facts, used: int, where: str) -> Iterator[str]:
    name = fleet.get("name")
    if name is not None and (not FLEET_NAME.fullmatch(name) or used + 1 + len(name) > LONGEST_NAME):
        yield (
            f"{where}.name is {name!r}, but must be lowercase letters, digits and dashes, and with the name of the"
            f" service at most {LONGEST_NAME - 1}"
        )
    if (replicas := fleet.get("replicas")) is not None and replicas < 1:
        yield f"{where}.replicas is {replicas}, but must be at least 1"


def _told_apart(service: Service, fleet: Facts, where: str) -> Iterator[str]:
    """Yield why requests would come to replicas that do not know their model, or to none."""
    runtime = fleet.get("runtime") or service.get("runtime")
    main = _models(service)
    own = _models(fleet) or main
    if not fleet.get("routes") and own != main and runtime not in ANY_NAME:
        yield (
            f"{where} serves {', '.join(own)}, and the service itself {', '.join(main) or 'nothing'}: without routes"
            " both get the same requests, and each would refuse those of the other one"
        )
    for index, route in enumerate(fleet.get("routes") or ()):
        if runtime in BY_BODY and str(route.get("path") or "").startswith(MODELS_PATH):
            yield (
                f"{where}.routes[{index}].path is {route['path']!r}, but with the runtime {runtime!r} no request has"
                " that path, because its body names the model: tell requests apart by host"
            )


def _models(owner: Facts) -> list[str]:
    return sorted(str(model.get("name")) for model in owner.get("models") or ())


def _join(service: Service, balancer: Facts, where: str) -> Iterator[str]:
    joined = balancer.get("join")
    if not joined:
        if balancer.get("routes"):
            yield f"{where}.load_balancer.routes goes with {where}.load_balancer.join: an own load balancer needs none"
        return
    if joined == service.get("name"):
        yield f"{where}.load_balancer.join is the service itself"
    of_the_owner = {option: balancer.get(option) for option in OF_THE_OWNER}
    of_the_owner |= {f"tls.{option}": value for option, value in (balancer.get("tls") or {}).items()}
    for option, value in of_the_owner.items():
        if value:
            yield f"{where}.load_balancer.{option} is up to the service {joined!r}, whose load balancer is joined"
    if not balancer.get("routes") and service.get("runtime") in NOT_BY_MODEL:
        yield f"{where}.load_balancer.routes is missing: with the runtime {service['runtime']!r}, paths name no model"
    if balancer.get("protocol") not in (None, *BY_HTTP):
        yield f"{where}.load_balancer.join needs the protocol {' or '.join(BY_HTTP)}, by which requests are told apart"


def _routes(routes: Sequence[Facts], protocol: str | None, where: str) -> Iterator[str]:
    if routes and protocol not in (None, *BY_HTTP):
        yield f"{where} needs the protocol {' or '.join(BY_HTTP)}, by which requests are told apart"
    for index, route in enumerate(routes):
        path, host = route.get("path"), route.get("host")
        if not path and not host:
            yield f"{where}[{index}] needs a path or a host"
        if path and not PATH.fullmatch(path):
            yield f"{where}[{index}].path is {path!r}, but must be a path below '/' of letters, digits and '_.~%-'"
        if host and not HOST.fullmatch(host):
            yield f"{where}[{index}].host is {host!r}, but must be a host name"
