# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    CreateChild,
    SetMembers,
    UpdateChild,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import References
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_plan import plan
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_shape import merged
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import service_mark

from .load_balancer_values import HTTP, ONE, RULE, declared, listener, member, observed, policy, pool

DRAINED = "model_serving.drained=2"


@pytest.mark.parametrize(
    ("provider", "there", "wanted", "stays_noted"),
    [
        ("amphora", {"weight": 0}, {"admin_state_up": True}, True),
        ("amphora", {"weight": 0}, {"weight": 3, "admin_state_up": True}, False),
        ("ovn", {"admin_state_up": False}, {"tags": ["a"]}, True),
        ("ovn", {"admin_state_up": False}, {"admin_state_up": True}, False),
    ],
)
def test_the_note_of_a_member_goes_when_it_is_in_rotation_again(
    provider: str, there: dict[str, Any], wanted: dict[str, Any], stays_noted: bool
) -> None:
    """Without its note, nobody would bring one back that still rests."""
    known = member(ours=False)
    resting = replace(known, settings={**known.settings, "name": "r1", "tags": [DRAINED], **there})
    web = replace(pool(members=(resting,), protocol="TCP"), monitor=None)
    old = observed(web, placement={"provider": provider})

    actions = plan(
        declared(pools=[{"name": "web", "protocol": "TCP", "members": [{**ONE, **wanted}]}], provider=provider), old
    ).actions

    sent = [body["tags"] for each in actions if isinstance(each, SetMembers) for body in each.members]
    assert (DRAINED in (sent[0] if sent else [DRAINED])) is stays_noted


@pytest.mark.parametrize(
    ("there", "wanted", "expected"),
    [
        (["b1", "c"], ["b1"], ["b1", "c"]),
        (["b1", "c"], ["b1", "new"], ["b1", "c", "new"]),
        (["b1", "c"], ["new", "b1"], ["c", "new", "b1"]),
        (["b1", "c", "b2"], ["b2", "b1"], ["c", "b2", "b1"]),
        (["b1", "c", "b2"], ["b2"], ["c", "b2"]),
        (["c", "b1"], ["b1", "new"], ["c", "b1", "new"]),
    ],
)
def test_policies_of_a_guest_are_in_its_order_and_before_nobody_else(
    there: list[str], wanted: list[str], expected: list[str]
) -> None:
    old = observed(
        listener(policies=tuple(policy(name, tags=[service_mark(name[0])]) for name in there), ours=False), pool()
    ).balancer
    l7policies = [{"name": name, "action": "REJECT", "rules": [RULE]} for name in wanted]

    tree, problems = merged(
        declared(service="b", listeners=[{**HTTP, "l7policies": l7policies}]), old, References(subnets={})
    )

    assert not problems
    assert tree.listeners
    assert [each.name for each in tree.listeners[0].policies or ()] == expected


FORWARDED = {"X-Forwarded-For": "true", "X-Forwarded-Proto": "true"}
TLS = {"protocol": "TERMINATED_HTTPS", "default_tls_container_ref": "https://keys/1"}


@pytest.mark.parametrize(
    ("before", "wanted", "kept"),
    [
        ({"insert_headers": FORWARDED}, TLS, FORWARDED),
        ({**TLS, "insert_headers": {**FORWARDED, "X-SSL-Client-CN": "true"}}, {}, FORWARDED),
        ({**TLS, "insert_headers": {"X-SSL-Client-CN": "true"}}, {}, None),
        ({"insert_headers": FORWARDED}, {**TLS, "insert_headers": {}}, None),
        ({"insert_headers": FORWARDED}, {"protocol": "TCP"}, None),
    ],
)
def test_a_listener_of_another_protocol_keeps_what_both_can_have(
    before: dict[str, Any], wanted: dict[str, Any], kept: dict[str, Any] | None
) -> None:
    old = observed(listener(connection_limit=7, **before), pool())

    _delete, create = plan(declared(listeners=[{**HTTP, **wanted}]), old).actions

    assert isinstance(create, CreateChild)
    assert (create.body["connection_limit"], create.body["default_pool_id"]) == (7, "id-web")
    assert create.body.get("insert_headers") == kept
    assert create.body.get("default_tls_container_ref") == wanted.get("default_tls_container_ref")


@pytest.mark.parametrize(
    ("there", "wanted", "changes"),
    [
        ({"redirect_http_code": 301}, {}, {"redirect_url": "https://new", "redirect_http_code": 301}),
        (
            {"redirect_http_code": 301},
            {"redirect_http_code": 308},
            {"redirect_url": "https://new", "redirect_http_code": 308},
        ),
        ({}, {}, {"redirect_url": "https://new"}),
        ({"redirect_http_code": 301}, {"redirect_url": "https://old", "description": "a"}, {"description": "a"}),
        (
            {"redirect_http_code": 301},
            {"action": "REDIRECT_PREFIX", "redirect_url": None, "redirect_prefix": "https://new"},
            {
                "action": "REDIRECT_PREFIX",
                "redirect_url": None,
                "redirect_prefix": "https://new",
                "redirect_http_code": 301,
            },
        ),
    ],
)
def test_a_redirect_to_somewhere_else_keeps_its_code(
    there: dict[str, Any], wanted: dict[str, Any], changes: dict[str, Any]
) -> None:
    """Octavia sets 302 when a request has a new target and no code."""
    was = policy("away", action="REDIRECT_TO_URL", redirect_url="https://old", **there)
    l7 = {"name": "away", "action": "REDIRECT_TO_URL", "redirect_url": "https://new", "rules": [RULE], **wanted}

    (change,) = plan(
        declared(listeners=[{**HTTP, "l7policies": [l7]}]), observed(listener(policies=(was,)), pool())
    ).actions

    assert isinstance(change, UpdateChild)
    assert change.changes == changes
