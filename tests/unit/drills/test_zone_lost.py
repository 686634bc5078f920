# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which zone is lost, and what a run of a playbook says it changed."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import create_autospec

import pytest
import zone_lost
from figures import Request, Rotation
from runs import Run
from scene import Scene
from traffic import DrillError

ZONES = {"az2": ["c3", "c4"], "az1": ["c1", "c2"]}


@pytest.mark.parametrize(("amphorae", "zone"), [(("c1",), "az2"), (("c4",), "az1"), ((), "az1")])
def test_zone_without_amphora(amphorae: tuple[str, ...], zone: str) -> None:
    assert zone_lost.choose(ZONES, amphorae) == zone


def test_no_zone_is_left() -> None:
    with pytest.raises(DrillError, match="every zone"):
        zone_lost.choose(ZONES, ["c1", "c3"])


@pytest.mark.parametrize(
    ("log", "changed"),
    [
        ("TASK [x]\nlocalhost : ok=12   changed=3    unreachable=0", 3),
        ("localhost : ok=12   changed=0    unreachable=0\n", 0),
        ("ERROR! no such file", None),
    ],
)
def test_changed(tmp_path: Path, log: str, changed: int | None) -> None:
    (tmp_path / "log").write_text(log)
    assert Run(0, 0.0, 1.0, tmp_path / "log").changed == changed


@pytest.mark.parametrize(
    ("meanwhile", "stayed"),
    [
        ({"s1", "s2"}, True),
        ({"s1", "s2", "l1"}, True),
        ({"s1", "l1"}, False),
        ({"s1", "new"}, False),
    ],
)
def test_it_matters_which_replicas_stay(tmp_path: Path, meanwhile: set[str], stayed: bool) -> None:
    before = {"s1": "c1", "s2": "c2", "l1": "c3", "l2": "c4"}
    scene = create_autospec(Scene, instance=True)
    scene.requests, scene.clients = [Request(float(second), 0.1) for second in range(60)], 1
    seen = {0.0: set(before), 11.0: meanwhile, 20.0: {"s1", "s2"}, 40.0: {"s1", "s2", "n1", "n2"}}
    scene.rotations = [Rotation(at, frozenset(members)) for at, members in seen.items()]
    runs = (Run(0, 30.0, 39.0, tmp_path / "log"), Run(0, 50.0, 55.0, tmp_path / "log"))
    (tmp_path / "log").write_text("localhost : ok=12   changed=0    unreachable=0")
    hosts = {"zone": "az2", "before": before, "meanwhile": before}
    outcome = zone_lost.judge(scene, frozenset({"l1", "l2"}), 10.0, runs, hosts)
    assert outcome.conditions["the other zone's replicas stayed in rotation"] is stayed
