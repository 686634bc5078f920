# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The play in the README of the role preflight reads a service file as site.yml does with -e @FILE."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml
from ansible.parsing.dataloader import DataLoader

from ..templates import ROOT, value_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_expressions_in_a_service_file_are_calculated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (ROOT / "roles/preflight/README.md").read_text(encoding="utf-8")
    ((play,),) = map(yaml.safe_load, re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL))
    (tmp_path / "service.yml").write_text('model_service: {name: "{{ stage }}-chat"}\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    facts = {"stage": "test"}
    for name in play.get("vars_files", ()):
        facts |= DataLoader().load_from_file(str(tmp_path / name), trusted_as_template=True)

    assert value_of(play["roles"][0]["preflight_service"], facts) == {"name": "test-chat"}
