# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A scene without a cloud."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import MagicMock

import openstack
import pytest
import scene
from scene import Scene


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Return a scene whose files are in the test's folder, and whose operator answers nothing of meaning."""
    monkeypatch.setattr(openstack, "connect", lambda **_words: MagicMock())
    monkeypatch.setattr(scene, "ROOT", tmp_path)
    return Scene("test")
