# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules of the playbooks read C(clouds.yaml) where whoever starts Ansible sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ..templates import read, value_of, with_lookups
from .test_names import PLAYBOOKS

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = "OS_CLIENT_CONFIG_FILE"
SECURE = "OS_CLIENT_SECURE_FILE"
FILE = "vars/cloud.yml"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which Ansible is started, without a word in the environment."""
    monkeypatch.chdir(tmp_path)
    with_lookups(monkeypatch)
    for name in (CONFIG, SECURE):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def environment(**facts: Any) -> dict[str, str]:
    found: dict[str, str] = value_of("{{ site_environment }}", {**read(f"playbooks/{FILE}"), **facts})
    return found


@pytest.mark.parametrize("name", sorted(PLAYBOOKS))
def test_every_play_says_where(name: str) -> None:
    for play in (play for play in read(f"playbooks/{name}.yml") if "hosts" in play):
        assert FILE in play["vars_files"]
        assert play["environment"] == "{{ site_environment }}"
        # On another machine, a path of this one means nothing.
        assert (play["hosts"], play["connection"]) == ("localhost", "local")


@pytest.mark.parametrize(
    ("there", "variables", "taken"),
    [
        ([], {}, {}),
        (["clouds.yaml"], {}, {CONFIG: "clouds.yaml"}),
        (["clouds.json", "clouds.yml", "secure.yaml"], {}, {CONFIG: "clouds.yml", SECURE: "secure.yaml"}),
        (["clouds.yaml", "mine.yaml"], {CONFIG: "mine.yaml"}, {CONFIG: "mine.yaml"}),
        (["clouds.yaml", "mine.yaml"], {SECURE: "mine.yaml"}, {CONFIG: "clouds.yaml", SECURE: "mine.yaml"}),
        # As openstacksdk does it.
        (["clouds.yaml"], {CONFIG: "missing.yaml"}, {CONFIG: "clouds.yaml"}),
        ([], {CONFIG: "missing.yaml"}, {}),
        (["clouds.yaml"], {CONFIG: ""}, {CONFIG: "clouds.yaml"}),
    ],
)
def test_files_are_seen_from_where_ansible_was_started(
    here: Path, monkeypatch: pytest.MonkeyPatch, there: list[str], variables: dict[str, str], taken: dict[str, str]
) -> None:
    for name in there:
        (here / name).touch()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert environment() == {name: str(here / file) for name, file in taken.items()}


def test_a_path_that_holds_everywhere_stays(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "elsewhere").mkdir()
    (here / "elsewhere/mine.yaml").touch()
    monkeypatch.setenv(CONFIG, str(here / "elsewhere/mine.yaml"))

    assert environment() == {CONFIG: str(here / "elsewhere/mine.yaml")}


@pytest.mark.parametrize(("connection", "told"), [("local", True), ("ansible.builtin.local", True), ("ssh", False)])
def test_another_machine_that_is_called_localhost_has_its_own_files(here: Path, connection: str, told: bool) -> None:
    (here / "clouds.yaml").touch()

    assert bool(environment(ansible_connection=connection)) is told
