# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pools that speak TLS to their members, and pools of the provider C(ovn)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_actions import (
    CreateBalancer,
    UpdateChild,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_observe import Observed, References
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_plan import plan

from .load_balancer_values import WEB, declared, observed, pool

NEW = Observed(references=References(vip_subnet_id="s1", vip_network_id="n1"))
OF_TLS = ("tls_ciphers", "tls_versions", "alpn_protocols")
NOW: dict[str, Any] = {"tls_enabled": True, "tls_ciphers": "A", "tls_versions": ["TLSv1.3"], "alpn_protocols": ["h2"]}
OFF: dict[str, Any] = {"tls_enabled": False, "tls_versions": [], "alpn_protocols": []}
BARE: dict[str, Any] = {**OFF, "tls_enabled": True}


def made(options: dict[str, Any], old: Observed) -> dict[str, Any]:
    """What the request for a whole tree says about TLS."""
    (create,) = [each for each in plan(declared(**options), old).actions if isinstance(each, CreateBalancer)]
    return {key: value for key, value in create.body["pools"][0].items() if key in ("tls_enabled", *OF_TLS)}


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ({"tls_enabled": True}, dict.fromkeys(OF_TLS)),
        ({"tls_enabled": True, "tls_versions": ["TLSv1.2"]}, {**dict.fromkeys(OF_TLS), "tls_versions": ["TLSv1.2"]}),
        (NOW, NOW),
        ({"tls_enabled": False}, {}),
        ({}, {}),
    ],
)
def test_a_whole_tree_names_everything_about_tls(wanted: dict[str, Any], sent: dict[str, Any]) -> None:
    enabled = {"tls_enabled": wanted["tls_enabled"]} if wanted else {}

    assert made({"pools": [{**WEB, **wanted}]}, NEW) == {**enabled, **sent}


@pytest.mark.parametrize(
    ("there", "sent"),
    [(NOW, NOW), (BARE, {**dict.fromkeys(OF_TLS), "tls_enabled": True}), (OFF, {"tls_enabled": False})],
)
def test_a_rebuilt_pool_has_the_tls_that_it_had(there: dict[str, Any], sent: dict[str, Any]) -> None:
    assert made({}, observed(pool(**there), provisioning_status="ERROR")) == sent


@pytest.mark.parametrize(
    ("there", "wanted", "sent"),
    [
        (OFF, {"tls_enabled": True}, {"tls_enabled": True, "tls_ciphers": None, "tls_versions": None}),
        (OFF, NOW, NOW),
        (
            {**OFF, "tls_versions": ["TLSv1.3"]},
            {"tls_enabled": True},
            {"tls_enabled": True, "tls_ciphers": None},
        ),
        ({**NOW, "tls_enabled": False}, {"tls_enabled": True}, {"tls_enabled": True}),
        (BARE, {"tls_versions": ["TLSv1.2"]}, {"tls_versions": ["TLSv1.2"], "tls_ciphers": None}),
        (NOW, {"tls_versions": ["TLSv1.2"]}, {"tls_versions": ["TLSv1.2"]}),
        (BARE, {"description": "x"}, {"description": "x"}),
        (NOW, {"tls_enabled": False}, {"tls_enabled": False}),
        (NOW, {"tls_enabled": True}, None),
        (OFF, {}, None),
    ],
)
def test_versions_of_tls_do_not_come_without_ciphers(
    there: dict[str, Any], wanted: dict[str, Any], sent: dict[str, Any] | None
) -> None:
    actions = plan(declared(pools=[{**WEB, **wanted}]), observed(pool(**there))).actions

    assert [action.changes for action in actions if isinstance(action, UpdateChild)] == ([sent] if sent else [])


def test_versions_that_came_without_ciphers_are_mended() -> None:
    stuck = replace(pool(**{**BARE, "tls_versions": ["TLSv1.2"]}), provisioning_status="ERROR")

    (change,) = plan(declared(), observed(stuck)).actions

    assert isinstance(change, UpdateChild)
    assert change.changes == {"tls_ciphers": None}


AFFINITY = {"type": "SOURCE_IP", "persistence_timeout": 60}
BY_PORT: dict[str, Any] = {"lb_algorithm": "SOURCE_IP_PORT"}


def ovn(protocol: str = "UDP", *, provider: str = "ovn", status: str = "ACTIVE", **settings: Any) -> Observed:
    there = pool("dns", protocol=protocol, **{"admin_state_up": True, **BY_PORT, **settings})
    return observed(there, placement={"provider": provider}, provisioning_status=status)


def dns(protocol: str = "UDP", **options: Any) -> dict[str, Any]:
    return {"pools": [{"name": "dns", "protocol": protocol, **options}]}


@pytest.mark.parametrize(
    ("there", "wanted", "sent"),
    [
        ({}, {"session_persistence": AFFINITY}, {"session_persistence": AFFINITY, "admin_state_up": True}),
        (
            {"session_persistence": {**AFFINITY, "persistence_timeout": 9}, "admin_state_up": False},
            {"session_persistence": AFFINITY},
            {"session_persistence": AFFINITY, "admin_state_up": False},
        ),
        (
            {"admin_state_up": False},
            {"session_persistence": AFFINITY, "admin_state_up": True},
            {"session_persistence": AFFINITY, "admin_state_up": True},
        ),
        ({"session_persistence": AFFINITY}, {"session_persistence": AFFINITY, **BY_PORT}, None),
        ({"session_persistence": AFFINITY}, {"description": "x"}, {"description": "x"}),
        # Without a timeout there is nothing in OVN that would stay.
        (
            {"session_persistence": {"type": "SOURCE_IP"}},
            {"session_persistence": {}},
            {"session_persistence": None, "admin_state_up": True},
        ),
    ],
)
def test_session_persistence_changes_with_the_state_beside_it(
    there: dict[str, Any], wanted: dict[str, Any], sent: dict[str, Any] | None
) -> None:
    """Without it, ovn has the pool in ERROR afterwards."""
    actions = plan(declared(**dns(**wanted)), ovn(**there)).actions

    assert [action.changes for action in actions if isinstance(action, UpdateChild)] == ([sent] if sent else [])


def test_other_providers_get_no_more_than_what_changes() -> None:
    (change,) = plan(declared(**dns(session_persistence=AFFINITY)), ovn(provider="amphora")).actions

    assert isinstance(change, UpdateChild)
    assert change.changes == {"session_persistence": AFFINITY}


OTHERS = [
    pool("old", protocol="UDP", **BY_PORT),
    pool("bare", protocol="UDP", **BY_PORT),
    pool("sctp", protocol="SCTP", session_persistence=AFFINITY, **BY_PORT),
]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["dns", "new", "bare", "sctp"], ["dns", "new"]),
        (["dns", "new", "old", "bare", "sctp"], []),
        (["dns", "old", "bare"], []),
    ],
)
def test_session_persistence_that_goes_with_another_pool_comes_again(wanted: list[str], expected: list[str]) -> None:
    """Behind ovn, all pools of a protocol have it, and lose it with any of them."""
    there = pool("dns", protocol="UDP", session_persistence=AFFINITY, admin_state_up=False, **BY_PORT)
    new: dict[str, Any] = {"name": "new", "protocol": "UDP", "session_persistence": AFFINITY}
    pools: list[dict[str, Any]] = [
        new if name == "new" else {"name": name, "protocol": "UDP"} for name in wanted if name != "sctp"
    ]
    pools += [{"name": "sctp", "protocol": "SCTP"}] if "sctp" in wanted else []

    for provider in ("ovn", "amphora"):
        actions = plan(declared(pools=pools), observed(there, *OTHERS, placement={"provider": provider})).actions
        again = [action for action in actions if isinstance(action, UpdateChild)]
        assert [action.name for action in again] == (expected if provider == "ovn" else [])
        assert list(actions[len(actions) - len(again) :]) == again
        for action in again:
            up = action.name == "new"
            assert action.changes == {"session_persistence": AFFINITY, "admin_state_up": up}
            assert str(action).endswith(": admin_state_up, session_persistence (again, they go with another pool)")


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"lb_algorithm": "SOURCE_IP"}, r"has 'lb_algorithm' SOURCE_IP_PORT, not SOURCE_IP"),
        ({"session_persistence": {}}, r"has 'session_persistence', and provider 'ovn' cannot remove that"),
    ],
)
def test_what_ovn_would_ignore_is_refused(wanted: dict[str, Any], told: str) -> None:
    options = declared(**dns(**wanted))
    there: dict[str, Any] = {"session_persistence": AFFINITY}

    with pytest.raises(InvalidInputError, match=rf"^pool 'dns' \(id-dns\) {told}.* declare .* under another name"):
        plan(options, ovn(**there))

    assert plan(options, ovn(provider="amphora", **there)).actions
    assert plan(options, ovn(status="ERROR", **there)).actions
    # A pool of another name is made and has what is declared.
    renamed = {"pools": [{**dns(**wanted)["pools"][0], "name": "new"}]}
    assert plan(declared(**renamed), ovn(**there)).actions
