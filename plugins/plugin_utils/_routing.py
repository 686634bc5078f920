# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What services have in a load balancer: names of pools, L7 policies of routes, weights of members. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._shares import member_weights
from ansible_collections.model_serving.openstack.plugins.plugin_utils._routing_servers import check_servers, members_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Facts = Mapping[str, Any]

LISTENER = "models"
DEFAULT_POOL = "replicas"
TERMINATED = "TERMINATED_HTTPS"
"""HTTPS between clients and load balancer, HTTP between load balancer and members."""
BY_HTTP = ("HTTP", TERMINATED)
"""Protocols of listeners that can tell requests apart."""
MODELS_PATH = "/v2/models"
"""Below which the Open Inference Protocol V2 has its models."""
MODEL_PATH = f"{MODELS_PATH}/{{name}}"


def member_protocol(protocol: str) -> str:
    """Return what the members of a listener's pools speak."""
    return "HTTP" if protocol == TERMINATED else protocol


def pool_name(name: str, protocol: str) -> str:
    """Return the name of a pool. Octavia cannot change its protocol: with another one, it is another pool.

    :param protocol: of the listener
    """
    return f"{name}-{member_protocol(protocol).lower()}"


def same_but_protocol(one: str, other: str) -> bool:
    """Tell whether pools of these names differ in their protocol at most."""
    return one.rpartition("-")[0] == other.rpartition("-")[0]


def pools_of(groups: Sequence[Facts], protocol: str, service: str | None) -> list[str]:
    """Return the name of the pool of each group.

    :param groups: the main group, which has a pool of its own (called C(pool) if it has that), and others, which share
        it unless they have C(routes)
    :param service: whose groups they are; None for the owner of the load balancer
    """
    main = groups[0].get("pool") or pool_name(service or DEFAULT_POOL, protocol)
    return [
        pool_name(group["name"], protocol) if index and group.get("routes") else main
        for index, group in enumerate(groups)
    ]


def weights_of(groups: Sequence[Facts], pools: Sequence[str], counts: Sequence[int]) -> list[int]:
    """Return the weight of the members of each group.

    :param counts: how many members each group has
    """
    weights = [0] * len(groups)
    for pool in dict.fromkeys(pools):
        inside = [index for index, name in enumerate(pools) if name == pool]
        shares = [(_share(groups[index]), counts[index]) for index in inside]
        for index, weight in zip(inside, member_weights(shares), strict=True):
            weights[index] = weight
    return weights


def _share(group: Facts) -> int:
    weight = group.get("weight")
    return 1 if weight is None else int(weight)


def policies_of(groups: Sequence[Facts], pools: Sequence[str]) -> list[dict[str, Any]]:
    """Return one L7 policy for each route. Its name says where it leads, so another route is another policy."""
    return [
        {
            "name": f"{pool} {route.get('host') or ''}{route.get('path') or ''}",
            "action": "REDIRECT_TO_POOL",
            "redirect_pool": pool,
            "rules": list(_rules(route)),
        }
        for group, pool in zip(groups, pools, strict=True)
        for route in group.get("routes") or ()
        if route.get("host") or route.get("path")
    ]


def _rules(route: Facts) -> Iterator[dict[str, str]]:
    """Yield the conditions of a route: this path and what is below it, this host on whatever port."""
    if host := route.get("host"):
        yield {"type": "HOST_NAME", "compare_type": "REGEX", "value": f"^{_literal(host)}(:[0-9]+)?$"}
    if path := route.get("path"):
        yield {"type": "PATH", "compare_type": "REGEX", "value": f"^{_literal(path.rstrip('/'))}(/|$)"}


def _literal(text: str) -> str:
    # Without a backslash, which HAProxy's configuration would take for itself.
    return text.replace(".", "[.]")


def model_routes(models: Sequence[Facts]) -> list[dict[str, str]]:
    """Return the routes of a service that has none of its own: one to each of its models."""
    return [{"path": MODEL_PATH.format(name=model["name"])} for model in models if model.get("name")]


def balancer_tree(
    groups: Sequence[Facts],
    protocol: str,
    port: int,
    healthmonitor: Facts | None = None,
    lb_algorithm: str | None = None,
    service: str | None = None,
    listener: Facts | None = None,
    leaving: Sequence[str] = (),
) -> dict[str, list[dict[str, Any]]]:
    """Return the listeners and pools that send requests to groups of servers.

    :param groups: with C(servers) and C(server_port); see :func:`pools_of`. Without C(servers), somebody else
        keeps the members of the pool, also those of groups that share it
    :param service: whose groups they are; None for the owner of the load balancer
    :param listener: options of the listener, which are the owner's; empty ones are not declared. C(answer_timeout) is
        in seconds, and holds for the client and the member
    :param leaving: names of pools that stay as they are, but for the routes to them
    :raises InvalidInputError: when a server has no address that should have one, or no name
    """
    check_servers([server for group in groups for server in group.get("servers") or ()])
    names = pools_of(groups, protocol, service)
    entry = {
        "name": LISTENER,
        "protocol": protocol,
        "protocol_port": int(port),
        "l7policies": policies_of(groups, names),
        **({} if service else {"default_pool": names[0], **_of_the_owner(listener or {})}),
    }
    common = {"protocol": member_protocol(protocol), **({"lb_algorithm": lb_algorithm} if lb_algorithm else {})}
    pools = _pools(groups, names, common, healthmonitor or {})
    kept = [{"name": name, "protocol": member_protocol(protocol)} for name in leaving if name not in pools]
    return {"listeners": [entry], "pools": [*pools.values(), *kept]}


def _pools(
    groups: Sequence[Facts], names: Sequence[str], common: Facts, healthmonitor: Facts
) -> dict[str, dict[str, Any]]:
    """Return the pools of groups by name, with their members.

    :param names: of the pool of each group
    :param common: settings that all pools have
    """
    weights = weights_of(groups, names, [len(group.get("servers") or ()) for group in groups])
    # Members are declared all or none: those that are not declared are removed.
    left = {name for group, name in zip(groups, names, strict=True) if group.get("servers") is None}
    pools: dict[str, dict[str, Any]] = {}
    for group, name, weight in zip(groups, names, weights, strict=True):
        pool = pools.setdefault(name, {"name": name, **common, "healthmonitor": _monitor(healthmonitor, group)})
        if name not in left:
            pool["members"] = [*pool.get("members", ()), *members_of(group, weight)]
    return pools


def _of_the_owner(options: Facts) -> dict[str, Any]:
    given = {name: value for name, value in options.items() if value}
    # A client that only waits sends nothing either, so both sides end what the shorter one ends.
    if seconds := given.pop("answer_timeout", None):
        given |= dict.fromkeys(("timeout_client_data", "timeout_member_data"), int(seconds) * 1000)
    return given


def _monitor(common: Facts, group: Facts) -> dict[str, Any]:
    """Return the monitor of a group's pool, which asks as its servers want to be asked."""
    path = group.get("ready_path") if common.get("type") == "HTTP" else None
    return {**common, **({"url_path": path} if path else {})}
