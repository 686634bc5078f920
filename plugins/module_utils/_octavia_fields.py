# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of Octavia's resources: how they are compared, sent and cleared. Pure.

A setting is what a request sends as it is; relations (which pool, which members) are not settings. Three sources are
brought into one form, so that C(==) decides: options of a module, answers of the API, and what a request shall send.
"""

from __future__ import annotations

import ipaddress
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Settings = Mapping[str, Any]
    Fields = Mapping[str, "Form"]


class Form(Enum):
    """How a setting is compared and cleared."""

    PLAIN = "plain"
    """Compared as it is. Cannot be cleared."""
    DECIMAL = "decimal"
    """A number with a fraction, which options give as text. Cannot be cleared."""
    TEXT = "text"
    """Empty is the same as none; cleared by null."""
    WORDS = "words"
    """A text that is cleared by an empty one."""
    SET = "set"
    """A list whose order means nothing; none is the same as empty."""
    LIST = "list"
    """A list whose order means something. Cannot be cleared: the API puts its default there."""
    MAP = "map"
    """Items without a value are not there; cleared by null."""
    HEADERS = "headers"
    """Texts by name, cleared by an empty map."""
    ADDRESS = "address"
    """An IP address, of which IPv6 has several spellings; cleared by null."""
    NETWORKS = "networks"
    """A set of networks in CIDR notation. Octavia keeps each once, without host bits and with a prefix length."""


BALANCER: Fields = {
    "description": Form.WORDS,
    "admin_state_up": Form.PLAIN,
    "vip_qos_policy_id": Form.TEXT,
    "vip_sg_ids": Form.SET,
    "tags": Form.SET,
}
LISTENER: Fields = {
    "protocol": Form.PLAIN,
    "protocol_port": Form.PLAIN,
    "description": Form.WORDS,
    "admin_state_up": Form.PLAIN,
    "connection_limit": Form.PLAIN,
    "insert_headers": Form.HEADERS,
    "allowed_cidrs": Form.NETWORKS,
    "timeout_client_data": Form.PLAIN,
    "timeout_member_connect": Form.PLAIN,
    "timeout_member_data": Form.PLAIN,
    "timeout_tcp_inspect": Form.PLAIN,
    "default_tls_container_ref": Form.TEXT,
    "sni_container_refs": Form.SET,
    "client_ca_tls_container_ref": Form.TEXT,
    "client_authentication": Form.PLAIN,
    "client_crl_container_ref": Form.TEXT,
    "tls_ciphers": Form.PLAIN,
    "tls_versions": Form.LIST,
    "alpn_protocols": Form.LIST,
    "hsts_max_age": Form.PLAIN,
    "hsts_include_subdomains": Form.PLAIN,
    "hsts_preload": Form.PLAIN,
    "tags": Form.SET,
}
POOL: Fields = {
    "protocol": Form.PLAIN,
    "lb_algorithm": Form.PLAIN,
    "description": Form.WORDS,
    "admin_state_up": Form.PLAIN,
    "session_persistence": Form.MAP,
    "tls_enabled": Form.PLAIN,
    "tls_container_ref": Form.TEXT,
    "ca_tls_container_ref": Form.TEXT,
    "crl_container_ref": Form.TEXT,
    "tls_ciphers": Form.PLAIN,
    "tls_versions": Form.LIST,
    "alpn_protocols": Form.LIST,
    "tags": Form.SET,
}
MONITOR: Fields = {
    "type": Form.PLAIN,
    "name": Form.WORDS,
    "admin_state_up": Form.PLAIN,
    "delay": Form.PLAIN,
    "timeout": Form.PLAIN,
    "max_retries": Form.PLAIN,
    "max_retries_down": Form.PLAIN,
    "http_method": Form.PLAIN,
    "url_path": Form.PLAIN,
    "expected_codes": Form.PLAIN,
    "http_version": Form.DECIMAL,
    "domain_name": Form.PLAIN,
    "tags": Form.SET,
}
MEMBER: Fields = {
    "name": Form.WORDS,
    "admin_state_up": Form.PLAIN,
    "weight": Form.PLAIN,
    "backup": Form.PLAIN,
    "subnet_id": Form.PLAIN,
    "monitor_address": Form.ADDRESS,
    "monitor_port": Form.PLAIN,
    "request_sriov": Form.PLAIN,
    "tags": Form.SET,
}
POLICY: Fields = {
    "action": Form.PLAIN,
    "description": Form.WORDS,
    "admin_state_up": Form.PLAIN,
    "redirect_url": Form.TEXT,
    "redirect_prefix": Form.TEXT,
    "redirect_http_code": Form.PLAIN,
    "tags": Form.SET,
}
RULE: Fields = {
    "type": Form.PLAIN,
    "compare_type": Form.PLAIN,
    "key": Form.WORDS,
    "value": Form.PLAIN,
    "invert": Form.PLAIN,
    "admin_state_up": Form.PLAIN,
    "tags": Form.SET,
}

_EMPTY: Mapping[Form, Any] = {
    Form.TEXT: "",
    Form.WORDS: "",
    Form.ADDRESS: "",
    Form.SET: [],
    Form.NETWORKS: [],
    Form.LIST: [],
    Form.MAP: {},
    Form.HEADERS: {},
}
_CLEARED_BY_NULL = frozenset({Form.TEXT, Form.MAP, Form.ADDRESS})


def address(text: str) -> str:
    """Return the one spelling of an IP address."""
    return ipaddress.ip_address(text).compressed


def network(text: str) -> str:
    """Return the one spelling of a network."""
    return ipaddress.ip_network(text, strict=False).with_prefixlen


def is_address(text: str) -> bool:
    """Return whether a text is an IP address."""
    return _has_form(address, text)


def is_network(text: str) -> bool:
    """Return whether a text is a network in CIDR notation, or one address."""
    return _has_form(network, text)


def _has_form(form: Callable[[str], str], text: str) -> bool:
    try:
        form(text)
    except ValueError:
        return False
    return True


def _headers(value: Settings) -> dict[str, str]:
    # YAML makes a boolean of the only values these headers have.
    return {key: str(item).lower() if isinstance(item, bool) else str(item) for key, item in value.items()}


_FORMED: Mapping[Form, Callable[[Any], Any]] = {
    Form.DECIMAL: float,
    Form.SET: sorted,
    Form.LIST: list,
    Form.MAP: lambda value: {key: item for key, item in value.items() if item is not None},
    Form.HEADERS: _headers,
    Form.ADDRESS: lambda value: address(value) if value else "",
    Form.NETWORKS: lambda value: sorted(set(map(network, value))),
}


def _formed(form: Form, value: Any) -> Any:
    return _FORMED[form](value) if form in _FORMED else value


def declared(fields: Fields, options: Settings) -> dict[str, Any]:
    """Return the settings among options that are declared: None means not managed."""
    return {key: _formed(form, options[key]) for key, form in fields.items() if options.get(key) is not None}


def observed(fields: Fields, answer: Settings) -> dict[str, Any]:
    """Return the settings in an answer of the API, with an explicit empty value where there can be one."""
    settings = {}
    for key, form in fields.items():
        value = answer.get(key)
        if value is None:
            value = _EMPTY.get(form)
        if value is not None:
            settings[key] = _formed(form, value)
    return settings


def to_create(settings: Settings) -> dict[str, Any]:
    """Return what a request that creates sends: everything that is not empty."""
    return {key: value for key, value in settings.items() if value not in (None, "", [], {})}


def to_update(fields: Fields, changes: Settings) -> dict[str, Any]:
    """Return what a request that updates sends: the changes, with null where that is how the API clears."""
    return {
        key: None if key in fields and fields[key] in _CLEARED_BY_NULL and not value else value
        for key, value in changes.items()
    }
