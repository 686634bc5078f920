# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the drill reads from the log of the playbook for users."""

from __future__ import annotations

from pathlib import Path

import pytest
import users
from runs import Run

AS_JSON = """
TASK [Show the figures] ****
ok: [localhost] => {
    "msg": {
        "capacity_back_by": "site.yml",
        "capacity_back_s": 41.5,
        "errors": [],
        "failed": 0,
        "out_of_rotation_s": null,
        "requests": 830
    }
}

TASK [Capacity is back] ****
ok: [localhost]
"""
AS_YAML = """
TASK [Show the figures] ****
ok: [localhost] =>
    msg:
        capacity_back_by: site.yml
        capacity_back_s: 41.5
        errors: []
        failed: 0
        out_of_rotation_s: null
        requests: 830

TASK [Capacity is back] ****
ok: [localhost]
"""


@pytest.mark.parametrize("text", [AS_JSON, AS_YAML])
def test_figures_of(tmp_path: Path, text: str) -> None:
    log = tmp_path / "log"
    log.write_text('"before": 3\n' + text)
    assert users.figures_of(Run(0, 0.0, 1.0, log)) == {"capacity_back_s": 41.5, "failed": 0.0, "requests": 830.0}


def test_a_run_that_failed_has_no_figures(tmp_path: Path) -> None:
    (tmp_path / "log").write_text('fatal: [localhost]: FAILED! => {"status": 503, "x": 1}\n')
    assert users.figures_of(Run(2, 0.0, 1.0, tmp_path / "log")) == {}
