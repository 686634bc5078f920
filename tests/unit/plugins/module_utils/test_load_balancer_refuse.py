# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import Observed, References
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_plan import plan

from .load_balancer_values import (
    HTTP,
    MONITOR,
    ONE,
    RULE,
    SIXTH,
    WEB,
    declared,
    listener,
    member,
    observed,
    policy,
    pool,
)

ELSEWHERE = References(vip_subnet_id="s2", vip_network_id="n2", flavor_id="f1")
L7: dict[str, Any] = {"name": "a", "action": "REJECT", "rules": [RULE]}
TLS: dict[str, Any] = {"name": "tls", "protocol": "TERMINATED_HTTPS", "protocol_port": 443}


@pytest.mark.parametrize(
    ("options", "old", "message"),
    [
        ({"provider": "ovn"}, observed(), "has 'provider' amphora, not ovn.*keep_address"),
        ({"availability_zone": "az9"}, observed(), "'availability_zone' None, not az9"),
        ({"vip_address": "10.0.0.9"}, observed(), "'vip_address' 10.0.0.5, not 10.0.0.9"),
        ({}, observed(provisioning_status="ERROR", settings={"tags": []}), "somebody else made it: choose another"),
        ({"vip_address": "10.0.0.9"}, replace(observed(), balancer=None), "kept VIP port 'chat-vip'"),
        ({}, Observed(), "'vip_subnet' or 'vip_network' is needed"),
        ({"pools": [{**WEB, "protocol": "PROXY"}]}, observed(pool()), "is HTTP, and Octavia cannot change that"),
        ({"listeners": [{**HTTP, "default_pool": "x"}]}, observed(), "refers to pool 'x', which is neither"),
        ({"pools": []}, observed(listener(), pool()), "listener 'http' refers to pool 'web'"),
        ({"listeners": [HTTP]}, observed(listener(), listener(ours=False)), "several listeners are named 'http'"),
        ({"listeners": [{**HTTP, "protocol": "TCP"}]}, observed(listener(policies=(policy("a"),)), pool()), "L7 pol"),
        (
            {"listeners": [{**HTTP, "protocol": "UDP"}]},
            observed(listener(), pool()),
            "is UDP and cannot use pool 'web'",
        ),
        (
            {"pools": [{**WEB, "members": [{**ONE, "subnet": "outer"}]}]},
            observed(pool(members=(member(subnet_id="s1"),))),
            "has 'subnet' s1, not s2",
        ),
        (
            {"pools": [{**WEB, "members": [{**ONE, "weight": 0}]}]},
            observed(placement={"provider": "ovn"}),
            "provider 'ovn' has no weights",
        ),
    ],
)
def test_refuses_what_cannot_be_reached(options: dict[str, Any], old: Observed, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        plan(declared(**options), old)


FIRST = replace(observed(), balancer=None)
NEW = Observed(references=References(vip_subnet_id="s1", vip_network_id="n1"))


@pytest.mark.parametrize(
    ("old", "cidrs", "refused"),
    [
        (observed(), ["10.0.0.0/8", "2001:db8::/32"], ["2001:db8::/32"]),
        (observed(additional_vips=SIXTH), ["10.0.0.0/8", "2001:db8::/32"], []),
        (observed(vip_address="2001:db8::6"), ["10.0.0.0/8"], ["10.0.0.0/8"]),
        (observed(vip_address="2001:db8::6"), ["2001:db8::/32"], []),
        (FIRST, ["::/0"], ["::/0"]),
        (NEW, ["::/0"], []),
    ],
)
def test_networks_of_clients_are_of_the_family_of_a_vip(old: Observed, cidrs: list[str], refused: list[str]) -> None:
    options = declared(listeners=[{**HTTP, "allowed_cidrs": cidrs}], vip_subnet="inner")
    old = replace(old, references=NEW.references)
    told = ""
    try:
        plan(options, old)
    except InvalidInputError as error:
        told = "; ".join(error.problems)

    assert [cidr for cidr in cidrs if f"has {cidr}, but no VIP is of this version of IP" in told] == refused
    assert bool(told) == bool(refused)


def test_tells_everything_at_once() -> None:
    old = replace(observed(listener(), pool()), references=ELSEWHERE)

    with pytest.raises(InvalidInputError) as refused:
        plan(declared(provider="ovn", pools=[{"name": "web", "protocol": "UDP"}]), old)

    told = "; ".join(refused.value.problems)
    for word in ("provider", "flavor", "vip_subnet", "vip_network", "is HTTP, and Octavia", "cannot use pool"):
        assert word in told
    assert len(refused.value.problems) == 6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "x" * 221}, "more than 220"),
        (
            {"listeners": [{**HTTP, "l7policies": [{**L7, "rules": [{**RULE, "value": "x" * 256}]}]}]},
            f"'value' '{'x' * 40}'... in listener 'http' has 256 characters, but Octavia takes 255",
        ),
        ({"listeners": [{**HTTP, "l7policies": [{**L7, "name": "x" * 300}]}]}, "has 300 characters"),
        ({"pools": [{**WEB, "description": "x" * 256}]}, "in pool 'web' has 256 characters"),
        ({"description": "x" * 256}, "in the load balancer has 256 characters"),
        ({"vip_address": "here"}, "'vip_address: here' is not an IP address"),
        ({"floating_ip_network": "", "floating_ip_address": "192.0.2.1"}, "empty 'floating_ip_network'"),
        ({"wait_for_members": "0"}, "'all' or a number"),
        ({"listeners": [HTTP, {**HTTP, "protocol_port": 81}]}, "listener 'http' is declared 2 times"),
        ({"listeners": [HTTP, {**HTTP, "name": "b", "protocol": "TCP"}]}, "listener port '80/TCP' is declared 2 times"),
        ({"listeners": [{**HTTP, "protocol_port": 0}]}, "not between 1 and 65535"),
        ({"listeners": [{**HTTP, "timeout_client_data": -1}]}, "'timeout_client_data: -1'"),
        ({"listeners": [{**HTTP, "allowed_cidrs": ["10.0.0.0/8", "10.0.0/8"]}]}, "'10.0.0/8', which is not a network"),
        ({"listeners": [{**HTTP, "default_pool": "web"}], "pools": [{**WEB, "protocol": "UDP"}]}, "cannot use pool"),
        ({"listeners": [{**HTTP, "protocol": "TCP", "insert_headers": {"X-Forwarded-For": True}}]}, "insert_headers"),
        ({"listeners": [{**HTTP, "insert_headers": {"X-SSL-Client-CN": True}}]}, "X-SSL headers"),
        ({"listeners": [{**HTTP, "protocol": "TCP", "l7policies": [L7]}]}, "'l7policies' of listener 'http'"),
        ({"listeners": [{**HTTP, "l7policies": [{**L7, "rules": []}]}]}, "at least one rule"),
        ({"listeners": [{**HTTP, "l7policies": [{**L7, "action": "REDIRECT_TO_URL"}]}]}, "needs 'redirect_url'"),
        (
            {"listeners": [{**HTTP, "l7policies": [{**L7, "redirect_pool": "web"}]}]},
            "does not go with 'action: REJECT'",
        ),
        ({"listeners": [{**HTTP, "l7policies": [{**L7, "redirect_http_code": 301}]}]}, "'redirect_http_code'"),
        ({"listeners": [{**HTTP, "l7policies": [{**L7, "rules": [{**RULE, "type": "HEADER"}]}]}]}, "needs 'key'"),
        ({"listeners": [TLS]}, "needs 'default_tls_container_ref' or 'sni_container_refs'"),
        ({"listeners": [{**HTTP, "default_tls_container_ref": "c"}]}, "certificates of listener 'http' need"),
        ({"listeners": [{**HTTP, "client_ca_tls_container_ref": "c"}]}, "needs 'default_tls_container_ref' or 'sni"),
        ({"listeners": [{**TLS, "sni_container_refs": ["c"], "hsts_preload": True}]}, "need 'hsts_max_age'"),
        ({"listeners": [{**TLS, "sni_container_refs": ["c"], "tls_versions": []}]}, "must not be empty"),
        ({"pools": [{**WEB, "session_persistence": {"type": "APP_COOKIE"}}]}, "cookie_name"),
        ({"pools": [{**WEB, "session_persistence": {"cookie_name": "x"}}]}, "needs 'type'"),
        ({"pools": [{**WEB, "session_persistence": {"type": "SOURCE_IP", "persistence_timeout": 3}}]}, "UDP or SCTP"),
        ({"pools": [{**WEB, "crl_container_ref": "x"}]}, "needs 'ca_tls_container_ref'"),
        ({"pools": [{**WEB, "healthmonitor": {"type": "TCP"}}]}, "needs 'delay', 'timeout', 'max_retries'"),
        ({"pools": [{**WEB, "healthmonitor": {**MONITOR, "type": "UDP-CONNECT"}}]}, "needs a pool of protocol UDP"),
        ({"pools": [{**WEB, "healthmonitor": {**MONITOR, "type": "TCP", "url_path": "/x"}}]}, "needs type HTTP"),
        ({"pools": [{**WEB, "healthmonitor": {**MONITOR, "max_retries_down": 11}}]}, "not between 1 and 10"),
        ({"pools": [{**WEB, "healthmonitor": {**MONITOR, "domain_name": "x"}}]}, "needs 'http_version: 1.1'"),
        ({"pools": [{**WEB, "healthmonitor": {**MONITOR, "url_path": "x"}}]}, "is 'x', but Octavia takes a path"),
        ({"pools": [{**WEB, "members": [ONE, ONE]}]}, "member of pool 'web' '10.0.0.1:80' is declared 2 times"),
        (
            {"pools": [{**WEB, "members": [{**ONE, "address": "2001:DB8:0::10"}, {**ONE, "address": "2001:db8::10"}]}]},
            "member of pool 'web' '2001:db8::10:80' is declared 2 times",
        ),
        ({"pools": [{**WEB, "members": [{**ONE, "monitor_address": "x"}]}]}, "'monitor_address: x'"),
    ],
)
def test_refuses_what_octavia_would_refuse(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        declared(**options)

    assert len(refused.value.problems) == 1
    assert message in refused.value.problems[0]


def test_certificates_are_the_business_of_the_owner() -> None:
    declared(name="ours", service="theirs", listeners=[TLS])
