# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Makefile makes of its user's settings, in a folder in which nothing has been made yet."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Beside the targets of the Makefile, some that show what those get.
MAKEFILE = f"""
include {ROOT}/Makefile
show: ; @env
show-local: ; @$(on_local_cloud) env
show-cloud: ; @$(subst python -W ignore,env,$(on_cloud))
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "Makefile").write_text(MAKEFILE)
    (tmp_path / "requirements").symlink_to(ROOT / "requirements")
    return tmp_path


def make(checkout: Path, *arguments: str, **settings: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(checkout), **settings}
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True, text=True).stdout


def shown(checkout: Path, target: str, **settings: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in make(checkout, target, **settings).splitlines() if "=" in line)


@pytest.mark.parametrize(
    "setting",
    [
        "OS_CLOUD",
        "OS_REGION_NAME",
        "PIP_REQUIRE_HASHES",
        "PIP_TARGET",
        "PIP_USER",
        "UV_PYTHON",
        "UV_REQUIRE_HASHES",
        "UV_SYSTEM_PYTHON",
    ],
)
def test_what_would_lead_elsewhere_is_not_handed_on(setting: str, checkout: Path) -> None:
    assert setting not in shown(checkout, "show", **{setting: "1"})


@pytest.mark.parametrize("locale", ["C", "xx_XX.UTF-8"])
def test_ansible_gets_a_locale_in_which_it_starts(locale: str, checkout: Path) -> None:
    assert shown(checkout, "show", LC_ALL=locale)["LC_ALL"] == "C.UTF-8"


@pytest.mark.parametrize("target", ["show-local", "show-cloud"])
@pytest.mark.parametrize("proxy", ["all_proxy", "http_proxy", "https_proxy", "ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"])
def test_proxies_are_for_downloads_only(target: str, proxy: str, checkout: Path) -> None:
    settings = {proxy: "http://127.0.0.1:9", "OS_PROJECT_NAME": "chat"}

    assert shown(checkout, "show", **settings)[proxy] == "http://127.0.0.1:9"
    there = shown(checkout, target, **settings)
    assert there[proxy] == ""
    assert there["OS_CLIENT_CONFIG_FILE"] == "/var/lib/local_cloud/clouds.yaml"
    assert "OS_PROJECT_NAME" not in there


@pytest.mark.parametrize("target", ["faults", "bench"])
def test_what_needs_a_newer_python_says_so_before_the_cloud_is_started(target: str, checkout: Path) -> None:
    would_run = make(checkout, "--dry-run", target)
    assert 0 < would_run.index("sys.version_info < (3, 12)") < would_run.index("ansible-playbook")


def test_an_older_python_is_told_what_to_do(checkout: Path) -> None:
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexec python3 -c \"import sys; sys.version_info = (3, 11, 2); exec('''$2''')\"\n")
    python.chmod(0o755)
    (checkout / ".venv" / ".ready").touch()

    with pytest.raises(subprocess.CalledProcessError) as refused:
        make(checkout, f"{checkout}/.cache/faults/.ready")

    assert "a Python older than 3.12, which this target needs: install one" in refused.value.stderr
