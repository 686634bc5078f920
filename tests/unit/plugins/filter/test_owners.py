# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.plugin_utils._owners import credential_warnings, owner_warnings

from .preflight_values import CAPACITY, SERVICE, warnings_of


@pytest.mark.parametrize(
    ("elastic", "owner", "user", "told"),
    [
        (True, "alice", "bob", True),
        (True, "bob", "bob", False),
        (True, None, "bob", False),
        (True, "alice", None, False),
        (False, "alice", "bob", False),
    ],
)
def test_whose_group_it_is_is_told(elastic: bool, owner: str | None, user: str | None, told: bool) -> None:
    groups: list[dict[str, Any]] = [{"name": "chat", "owner": owner}, {"name": "other", "owner": "alice"}]

    warned = list(owner_warnings([{"name": "chat", "elastic": elastic}], groups, user))

    assert bool(warned) is told
    assert all(text.startswith("autoscaling group 'chat' was made by the user 'alice'") for text in warned)


def test_who_has_the_name_may_be_another_user() -> None:
    groups: list[dict[str, Any]] = [{"name": "chat", "owner": "bob", "other_user": "u-first"}]

    (warned,) = owner_warnings([{"name": "chat", "elastic": True}], groups, "bob")

    assert warned.startswith("autoscaling group 'chat' was made by the user 'bob' with the id u-first")


@pytest.mark.parametrize(
    ("elastic", "exists", "by_credential", "told"),
    [(True, True, True, True), (True, True, False, False), (True, False, True, False), (False, True, True, False)],
)
def test_what_an_application_credential_cannot_do_is_told(
    elastic: bool, exists: bool, by_credential: bool, told: bool
) -> None:
    fleets = [{"name": "chat", "elastic": elastic, "group_exists": exists}]

    warned = list(credential_warnings(fleets, by_credential=by_credential))

    assert bool(warned) is told
    assert all("'chat' meets an application credential" in text for text in warned)


def test_preflight_tells_it() -> None:
    capacity = {**CAPACITY, "application_credential": True}
    service = {**SERVICE, "autoscaling": {"enabled": True}}
    there = {"name": "chat", "replicas": [], "server_groups": []}

    warned = warnings_of(service, capacity, {"actions": []}, groups=[there])

    assert "meets an application credential" in warned[0]
