# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Python that runs the modules of the playbooks, and as which user."""

from __future__ import annotations

from typing import Any

import pytest

from ..templates import ROOT, read, value_of

PYTHON = "vars/python.yml"


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "playbooks").glob("*.yml")))
def test_every_play_says_which(name: str) -> None:
    plays = [play for play in read(f"playbooks/{name}") if "hosts" in play]
    assert plays
    for play in plays:
        # Its expressions need the other one.
        assert {PYTHON, "vars/cloud.yml"} <= set(play["vars_files"])


@pytest.mark.parametrize(
    ("inventory", "used"),
    [
        ({}, "/venv/bin/python"),
        ({"ansible_python_interpreter": "/opt/bin/python"}, "/opt/bin/python"),
        ({"ansible_connection": "local"}, "/venv/bin/python"),
        # The path of a Python here says nothing of another machine that is called localhost.
        ({"ansible_connection": "ssh"}, "auto"),
        ({"ansible_connection": "ssh", "ansible_python_interpreter": "/opt/bin/python"}, "/opt/bin/python"),
    ],
)
def test_an_inventory_that_names_localhost_may_name_its_python(inventory: dict[str, Any], used: str) -> None:
    facts = {
        **read("playbooks/vars/cloud.yml"),
        **inventory,
        "inventory_hostname": "localhost",
        "ansible_playbook_python": "/venv/bin/python",
        "hostvars": {"localhost": inventory},
    }
    assert value_of(read(f"playbooks/{PYTHON}")["ansible_python_interpreter"], facts) == used


def test_modules_have_the_environment_of_whoever_starts_ansible() -> None:
    # Of a play, the keyword says nothing against the variable of an inventory.
    assert read(f"playbooks/{PYTHON}")["ansible_become"] is False
