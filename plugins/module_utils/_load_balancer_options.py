# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specs of load balancers. They are documented in the doc fragments of the same names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_abilities import (
    ALGORITHMS,
    LISTENER_PROTOCOLS,
    MONITOR_TYPES,
    PERSISTENCE_TYPES,
    POOL_PROTOCOLS,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._options import STATE, wait_options

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._options import ArgumentSpec, Option

TLS_VERSIONS = ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
ALPN_PROTOCOLS = ("h2", "http/1.1", "http/1.0")
HTTP_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT", "PATCH")
L7_ACTIONS = ("REDIRECT_TO_POOL", "REDIRECT_TO_URL", "REDIRECT_PREFIX", "REJECT")
RULE_TYPES = (
    "HOST_NAME",
    "PATH",
    "FILE_TYPE",
    "HEADER",
    "COOKIE",
    "SSL_CONN_HAS_CERT",
    "SSL_VERIFY_RESULT",
    "SSL_DN_FIELD",
)
COMPARE_TYPES = ("REGEX", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "EQUAL_TO")

_TEXT: Option = {"type": "str"}
_NUMBER: Option = {"type": "int"}
_FLAG: Option = {"type": "bool"}
_TEXTS: Option = {"type": "list", "elements": "str"}
_NAME: Option = {"type": "str", "required": True}
_TLS: ArgumentSpec = {
    # Names of ciphers and references to where keys are kept: nothing in them is secret.
    "tls_ciphers": _TEXT,
    "tls_versions": {"type": "list", "elements": "str", "choices": TLS_VERSIONS},
    "alpn_protocols": {"type": "list", "elements": "str", "choices": ALPN_PROTOCOLS},
}

MEMBER: ArgumentSpec = {
    "address": _NAME,
    "protocol_port": {"type": "int", "required": True},
    "name": _TEXT,
    "subnet": _TEXT,
    "weight": _NUMBER,
    "backup": _FLAG,
    "admin_state_up": _FLAG,
    "monitor_address": _TEXT,
    "monitor_port": _NUMBER,
    "request_sriov": _FLAG,
    "tags": _TEXTS,
}

_MONITOR: ArgumentSpec = {
    "name": _TEXT,
    "type": {"type": "str", "choices": MONITOR_TYPES},
    "delay": _NUMBER,
    "timeout": _NUMBER,
    "max_retries": _NUMBER,
    "max_retries_down": _NUMBER,
    "http_method": {"type": "str", "choices": HTTP_METHODS},
    "url_path": _TEXT,
    "expected_codes": _TEXT,
    "http_version": {"type": "str", "choices": ["1.0", "1.1"]},
    "domain_name": _TEXT,
    "admin_state_up": _FLAG,
    "tags": _TEXTS,
}

_PERSISTENCE: ArgumentSpec = {
    "type": {"type": "str", "choices": PERSISTENCE_TYPES},
    "cookie_name": _TEXT,
    "persistence_timeout": _NUMBER,
    "persistence_granularity": _TEXT,
}

_POOL: ArgumentSpec = {
    "name": _NAME,
    "description": _TEXT,
    "protocol": {"type": "str", "required": True, "choices": POOL_PROTOCOLS},
    "lb_algorithm": {"type": "str", "choices": ALGORITHMS},
    "admin_state_up": _FLAG,
    "session_persistence": {"type": "dict", "options": _PERSISTENCE},
    "healthmonitor": {"type": "dict", "options": _MONITOR},
    "members": {"type": "list", "elements": "dict", "options": MEMBER},
    "tls_enabled": _FLAG,
    "tls_container_ref": _TEXT,
    "ca_tls_container_ref": _TEXT,
    "crl_container_ref": _TEXT,
    "tags": _TEXTS,
    **_TLS,
}

_RULE: ArgumentSpec = {
    "type": {"type": "str", "required": True, "choices": RULE_TYPES},
    "compare_type": {"type": "str", "required": True, "choices": COMPARE_TYPES},
    # The name of a header, a cookie or a field.
    "key": {"type": "str", "no_log": False},
    "value": _NAME,
    "invert": {"type": "bool", "default": False},
    "admin_state_up": _FLAG,
    "tags": _TEXTS,
}

_POLICY: ArgumentSpec = {
    "name": _NAME,
    "description": _TEXT,
    "action": {"type": "str", "required": True, "choices": L7_ACTIONS},
    "redirect_pool": _TEXT,
    "redirect_url": _TEXT,
    "redirect_prefix": _TEXT,
    "redirect_http_code": {"type": "int", "choices": [301, 302, 303, 307, 308]},
    "admin_state_up": {"type": "bool", "default": True},
    "tags": _TEXTS,
    "rules": {"type": "list", "elements": "dict", "required": True, "options": _RULE},
}

_LISTENER: ArgumentSpec = {
    "name": _NAME,
    "description": _TEXT,
    "protocol": {"type": "str", "required": True, "choices": LISTENER_PROTOCOLS},
    "protocol_port": {"type": "int", "required": True},
    "default_pool": _TEXT,
    "admin_state_up": _FLAG,
    "connection_limit": _NUMBER,
    "timeout_client_data": _NUMBER,
    "timeout_member_connect": _NUMBER,
    "timeout_member_data": _NUMBER,
    "timeout_tcp_inspect": _NUMBER,
    "insert_headers": {"type": "dict"},
    "allowed_cidrs": _TEXTS,
    "default_tls_container_ref": _TEXT,
    "sni_container_refs": _TEXTS,
    "client_authentication": {"type": "str", "choices": ["NONE", "OPTIONAL", "MANDATORY"]},
    "client_ca_tls_container_ref": _TEXT,
    "client_crl_container_ref": _TEXT,
    "hsts_max_age": _NUMBER,
    "hsts_include_subdomains": _FLAG,
    "hsts_preload": _FLAG,
    "tags": _TEXTS,
    "l7policies": {"type": "list", "elements": "dict", "options": _POLICY},
    **_TLS,
}

BALANCER: ArgumentSpec = {
    "name": _NAME,
    "service": _TEXT,
    "description": _TEXT,
    "admin_state_up": _FLAG,
    "tags": _TEXTS,
    "provider": _TEXT,
    "flavor": _TEXT,
    "availability_zone": _TEXT,
    "vip_subnet": _TEXT,
    "vip_network": _TEXT,
    "vip_address": _TEXT,
    "vip_qos_policy": _TEXT,
    "vip_security_groups": _TEXTS,
    "additional_vips": {
        "type": "list",
        "elements": "dict",
        "options": {"subnet": _NAME, "ip_address": _TEXT},
    },
    "floating_ip_network": _TEXT,
    "floating_ip_address": _TEXT,
    "listeners": {"type": "list", "elements": "dict", "options": _LISTENER},
    "pools": {"type": "list", "elements": "dict", "options": _POOL},
    "purge": {"type": "bool", "default": False},
    "keep_address": {"type": "bool", "default": False},
    "keep_drained": {"type": "bool", "default": False},
    "wait_for_members": _TEXT,
    **STATE,
    **wait_options(600),
}

POOL_MEMBERS: ArgumentSpec = {
    "pool": _NAME,
    "load_balancer": _TEXT,
    "members": {"type": "list", "elements": "dict", "required": True, "options": MEMBER},
    "purge": {"type": "bool", "default": False},
    "note_weight": {"type": "bool", "default": False},
    "wait_for_members": _TEXT,
    "state": {"type": "str", "default": "present", "choices": ["present", "drained", "absent"]},
    **wait_options(300),
}
