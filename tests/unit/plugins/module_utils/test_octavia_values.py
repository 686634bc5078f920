# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers and texts that Octavia refuses, and their neighbours that it takes; octavia 19 was asked about each.

Two that older ones take are let through: ciphers with commas, and flags within a regular expression.
"""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError

from .load_balancer_values import HTTP, MONITOR, RULE, WEB, declared

TLS: dict[str, Any] = {"name": "tls", "protocol": "TERMINATED_HTTPS", "protocol_port": 443, "sni_container_refs": ["c"]}
UDP: dict[str, Any] = {"name": "udp", "protocol": "UDP"}


def problems(**options: Any) -> list[str]:
    try:
        declared(**options)
    except InvalidInputError as error:
        return error.problems
    return []


def of_monitor(**settings: Any) -> list[str]:
    return problems(pools=[{**WEB, "healthmonitor": {**MONITOR, **settings}}])


def of_listener(**settings: Any) -> list[str]:
    return problems(listeners=[{**TLS, **settings}])


def of_rule(**rule: Any) -> list[str]:
    policy = {"name": "a", "action": "REJECT", "rules": [{**RULE, **rule}]}
    return problems(listeners=[{**HTTP, "l7policies": [policy]}])


@pytest.mark.parametrize(
    ("option", "good", "bad"),
    [
        ("delay", [0], [-1]),
        ("timeout", [0], [-1]),
        (
            "expected_codes",
            ["200", "200,202", "200 , 202", "200-204"],
            ["2xx", "20", "200,201-204", "200-", " 200", "200;202"],
        ),
        (
            "url_path",
            ["/", "/v2/health/ready", "/a?x=1", "/a?x=[1]", "/a#b", "/a//b", "/%41", "/%", "/é", "/a:b@c", "/{name}"],
            ["v2", "//host/x", "/v2/health ready", "/a\n", "/a[b", "/a]", "http://x/y", "/a?x y"],
        ),
    ],
)
def test_health_monitors(option: str, good: list[Any], bad: list[Any]) -> None:
    assert [value for value in good if of_monitor(**{option: value})] == []
    for value in bad:
        (problem,) = of_monitor(**{option: value})
        assert option in problem
        assert str(value) in problem or repr(value) in problem
        assert "pool 'web'" in problem


def test_names_of_hosts() -> None:
    good = ["models", "a.example", "a.example.", "_models", "1.2.3.4", "a" * 63]
    bad = ["models_a", "-a", "a-", "a..b", "a b", "é", "a" * 64]

    def refused(name: str) -> list[str]:
        return of_monitor(domain_name=name, http_version="1.1")

    assert [name for name in good if refused(name)] == []
    assert all("takes the name of a host" in refused(name)[0] for name in bad)


@pytest.mark.parametrize(
    ("option", "good", "bad"),
    [
        ("connection_limit", [-1, 0, 5], [-5]),
        ("hsts_max_age", [0, 31536000], [-1]),
        ("tls_ciphers", ["HIGH:!aNULL", "A+B:@STRENGTH=0", "A+B,C"], ["A B", "A\n", "A\x01"]),
        (
            "insert_headers",
            [{"X-Forwarded-For": True, "X-Real-IP": True, "X-SSL-Client-CN": True, "X-SSL-Issuer": True}],
            [{"X-Model": True}, {"x-forwarded-for": True}],
        ),
    ],
)
def test_listeners(option: str, good: list[Any], bad: list[Any]) -> None:
    assert [value for value in good if of_listener(**{option: value})] == []
    for value in bad:
        (problem,) = of_listener(**{option: value})
        assert option in problem
        assert "listener 'tls'" in problem


@pytest.mark.parametrize(
    ("option", "good", "bad"),
    [
        (
            "cookie_name",
            ["session", "a'b", "a|b", "a~b", "a.b"],
            ["a b", "a;b", "a=b", "a(b", "a[b", "a\\b", 'a"b', "Ā"],
        ),
        ("persistence_granularity", ["255.255.255.0", "ffff::"], ["24", "/24"]),
    ],
)
def test_session_persistence(option: str, good: list[str], bad: list[str]) -> None:
    def refused(value: str) -> list[str]:
        cookie = option == "cookie_name"
        persistence = {"type": "APP_COOKIE" if cookie else "SOURCE_IP", option: value}
        return problems(pools=[{**(WEB if cookie else UDP), "session_persistence": persistence}])

    assert [value for value in good if refused(value)] == []
    assert [len(refused(value)) for value in bad] == [1] * len(bad)


@pytest.mark.parametrize("option", ["redirect_url", "redirect_prefix"])
def test_redirects(option: str) -> None:
    action = {"redirect_url": "REDIRECT_TO_URL", "redirect_prefix": "REDIRECT_PREFIX"}[option]
    good = [
        *("http://a.example", "https://a.example/x?y=[1]#z", "http://a:8080/", "http://u:p@a/", "http://[::1]:80/x"),
        *("http://a/é", "http://a_b/%zz", "http://1.2.3.4"),
    ]
    bad = [
        *("example.org/x", "ftp://a.example", "HTTP://a.example", "http:///x", "http:/a", "http://a b/", "http://a/\n"),
        *("http://a/[x]", "http://é/", "http://a:b/", "http://[zz]/", "http://%4/"),
    ]

    def refused(url: str) -> list[str]:
        policy = {"name": "a", "action": action, option: url, "rules": [RULE]}
        return problems(listeners=[{**HTTP, "l7policies": [policy]}])

    assert [url for url in good if refused(url)] == []
    for url in bad:
        (problem,) = refused(url)
        assert f"{option!r} of L7 policy 'a' of listener 'http' is {url!r}, but Octavia takes a URL" in problem


GOOD_RULES: list[dict[str, Any]] = [
    {"value": '"a b"'},
    {"value": "a\\b,c;d"},
    {"compare_type": "REGEX", "value": "^/a b(/|$)"},
    {"compare_type": "REGEX", "value": "^/v1(?i)/models"},
    {"type": "COOKIE", "key": "session", "value": "a,b"},
    {"type": "HEADER", "key": "X-Model", "value": "a"},
    {"type": "FILE_TYPE", "value": "png"},
    {"type": "SSL_CONN_HAS_CERT", "value": "True"},
    {"type": "SSL_VERIFY_RESULT", "value": "0"},
    {"type": "SSL_DN_FIELD", "key": "CN", "value": "a b"},
    {"type": "SSL_DN_FIELD", "key": "CN", "value": "(", "compare_type": "CONTAINS"},
]
BAD_RULES: list[tuple[dict[str, Any], str]] = [
    ({"value": "a b"}, "'value' of rule PATH of L7 policy 'a' of listener 'http' is 'a b'"),
    ({"value": "/é"}, "spaces only between double quotes"),
    ({"compare_type": "REGEX", "value": "(a"}, "is '(a', which is no regular expression: missing )"),
    ({"compare_type": "REGEX", "value": "a\nb"}, "takes one line"),
    ({"type": "COOKIE", "key": "session", "value": "a;b"}, "'value' of rule COOKIE"),
    ({"type": "COOKIE", "key": "a b", "value": "a"}, "'key' of rule COOKIE"),
    ({"type": "HEADER", "key": "X:Model", "value": "a"}, "'key' of rule HEADER"),
    ({"type": "FILE_TYPE", "value": "png", "compare_type": "CONTAINS"}, "must be REGEX or EQUAL_TO, not CONTAINS"),
    ({"type": "SSL_CONN_HAS_CERT", "value": "no"}, "takes true"),
    ({"type": "SSL_CONN_HAS_CERT", "value": "true", "compare_type": "REGEX"}, "must be EQUAL_TO, not REGEX"),
    ({"type": "SSL_VERIFY_RESULT", "value": "-1"}, "takes a number"),
    ({"type": "SSL_DN_FIELD", "key": "1", "value": "a"}, "a field such as 'CN'"),
    ({"type": "SSL_DN_FIELD", "key": "CN", "value": "(", "compare_type": "REGEX"}, "no regular expression"),
]


def test_rules() -> None:
    assert [rule for rule in GOOD_RULES if of_rule(**rule)] == []
    for rule, message in BAD_RULES:
        (problem,) = of_rule(**rule)
        assert message in problem


def test_the_number_of_rules() -> None:
    for count in (50, 51):
        rules = [{**RULE, "value": f"/{number}"} for number in range(count)]
        policy = {"name": "a", "action": "REJECT", "rules": rules}
        found = problems(listeners=[{**HTTP, "l7policies": [policy]}])
        assert found == ["L7 policy 'a' of listener 'http' has 51 rules, but Octavia takes 50"] * (count > 50)
