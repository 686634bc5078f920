# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of C(load_balancer) to what is wanted. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from ansible_collections.model_serving.openstack.plugins.module_utils import (
    _octavia_abilities,
    _octavia_rules,
)
from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_fields as fields
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import (
    NO_MONITOR,
    AdditionalVip,
    Listener,
    Member,
    Monitor,
    Policy,
    Pool,
    Rule,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_health import awaited_problem
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_lengths import name_problem
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_rules_owner import visit_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import Balancer, Settings
    from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_health import Keys

    Options = Mapping[str, Any]

Part = TypeVar("Part")


@dataclass(frozen=True, kw_only=True)
class Desired:
    """A load balancer as it is wanted. None is not managed, an empty text clears.

    :param service: whose parts are meant, when it is another service than the one that owns the load balancer
    :param options: the options as given, for the checks that need to know the provider
    """

    name: str
    service: str | None = None
    present: bool = True
    settings: Settings = field(default_factory=dict)
    provider: str | None = None
    flavor: str | None = None
    availability_zone: str | None = None
    listeners: tuple[Listener, ...] | None = None
    pools: tuple[Pool, ...] | None = None
    vip_subnet: str | None = None
    vip_network: str | None = None
    vip_address: str | None = None
    vip_qos_policy: str | None = None
    vip_security_groups: Sequence[str] | None = None
    additional_vips: tuple[AdditionalVip, ...] | None = None
    floating_ip_network: str | None = None
    floating_ip_address: str | None = None
    purge: bool = False
    keep_address: bool = False
    keep_drained: bool = False
    wait_for_members: str | None = None
    options: Settings = field(default_factory=dict)


def desired(params: Options) -> Desired:
    """Return the options as a value.

    :raises InvalidInputError: with everything that is wrong whatever the cloud is like
    """
    # What is removed need not be possible.
    present = params["state"] == "present"
    problems = [
        *name_problem(params["name"]),
        *(_octavia_rules.problems(params) if present else ()),
        *(_octavia_abilities.problems(params["provider"], params) if present else ()),
        *_own_problems(params),
        *visit_problems(params),
    ]
    if problems:
        raise InvalidInputError(problems)
    return Desired(
        name=params["name"],
        service=params["service"] if params["service"] != params["name"] else None,
        present=present,
        settings=fields.declared(fields.BALANCER, params),
        provider=params["provider"],
        flavor=params["flavor"],
        availability_zone=params["availability_zone"],
        listeners=_each(listener, params["listeners"]),
        pools=_each(pool, params["pools"]),
        vip_subnet=params["vip_subnet"],
        vip_network=params["vip_network"],
        vip_address=fields.address(params["vip_address"]) if params["vip_address"] else None,
        vip_qos_policy=params["vip_qos_policy"],
        vip_security_groups=params["vip_security_groups"],
        additional_vips=_each(additional_vip, params["additional_vips"]),
        floating_ip_network=params["floating_ip_network"],
        floating_ip_address=params["floating_ip_address"],
        purge=params["purge"],
        keep_address=params["keep_address"],
        keep_drained=params["keep_drained"],
        wait_for_members=params["wait_for_members"],
        options=params,
    )


def _own_problems(params: Options) -> Iterable[str]:
    yield from awaited_problem(params["wait_for_members"])
    for option in ("vip_address", "floating_ip_address"):
        if params[option] and not fields.is_address(params[option]):
            yield f"'{option}: {params[option]}' is not an IP address"
    for vip in params["additional_vips"] or ():
        if vip["ip_address"] and not fields.is_address(vip["ip_address"]):
            yield f"'ip_address: {vip['ip_address']}' of 'additional_vips' is not an IP address"
    if params["floating_ip_network"] == "" and params["floating_ip_address"]:
        yield "'floating_ip_address' does not go with an empty 'floating_ip_network', which removes the floating IP"


def _each(make: Callable[[Options], Part], declared: Iterable[Options] | None) -> tuple[Part, ...] | None:
    return None if declared is None else tuple(make(options) for options in declared)


def _is_empty(options: Options) -> bool:
    return all(value is None for value in options.values())


def additional_vip(options: Options) -> AdditionalVip:
    """Return a further address as declared, with the name of the subnet in place of its id."""
    given = options["ip_address"]
    return AdditionalVip(subnet_id=options["subnet"], address=fields.address(given) if given else "")


def listener(options: Options) -> Listener:
    """Return a listener as declared."""
    return Listener(
        name=options["name"],
        settings=fields.declared(fields.LISTENER, options),
        default_pool=options["default_pool"],
        policies=_each(policy, options["l7policies"]),
    )


def policy(options: Options) -> Policy:
    """Return an L7 policy as declared. What does not belong to its action is cleared."""
    settings = {"redirect_url": "", "redirect_prefix": "", **fields.declared(fields.POLICY, options)}
    return Policy(
        name=options["name"],
        settings=settings,
        redirect_pool=options["redirect_pool"] or "",
        rules=tuple(Rule(settings={"key": "", **fields.declared(fields.RULE, rule)}) for rule in options["rules"]),
    )


def pool(options: Options) -> Pool:
    """Return a pool as declared; an empty health monitor or session persistence is one to be removed."""
    declared_settings = fields.declared(fields.POOL, options)
    monitor = options["healthmonitor"]
    return Pool(
        name=options["name"],
        settings=declared_settings,
        monitor=None
        if monitor is None
        else NO_MONITOR
        if _is_empty(monitor)
        else Monitor(settings=fields.declared(fields.MONITOR, monitor)),
        members=_each(member, options["members"]),
    )


def member(options: Options) -> Member:
    """Return a member as declared, with the name of the subnet in place of its id."""
    settings = fields.declared(fields.MEMBER, options)
    if options["subnet"]:
        settings["subnet_id"] = options["subnet"]
    return Member(address=fields.address(options["address"]), protocol_port=options["protocol_port"], settings=settings)


def awaited(desired: Desired, balancer: Balancer) -> list[tuple[Pool, Keys | None]]:
    """Return the pools whose members are waited for, each with address and port of these, None for all of them.

    What is declared is waited for. Whoever keeps the other members knows whether they have to be online.
    """
    if desired.pools is None:
        return [(pool, None) for pool in balancer.pools or ()]
    keys = {
        pool.name: frozenset(member.key for member in pool.members)
        for pool in desired.pools
        if pool.members is not None
    }
    return [(pool, keys[pool.name]) for pool in balancer.pools or () if pool.name in keys]
