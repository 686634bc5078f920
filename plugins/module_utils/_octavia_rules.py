# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Octavia refuses whatever the provider is, found in a declaration before the first write. Pure.

Octavia tells one problem at a time, and for a changed balancer only after earlier changes were made. The rules are
those of the v2 API's validation in octavia 19.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_fields import (
    address,
    is_address,
    is_network,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_lengths import SHOWN, too_long
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_rules_l7 import policy_problems
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_values import (
    CIPHERS,
    CODES,
    COOKIE_NAME,
    DOMAIN_NAME,
    PATH,
    PATH_RULE,
    at_least,
    between,
    formed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Declared = Mapping[str, Any]

POOLS_OF_LISTENER: Mapping[str, tuple[str, ...]] = {
    "TCP": ("HTTP", "HTTPS", "PROXY", "PROXYV2", "TCP"),
    "HTTP": ("HTTP", "PROXY", "PROXYV2"),
    "HTTPS": ("HTTPS", "PROXY", "PROXYV2", "TCP"),
    "TERMINATED_HTTPS": ("HTTP", "PROXY", "PROXYV2"),
    "UDP": ("UDP",),
    "SCTP": ("SCTP",),
    "PROMETHEUS": (),
}
"""Protocols of the pools that a listener of a protocol can send to."""

L7_PROTOCOLS = ("HTTP", "TERMINATED_HTTPS")
OF_TLS = "X-SSL-"
"""How the names of headers begin that only a listener with TERMINATED_HTTPS can insert."""
HEADERS = (
    *(f"X-{name}" for name in ("Forwarded-For", "Forwarded-Port", "Forwarded-Proto", "Forwarded-IP")),
    *("X-Client-IP", "X-Real-IP"),
    *(f"{OF_TLS}Client-{name}" for name in ("Verify", "Has-Cert", "DN", "CN", "SHA1", "Not-Before", "Not-After")),
    f"{OF_TLS}Issuer",
)
CERTIFICATE = "'default_tls_container_ref' or 'sni_container_refs'"
DATAGRAM_PROTOCOLS = ("UDP", "SCTP")
HTTP_MONITORS = ("HTTP", "HTTPS")
HTTP_MONITOR_OPTIONS = ("http_method", "url_path", "expected_codes")
CODES_RULE = "one code (200), a list of codes (200,202) or one range of them (200-204)"
LONGEST_TIMEOUT = 24 * 24 * 3600 * 1000
"""Milliseconds."""


def problems(tree: Declared) -> list[str]:
    """Return everything in a declaration that Octavia refuses, each naming the option and the place."""
    return list(_problems(tree))


def _problems(tree: Declared) -> Iterator[str]:
    listeners, pools = tree.get("listeners") or (), tree.get("pools") or ()
    yield from _repeated("listener", [listener["name"] for listener in listeners])
    yield from _repeated("pool", [pool["name"] for pool in pools])
    ports = [f"{listener['protocol_port']}/{transport(listener['protocol'])}" for listener in listeners]
    yield from _repeated("listener port", ports)
    protocols = {pool["name"]: pool["protocol"] for pool in pools}
    for listener in listeners:
        yield from _listener(listener, protocols)
    # A guest's listener is the owner's, and so are its certificates.
    if tree.get("service") in (None, tree.get("name")):
        yield from map(_without_certificate, filter(_needs_certificate, listeners))
    for pool in pools:
        yield from _pool(pool)
    yield from too_long({key: tree.get(key) for key in ("description", "tags")}, "the load balancer")
    for kind, part in [*(("listener", one) for one in listeners), *(("pool", one) for one in pools)]:
        yield from too_long(part, f"{kind} {part['name'][:SHOWN]!r}")


def transport(protocol: str) -> str:
    """Return whose ports a listener of this protocol takes."""
    return protocol if protocol in DATAGRAM_PROTOCOLS else "TCP"


def _repeated(kind: str, names: Sequence[str]) -> Iterator[str]:
    yield from (f"{kind} {name!r} is declared {count} times" for name, count in Counter(names).items() if count > 1)


def pool_mismatch(protocol: str, pool: str, pool_protocol: str | None, where: str) -> Iterator[str]:
    """Yield a problem when a listener of this protocol cannot send to that pool."""
    if pool_protocol and pool_protocol not in POOLS_OF_LISTENER[protocol]:
        possible = ", ".join(POOLS_OF_LISTENER[protocol]) or "no pool at all"
        yield f"{where} is {protocol} and cannot use pool {pool!r}, which is {pool_protocol} (possible: {possible})"


def _listener(listener: Declared, protocols: Mapping[str, str]) -> Iterator[str]:
    where, protocol = f"listener {listener['name']!r}", listener["protocol"]
    yield from between("protocol_port", listener["protocol_port"], 1, 65535, where)
    for option in ("timeout_client_data", "timeout_member_connect", "timeout_member_data", "timeout_tcp_inspect"):
        yield from between(option, listener.get(option), 0, LONGEST_TIMEOUT, where)
    yield from at_least("connection_limit", listener.get("connection_limit"), -1, where)
    for cidr in listener.get("allowed_cidrs") or ():
        if not is_network(cidr):
            yield f"'allowed_cidrs' of {where} has {cidr!r}, which is not a network in CIDR notation"
    if pool := listener.get("default_pool"):
        yield from pool_mismatch(protocol, pool, protocols.get(pool), where)
    yield from _tls(listener, where)
    yield from _headers(listener, where)
    policies = listener.get("l7policies") or ()
    if policies and protocol not in L7_PROTOCOLS:
        yield f"'l7policies' of {where} needs protocol {' or '.join(L7_PROTOCOLS)}, not {protocol}"
    yield from _repeated(f"L7 policy of {where}", [policy["name"] for policy in policies])
    for policy in policies:
        place = f"L7 policy {policy['name']!r} of {where}"
        yield from policy_problems(policy, place)
        if pool := policy.get("redirect_pool"):
            yield from pool_mismatch(protocol, pool, protocols.get(pool), place)


def _headers(listener: Declared, where: str) -> Iterator[str]:
    headers, protocol = listener.get("insert_headers") or {}, listener["protocol"]
    if unknown := ", ".join(repr(header) for header in headers if header not in HEADERS):
        yield f"'insert_headers' of {where} has {unknown}, but Octavia takes {', '.join(HEADERS)}"
    if headers and protocol not in L7_PROTOCOLS:
        yield f"'insert_headers' of {where} needs protocol {' or '.join(L7_PROTOCOLS)}, not {protocol}"
    if protocol != "TERMINATED_HTTPS" and any(header.startswith(OF_TLS) for header in headers):
        yield f"X-SSL headers in 'insert_headers' of {where} need protocol TERMINATED_HTTPS, not {protocol}"


def _ciphers_and_versions(declared: Declared, where: str) -> Iterator[str]:
    for option in ("tls_ciphers", "tls_versions", "alpn_protocols"):
        if declared.get(option) in ("", []):
            yield f"{option!r} of {where} must not be empty; leave it out for the default of the cloud"
    yield from formed("tls_ciphers", declared.get("tls_ciphers"), CIPHERS, where, "names of ciphers with ':' between")


def has_certificates(listener: Declared) -> bool:
    """Return whether a listener is told certificates of its own."""
    return bool(listener.get("default_tls_container_ref") or listener.get("sni_container_refs"))


def _needs_certificate(listener: Declared) -> bool:
    return listener["protocol"] == "TERMINATED_HTTPS" and not has_certificates(listener)


def _without_certificate(listener: Declared) -> str:
    return f"listener {listener['name']!r} is TERMINATED_HTTPS and needs {CERTIFICATE}"


def _tls(listener: Declared, where: str) -> Iterator[str]:
    protocol = listener["protocol"]
    yield from _ciphers_and_versions(listener, where)
    if has_certificates(listener) and protocol not in ("TERMINATED_HTTPS", "PROMETHEUS"):
        yield f"certificates of {where} need protocol TERMINATED_HTTPS or PROMETHEUS, not {protocol}"
    client_ca = listener.get("client_ca_tls_container_ref")
    if listener.get("client_authentication") in ("OPTIONAL", "MANDATORY") and not client_ca:
        yield f"'client_authentication' of {where} needs 'client_ca_tls_container_ref'"
    if client_ca and not has_certificates(listener) and protocol != "TERMINATED_HTTPS":
        yield f"'client_ca_tls_container_ref' of {where} needs {CERTIFICATE}"
    if listener.get("client_crl_container_ref") and not client_ca:
        yield f"'client_crl_container_ref' of {where} needs 'client_ca_tls_container_ref'"
    yield from at_least("hsts_max_age", listener.get("hsts_max_age"), 0, where)
    if listener.get("hsts_max_age") is not None and protocol != "TERMINATED_HTTPS":
        yield f"'hsts_max_age' of {where} needs protocol TERMINATED_HTTPS, not {protocol}"
    hsts = listener.get("hsts_include_subdomains") or listener.get("hsts_preload")
    if hsts and listener.get("hsts_max_age") is None:
        yield f"'hsts_include_subdomains' and 'hsts_preload' of {where} need 'hsts_max_age'"


def _pool(pool: Declared) -> Iterator[str]:
    where, datagram = f"pool {pool['name']!r}", pool["protocol"] in DATAGRAM_PROTOCOLS
    persistence = pool.get("session_persistence") or {}
    kind = persistence.get("type")
    if any(value is not None for value in persistence.values()) and not kind:
        yield f"'session_persistence' of {where} needs 'type'"
    elif (kind == "APP_COOKIE") != bool(persistence.get("cookie_name")):
        yield f"'session_persistence' of {where}: 'cookie_name' goes with 'type: APP_COOKIE', and only with that"
    rule = "a name without spaces, quotes, commas, slashes, colons and brackets"
    yield from formed("cookie_name", persistence.get("cookie_name"), COOKIE_NAME, where, rule)
    if (mask := persistence.get("persistence_granularity")) and not is_address(mask):
        yield f"'persistence_granularity: {mask}' of {where} is not a network mask such as 255.255.255.0"
    if datagram and kind in ("HTTP_COOKIE", "APP_COOKIE"):
        yield f"'session_persistence.type: {kind}' of {where} does not go with protocol {pool['protocol']}"
    if not datagram and (persistence.get("persistence_timeout") or persistence.get("persistence_granularity")):
        yield f"'persistence_timeout' and 'persistence_granularity' of {where} need protocol UDP or SCTP"
    if pool.get("crl_container_ref") and not pool.get("ca_tls_container_ref"):
        yield f"'crl_container_ref' of {where} needs 'ca_tls_container_ref'"
    yield from _ciphers_and_versions(pool, where)
    yield from _monitor(pool.get("healthmonitor") or {}, pool["protocol"], where)
    yield from member_problems(pool.get("members") or (), where)


def _monitor(monitor: Declared, protocol: str, pool: str) -> Iterator[str]:
    where, kind = f"'healthmonitor' of {pool}", monitor.get("type")
    if not any(value is not None for value in monitor.values()):
        return
    missing = [option for option in ("type", "delay", "timeout", "max_retries") if monitor.get(option) is None]
    if missing:
        yield f"{where} needs {', '.join(map(repr, missing))}"
        return
    for option in ("delay", "timeout"):
        yield from at_least(option, monitor[option], 0, where)
    for option in ("max_retries", "max_retries_down"):
        yield from between(option, monitor.get(option), 1, 10, where)
    if (kind in ("UDP-CONNECT", "SCTP")) and protocol not in DATAGRAM_PROTOCOLS:
        yield f"'type: {kind}' in {where} needs a pool of protocol UDP or SCTP, not {protocol}"
    if kind in ("HTTPS", "PING", "TLS-HELLO") and protocol in DATAGRAM_PROTOCOLS:
        yield f"'type: {kind}' in {where} does not go with protocol {protocol}"
    if kind not in HTTP_MONITORS:
        useless = [option for option in HTTP_MONITOR_OPTIONS if monitor.get(option)]
        yield from (f"{option!r} in {where} needs type HTTP or HTTPS, not {kind}" for option in useless)
    if monitor.get("domain_name") and monitor.get("http_version") != "1.1":
        yield f"'domain_name' in {where} needs 'http_version: 1.1'"
    yield from formed("domain_name", monitor.get("domain_name"), DOMAIN_NAME, where, "the name of a host")
    yield from formed("url_path", monitor.get("url_path"), PATH, where, PATH_RULE)
    yield from formed("expected_codes", monitor.get("expected_codes"), CODES, where, CODES_RULE)


def member_problems(members: Sequence[Declared], where: str) -> Iterator[str]:
    """Yield what is wrong with the members of a pool."""
    # An address of IPv6 can be written in several ways.
    addresses = [address(text) if is_address(text := member["address"]) else text for member in members]
    keys = [f"{one}:{member['protocol_port']}" for one, member in zip(addresses, members, strict=True)]
    yield from _repeated(f"member of {where}", keys)
    for member in members:
        whose = f"member {member['address']}:{member['protocol_port']} of {where}"
        for option in ("address", "monitor_address"):
            if member.get(option) and not is_address(member[option]):
                yield f"'{option}: {member[option]}' of {whose} is not an IP address"
        for option in ("protocol_port", "monitor_port"):
            yield from between(option, member.get(option), 1, 65535, whose)
        yield from between("weight", member.get("weight"), 0, 256, whose)
