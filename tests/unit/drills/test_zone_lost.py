# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which zone is lost, and what a run of a playbook says it changed."""

from __future__ import annotations

from pathlib import Path

import pytest
import zone_lost
from runs import Run
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
