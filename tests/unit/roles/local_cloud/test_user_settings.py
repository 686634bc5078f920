# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local cloud is the same whatever settings and packages its user happens to have."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from local_cloud import __main__ as program
from local_cloud import files, layout, status

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLE = Path(__file__).resolve().parents[4] / "roles" / "local_cloud"
IMAGES = ROLE / "files" / "images"
# Tools that have another name than their package, or that no Debian is without.
PACKAGES = {"mke2fs": "e2fsprogs"}
ESSENTIAL = {"flock", "unshare"}


@pytest.fixture
def strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("strict_umask")
def test_other_accounts_enter_folders_and_read_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def show(cloud: layout.Cloud) -> tuple[str, bool]:
        files.configure(cloud.directory, {"state/clouds.yaml": "password"})
        return "", True

    files.configure(tmp_path, {"etc/cloud.json": "{}"})
    monkeypatch.setattr(status, "show", show)
    monkeypatch.setattr(sys, "argv", ["local-cloud", "--directory", str(tmp_path), "status"])

    assert program.main() == 0
    assert mode(tmp_path / "state") == 0o755
    assert mode(tmp_path / "state" / "clouds.yaml") == 0o600


@pytest.mark.usefixtures("strict_umask")
@pytest.mark.parametrize("name", ["http_proxy", "HTTPS_PROXY", "all_proxy"])
def test_nothing_goes_through_a_proxy(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def show(_cloud: layout.Cloud) -> tuple[str, bool]:
        seen.extend(os.environ)
        return "", True

    files.configure(tmp_path, {"etc/cloud.json": "{}"})
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setattr(status, "show", show)
    monkeypatch.setattr(sys, "argv", ["local-cloud", "--directory", str(tmp_path), "status"])

    assert program.main() == 0
    assert "PATH" in seen
    assert name not in seen


def test_images_are_readable_though_the_checkout_is_not(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay" / "guest"
    (overlay / "etc").mkdir(parents=True)
    (overlay / "etc" / "cloud.cfg").touch()
    (overlay / "etc" / "program").touch()
    for path, bits in {"etc/program": 0o700, "etc/cloud.cfg": 0o600, "etc": 0o700, ".": 0o700}.items():
        (overlay / path).chmod(bits)
    tree = tmp_path / "tree"
    (tree / "etc").mkdir(parents=True)

    script = '. "$1"; HERE="$2"; overlay "$3" guest'
    words: list[str | Path] = ["bash", "-euo", "pipefail", "-c", script, "build", IMAGES / "lib.sh", tmp_path, tree]
    subprocess.run(words, env={**os.environ, "PRIVATE_MOUNTS": "yes"}, check=True)

    modes = {path: mode(tree / path) for path in (".", "etc", "etc/cloud.cfg", "etc/program")}
    assert modes == {".": 0o755, "etc": 0o755, "etc/cloud.cfg": 0o644, "etc/program": 0o755}


def test_what_the_images_are_built_with_is_installed() -> None:
    installed = set(yaml.safe_load((ROLE / "vars" / "main.yml").read_text())["local_cloud_packages"])
    lines = [re.findall(r"^need (.+)$", path.read_text(), re.MULTILINE) for path in IMAGES.glob("build-*")]
    needed = {tool for (line,) in lines for tool in line.split()} - ESSENTIAL
    assert {PACKAGES.get(tool, tool) for tool in needed} <= installed
