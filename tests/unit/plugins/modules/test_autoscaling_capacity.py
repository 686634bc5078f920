# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The size of a group by hand, and replicas that are replaced, through C(main)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .fake_heat import CHAT

if TYPE_CHECKING:
    from ..conftest import RunModule
    from .fake_heat import Heat


@pytest.fixture(autouse=True)
def group(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", CHAT)
    for number in range(heat.size):
        heat.resource(f"server_{number}", "OS::Nova::Server", parent=f"r{number}")
        heat.resources[-1]["physical_resource_id"] = f"s{number}"
    heat.writes.clear()


def test_sets_the_size_once(heat: Heat, run_module: RunModule) -> None:
    predicted = run_module("autoscaling_capacity", {"name": "chat", "desired_capacity": 3}, check=True)
    done = run_module("autoscaling_capacity", {"name": "chat", "desired_capacity": 3})
    again = run_module("autoscaling_capacity", {"name": "chat", "desired_capacity": 3})

    assert predicted["actions"] == done["actions"] == ["set size of autoscaling group 'chat' from 2 to 3"]
    assert predicted["diff"] == done["diff"]
    assert heat.writes == ["patch {'desired_1': 3}", "signal set"]
    assert (again["changed"], again["group"]["size"]) == (False, 3)


@pytest.mark.parametrize("reference", ["chat-1", "s1"])
def test_replaces_a_server_by_marking_its_replica(heat: Heat, run_module: RunModule, reference: str) -> None:
    answer = run_module("autoscaling_capacity", {"name": "chat", "replace": [reference]})

    assert answer["actions"] == [f"replace '{reference}' of autoscaling group 'chat'"]
    assert heat.writes == ["mark r1 True", "patch {}"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "other", "desired_capacity": 1}, "no autoscaling group 'other'"),
        ({"desired_capacity": 0}, "at least 1"),
        ({"replace": ["x"]}, "no server 'x' (it has: chat-0, chat-1)"),
    ],
)
def test_what_cannot_be_is_refused(heat: Heat, run_module: RunModule, change: dict[str, object], said: str) -> None:
    if change.get("name") == "other":
        heat.stack = None

    answer = run_module("autoscaling_capacity", {"name": "chat", **change})

    assert said in answer["msg"]
    assert heat.writes == []


def test_nothing_asked_is_nothing_done(heat: Heat, run_module: RunModule) -> None:
    assert run_module("autoscaling_capacity", {"name": "chat"})["changed"] is False
    assert heat.writes == []
