# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is hit, and what is known of it to tell later whether it was."""

from __future__ import annotations

from types import SimpleNamespace

import guests
import pytest
import strikes
from scene import Scene


def test_the_process_is_that_of_before(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = {"private": [{"addr": "10.0.0.1"}]}
    victim = SimpleNamespace(id="server", instance_name="instance-1", addresses=addresses)
    stage.operator.compute.servers.return_value = iter([victim])
    monkeypatch.setattr(stage, "conn", lambda: SimpleNamespace(current_project_id="project"))
    running = {"instance-1": 77}
    monkeypatch.setattr(guests, "main_process", lambda name, _unit: running[name])
    hit = strikes.one_replica(stage, strikes.Strike("{} is hit", lambda _scene, _server: running.clear()))
    assert (hit.server, hit.address, hit.process) == ("server", "10.0.0.1", 77)
    assert stage.events[0].text == "10.0.0.1 is hit"
