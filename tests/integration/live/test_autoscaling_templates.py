# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The templates that the unit tests keep are templates for a real Heat, on every level."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from openstack.connection import Connection

GOLDEN = sorted((Path(__file__).parents[2] / "unit/plugins/module_utils/golden").glob("autoscaling_*.json"))


def contents(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    found = json.loads(path.read_text(encoding="utf-8"))
    return found["template"], {name: "\n".join(lines) for name, lines in found["files"].items()}


def validate(cloud: Connection, template: Any, files: dict[str, str]) -> str:
    response = cloud.orchestration.post("/validate", json={"template": template, "files": files})
    return "" if response.status_code == 200 else response.text


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_heat_takes_the_templates(cloud: Connection, path: Path) -> None:
    template, files = contents(path)

    assert validate(cloud, template, files) == ""
    for name, text in files.items():
        if name.endswith(".yaml"):
            assert validate(cloud, json.loads(text), files) == ""


def test_heat_refuses_templates_that_are_wrong(cloud: Connection) -> None:
    template, files = contents(GOLDEN[0])
    template["resources"]["zone_1"]["type"] = "OS::No::Such"

    assert "OS::No::Such" in validate(cloud, template, files)
