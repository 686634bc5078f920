# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups of other projects, of which Heat tells an administrator, and which it would let him change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .answers import ago, answer
from .fake_heat import CHAT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from unittest.mock import Mock

    from requests import Response

    from ..conftest import RunModule
    from .fake_heat import Heat


@pytest.fixture(params=[True, False], ids=["filters", "ignores the filter"])
def two_projects(conn: Mock, heat: Heat, request: pytest.FixtureRequest) -> Heat:
    """A Heat that lists to an administrator, with a group of the same name and tags in another project."""
    conn.service_catalog = [*conn.service_catalog, {"type": "orchestration", "name": "heat", "endpoints": []}]
    theirs = {
        "id": "st0",
        "project": "p2",
        "stack_name": "chat",
        "stack_status": "CREATE_COMPLETE",
        "creation_time": ago(),
        "tags": ["model_serving.service=chat"],
    }

    def get(path: str, params: Mapping[str, str] | None = None, **more: Any) -> Response:
        assert "st0" not in path
        found = heat.get(path, dict(params or {}), **more)
        if path != "/stacks":
            return found
        rows = [theirs, *({**row, "project": "p1"} for row in found.json()["stacks"])]
        wanted = (params or {}).get("tenant") if request.param else None
        return answer({"stacks": [row for row in rows if wanted in (None, row["project"])]})

    conn.orchestration.get.side_effect = get
    return heat


def test_a_group_is_made_beside_that_of_another_project(two_projects: Heat, run_module: RunModule) -> None:
    made = run_module("autoscaling_group", CHAT)
    again = run_module("autoscaling_group", CHAT)

    assert (made["changed"], again["changed"]) == (True, False)
    assert made["group"]["id"] == again["group"]["id"] == "st1"
    assert two_projects.writes == ["create"]


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("autoscaling_group", {"name": "chat", "state": "absent"}),
        ("autoscaling_capacity", {"name": "chat", "desired_capacity": 3}),
    ],
)
def test_that_of_another_project_is_left_alone(
    two_projects: Heat, run_module: RunModule, module: str, options: dict[str, Any]
) -> None:
    told = run_module(module, options)

    assert told.get("failed") or told["changed"] is False
    assert two_projects.writes == []


@pytest.mark.usefixtures("two_projects")
def test_that_of_another_project_is_not_listed(run_module: RunModule) -> None:
    assert run_module("autoscaling_group_info")["groups"] == []
    run_module("autoscaling_group", CHAT)
    assert [group["id"] for group in run_module("autoscaling_group_info")["groups"]] == ["st1"]
