# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.plugin_utils._quotas import Existing
from ansible_collections.model_serving.openstack.plugins.plugin_utils._surge import surge, surge_warnings


def fleet(*, elastic: bool = False, replicas: int = 4, **rollout: Any) -> dict[str, Any]:
    return {"name": "chat", "elastic": elastic, "replicas": replicas, "rollout": rollout}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, 1),
        ({"elastic": True}, 1),
        ({"elastic": True, "max_surge": 3}, 3),
        ({"max_surge": 2, "pause": None}, 2),
        ({"max_unavailable": 1}, 0),
        ({"max_healthy_percentage": 150}, 2),
        ({"update_policy": "recreate"}, 0),
        ({"update_policy": "none"}, 0),
        ({"update_policy": "in_place", "max_surge": 2}, 0),
    ],
)
def test_how_many_more_an_update_makes(given: dict[str, Any], expected: int) -> None:
    assert surge(fleet(**given)) == expected


@pytest.mark.parametrize(
    ("free", "there", "warned"),
    [
        (4, 0, True),  # all are used by the deployment
        (5, 0, False),
        (0, 4, True),
        (1, 4, False),
        (3, 0, False),  # a problem, told elsewhere
        (None, 0, False),
    ],
)
def test_a_quota_without_room_for_an_update(free: int | None, there: int, *, warned: bool) -> None:
    capacity = {"quotas": {"instances": {"free": free}}}
    existing = Existing(fleets=[{"name": "chat", "replicas": [{}] * there}])
    found = list(surge_warnings([fleet()], capacity, existing))

    assert bool(found) == warned
    assert all("while 'chat' is updated it needs 1 more" in text for text in found)


GROUP = {"fleet": "chat"}


@pytest.mark.parametrize(
    ("given", "free", "there", "warned"),
    [
        ({}, 1, 0, True),  # the only one is used by the deployment
        ({}, 2, 0, False),
        ({}, 0, 1, True),
        ({}, 0, 2, False),  # the last update left one
        ({"replicas": 6}, 3, 0, True),
        ({"replicas": 6}, 4, 0, False),
        ({"max_unavailable": 1}, 1, 0, False),
        ({}, 0, 0, False),  # a problem, told elsewhere
    ],
)
def test_a_quota_without_room_for_server_groups_of_an_update(
    given: dict[str, Any], free: int, there: int, *, warned: bool
) -> None:
    capacity = {"quotas": {"server_groups": {"free": free}, "server_group_members": {"limit": 5}}}
    found = list(surge_warnings([fleet(**given)], capacity, Existing(server_groups=[GROUP] * there)))

    assert bool(found) == warned
    assert all("more of the quota of server_groups" in text for text in found)
