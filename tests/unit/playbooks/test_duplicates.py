# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible loads has no key twice, not even one that lies over a merged one: each is a warning in every run."""

from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader

from ..templates import ROOT

FILES = sorted(
    str(path.relative_to(ROOT)) for pattern in ("playbooks/**/*.yml", "roles/*/*/*.yml") for path in ROOT.glob(pattern)
)


@pytest.mark.parametrize("name", FILES)
def test_no_key_is_there_twice(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_DUPLICATE_YAML_DICT_KEY", "error")

    DataLoader().load_from_file(str(ROOT / name))
