# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a record says of a run of site.yml after a fault."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from runs import Run
from scene import Scene


@pytest.mark.parametrize(("code", "kind"), [(0, "recovery"), (2, "note")])
def test_it_is_marked_however_it_ends(stage: Scene, monkeypatch: pytest.MonkeyPatch, code: int, kind: str) -> None:
    done = Run(code, 0.0, 1.0, stage.folder / "playbook-1.log")
    monkeypatch.setattr(stage, "playbook", create_autospec(stage.playbook, return_value=done))
    assert stage.repair({"name": "a"}, "a host is lost; site.yml begins") == done
    assert [(event.kind, event.text) for event in stage.events] == [
        ("change", "a host is lost; site.yml begins"),
        (kind, f"site.yml ended with {code}"),
    ]
