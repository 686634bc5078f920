# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the providers of Octavia can do, as data, and a check of a declaration against it. Pure.

Octavia asks a provider for its opinion late: a fully populated load balancer is stored before the driver looks at its
children, so a refusal can leave pieces behind, and some options are stored and never have an effect. So the check is
made here, before the first write. Sources: the drivers C(amphora) of octavia 19 and C(ovn) of ovn-octavia-provider 11.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_rules import DATAGRAM_PROTOCOLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Declared = Mapping[str, Any]

ALGORITHMS = ("ROUND_ROBIN", "LEAST_CONNECTIONS", "SOURCE_IP", "SOURCE_IP_PORT")
LISTENER_PROTOCOLS = ("TCP", "HTTP", "HTTPS", "TERMINATED_HTTPS", "UDP", "SCTP", "PROMETHEUS")
POOL_PROTOCOLS = ("TCP", "HTTP", "HTTPS", "PROXY", "PROXYV2", "UDP", "SCTP")
MONITOR_TYPES = ("HTTP", "HTTPS", "PING", "TCP", "TLS-HELLO", "UDP-CONNECT", "SCTP")
PERSISTENCE_TYPES = ("SOURCE_IP", "HTTP_COOKIE", "APP_COOKIE")

TLS_OPTIONS = (
    "default_tls_container_ref",
    "sni_container_refs",
    "client_ca_tls_container_ref",
    "client_authentication",
    "client_crl_container_ref",
    "tls_ciphers",
    "tls_versions",
    "alpn_protocols",
    "hsts_max_age",
    "hsts_include_subdomains",
    "hsts_preload",
)
TIMEOUT_OPTIONS = ("timeout_client_data", "timeout_member_connect", "timeout_member_data", "timeout_tcp_inspect")
POOL_TLS_OPTIONS = (
    "tls_enabled",
    "tls_container_ref",
    "ca_tls_container_ref",
    "crl_container_ref",
    "tls_ciphers",
    "tls_versions",
    "alpn_protocols",
)

_WITHOUT_EFFECT: tuple[Any, ...] = (None, False, "", [], {}, -1, "NONE")
"""Values that ask for nothing, so every provider can do them."""


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """What one provider can do.

    :param default_algorithm: what is used for a new pool that names no C(lb_algorithm)
    :param weights: whether members get traffic by weight. Without it weight 0 does not drain a member either; there
        C(admin_state_up) takes a member out of rotation, and open connections go on
    :param follows_vip_port_name: whether floating IPs of the VIP port are found by the port's name only, see
        C(_load_balancer_address)
    :param monitors_follow_listeners: whether a health monitor checks members for whatever listeners its pool has.
        Without it the monitor knows the listener that was there when it was made, and a change of it is no help
    :param persistence_needs_timeout: whether session persistence has no effect without a timeout, which Octavia takes
        for pools of UDP and SCTP only
    :param pools_follow: whether a pool that exists follows a change of C(lb_algorithm) and the end of its session
        persistence. Where it does not, other changes of the latter have to come with C(admin_state_up), and it goes
        with any pool of the protocol
    :param *_options: the options of each kind that are accepted and never have an effect, or are refused
    """

    listener_protocols: tuple[str, ...] = LISTENER_PROTOCOLS
    pool_protocols: tuple[str, ...] = POOL_PROTOCOLS
    lb_algorithms: tuple[str, ...] = ALGORITHMS
    default_algorithm: str = "ROUND_ROBIN"
    session_persistence: tuple[str, ...] = PERSISTENCE_TYPES
    monitor_types: tuple[str, ...] = MONITOR_TYPES
    weights: bool = True
    follows_vip_port_name: bool = False
    monitors_follow_listeners: bool = True
    persistence_needs_timeout: bool = False
    pools_follow: bool = True
    missing_load_balancer_options: tuple[str, ...] = ()
    missing_listener_options: tuple[str, ...] = ()
    missing_pool_options: tuple[str, ...] = ()
    missing_persistence_options: tuple[str, ...] = ()
    missing_member_options: tuple[str, ...] = ()


_AMPHORA = Abilities(lb_algorithms=("ROUND_ROBIN", "LEAST_CONNECTIONS", "SOURCE_IP"))

ABILITIES: Mapping[str, Abilities] = {
    "amphora": _AMPHORA,
    # An old name of the same driver.
    "octavia": _AMPHORA,
    "ovn": Abilities(
        listener_protocols=("TCP", "UDP", "SCTP"),
        pool_protocols=("TCP", "UDP", "SCTP"),
        lb_algorithms=("SOURCE_IP_PORT", "SOURCE_IP"),
        default_algorithm="SOURCE_IP_PORT",
        session_persistence=("SOURCE_IP",),
        monitor_types=("TCP", "UDP-CONNECT"),
        weights=False,
        follows_vip_port_name=True,
        monitors_follow_listeners=False,
        persistence_needs_timeout=True,
        pools_follow=False,
        missing_load_balancer_options=("availability_zone", "vip_qos_policy", "vip_security_groups"),
        missing_listener_options=(
            "l7policies",
            "allowed_cidrs",
            "insert_headers",
            "connection_limit",
            *TIMEOUT_OPTIONS,
            *TLS_OPTIONS,
        ),
        missing_pool_options=POOL_TLS_OPTIONS,
        missing_persistence_options=("persistence_granularity",),
        missing_member_options=("backup", "monitor_address", "monitor_port", "request_sriov"),
    ),
}


def abilities(provider: str | None) -> Abilities:
    """Return what a provider can do; for one that is not known here, or not named yet, everything Octavia knows."""
    return ABILITIES.get(provider or "", Abilities())


def describe(provider: str) -> dict[str, Any] | None:
    """Return the abilities as plain data, None for a provider that is not known here."""
    found = ABILITIES.get(provider)
    return None if found is None else {key: _plain(value) for key, value in asdict(found).items()}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def problems(provider: str | None, tree: Declared) -> list[str]:
    """Return everything in a declaration that the provider cannot do, each naming option and provider.

    :param tree: options of the module C(load_balancer); what is missing or None is not declared
    """
    able = ABILITIES.get(provider or "")
    if able is None:
        return []
    return [f"provider {provider!r} {problem}" for problem in _problems(able, tree)]


def _problems(able: Abilities, tree: Declared) -> Iterator[str]:
    yield from _useless(able.missing_load_balancer_options, tree, "the load balancer")
    for listener in tree.get("listeners") or ():
        where = f"listener {listener.get('name')!r}"
        yield from _unable("protocol", listener.get("protocol"), able.listener_protocols, where)
        yield from _useless(able.missing_listener_options, listener, where)
    for pool in tree.get("pools") or ():
        yield from _pool_problems(able, pool)


def _pool_problems(able: Abilities, pool: Declared) -> Iterator[str]:
    where = f"pool {pool.get('name')!r}"
    yield from _unable("protocol", pool.get("protocol"), able.pool_protocols, where)
    yield from _unable("lb_algorithm", pool.get("lb_algorithm"), able.lb_algorithms, where)
    yield from _persistence_problems(able, pool, where)
    monitor = (pool.get("healthmonitor") or {}).get("type")
    yield from _unable("healthmonitor.type", monitor, able.monitor_types, where)
    yield from _useless(able.missing_pool_options, pool, where)
    yield from member_problems(able, pool.get("members") or (), where)


def _persistence_problems(able: Abilities, pool: Declared, where: str) -> Iterator[str]:
    persistence = pool.get("session_persistence") or {}
    kind = persistence.get("type")
    yield from _unable("session_persistence.type", kind, able.session_persistence, where)
    yield from _useless(able.missing_persistence_options, persistence, f"the session persistence of {where}")
    if not able.persistence_needs_timeout or kind not in able.session_persistence:
        return
    if pool.get("protocol") not in DATAGRAM_PROTOCOLS:
        yield (
            "has session persistence for pools of protocol UDP and SCTP only, so that of"
            f" {where} would have no effect; leave it out, and use 'lb_algorithm: SOURCE_IP' instead"
        )
    elif not persistence.get("persistence_timeout"):
        yield (
            f"has no session persistence without 'persistence_timeout', so that of {where} would have no effect;"
            " declare the timeout, or leave 'session_persistence' out"
        )


def member_problems(able: Abilities, members: Sequence[Declared], where: str) -> Iterator[str]:
    """Yield what cannot be done with these members of a pool."""
    for member in members:
        whose = f"member {member.get('address')}:{member.get('protocol_port')} of {where}"
        yield from _useless(able.missing_member_options, member, whose)
        if not able.weights and member.get("weight") not in (None, 1):
            yield f"has no weights, so 'weight: {member['weight']}' of {whose} would have no effect"


def _unable(option: str, value: str | None, able: Sequence[str], where: str) -> Iterator[str]:
    if value and value not in able:
        yield f"cannot do '{option}: {value}' of {where} (it can do {', '.join(able) or 'nothing of the kind'})"


def _useless(missing: Sequence[str], declared: Declared, where: str) -> Iterator[str]:
    for option in missing:
        if declared.get(option) not in _WITHOUT_EFFECT:
            yield f"cannot do {option!r} of {where}"
