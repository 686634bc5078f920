# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every file of the project keeps to, beyond what the linters check."""

from __future__ import annotations

import ast
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MAX_FILE_LINES = 250
MAX_FUNCTION_LINES = 40
HEADER = (
    "# Copyright (c) model_serving.openstack contributors",
    "# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)",
    "# SPDX-License-Identifier: GPL-3.0-or-later",
)
PARTS_OF_A_ROLE = ("README.md", "defaults/main.yml", "meta/argument_specs.yml")
# In pieces, so that this file does not hold what it forbids.
FORBIDDEN = {
    "a package registry's host": re.compile(
        "|".join(
            re.escape(".".join(labels))
            for labels in (
                ("pypi", "org"),
                ("pythonhosted", "org"),
                ("npmjs", "org"),
                ("npmjs", "com"),
                ("deb", "debian", "org"),
                ("archive", "ubuntu", "com"),
            )
        )
    ),
    "a path of somebody's machine": re.compile(r"(?<![\w.}])/(?:ho" + r"me|ro" + r"ot|wo" + r"rk|Us" + r"ers)/\w"),
}


def sources() -> list[Path]:
    """All files that are, or are about to be, under version control."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


if not (ROOT / ".git").exists():
    pytest.skip("these tests look at a checkout", allow_module_level=True)

SOURCES = sources()
PROGRAMS = [
    path
    for path in SOURCES
    if path.suffix in {".py", ".sh"} or (path.stat().st_size and path.read_bytes().startswith(b"#!"))
]
PYTHON = [path for path in PROGRAMS if path.suffix == ".py" or b"python" in path.read_bytes().split(b"\n", 1)[0]]
ROLES = sorted(path for path in (ROOT / "roles").glob("*") if path.is_dir())


def name(path: Path) -> str:
    """The path as a reader of the test's output knows it."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PROGRAMS, ids=name)
def test_program_names_license(path: Path) -> None:
    text = path.read_text()
    head = [line for line in text.splitlines()[:5] if not line.startswith("#!")]
    assert not text or tuple(head[:3]) == HEADER


@pytest.mark.parametrize("path", PROGRAMS, ids=name)
def test_program_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_FILE_LINES


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_functions_are_short(path: Path) -> None:
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    too_long = {
        node.name: node.end_lineno - node.lineno + 1
        for node in functions
        if node.end_lineno and node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    }
    assert not too_long


@pytest.mark.parametrize("role", ROLES, ids=name)
def test_role_is_complete(role: Path) -> None:
    missing = [part for part in PARTS_OF_A_ROLE if not (role / part).is_file()]
    # The scenario "default" owns the local cloud, so it is the one of that role.
    scenario = "default" if role.name == "local_cloud" else role.name
    if not (ROOT / "extensions" / "molecule" / scenario / "molecule.yml").is_file():
        missing.append(f"extensions/molecule/{scenario}/molecule.yml")
    assert not missing


def test_one_oldest_ansible_is_named_everywhere() -> None:
    oldest = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["requires_ansible"]
    named = {
        yaml.safe_load((role / "meta/main.yml").read_text())["galaxy_info"]["min_ansible_version"] for role in ROLES
    }
    assert [f">={version}.0" for version in named] == [oldest]


LEFT_OUT = yaml.safe_load((ROOT / "galaxy.yml").read_text())["build_ignore"]
CREDENTIALS = (
    *("clouds.yaml", "clouds.yml", "clouds.json", "secure.yaml", "secure.json", "clouds-public.yaml"),
    *("playbooks/clouds.yaml", "playbooks/secure.yml", "openrc.sh", "admin-openrc", ".env", "playbooks/.envrc"),
)


@pytest.mark.parametrize("beside", [*CREDENTIALS, ".idea/", ".vscode/", "plugins/modules/.replica.py.swp"])
def test_credentials_and_editors_files_beside_the_sources_are_not_packed(beside: str) -> None:
    # openstacksdk looks for them in the current folder first; Galaxy packs whatever is there and not left out.
    assert any(fnmatch(beside.rstrip("/"), pattern) for pattern in LEFT_OUT)
    assert subprocess.run(["git", "check-ignore", "--quiet", beside], cwd=ROOT, check=False).returncode == 0


def test_sources_are_packed() -> None:
    left_out = [name(path) for path in SOURCES if any(fnmatch(name(path), pattern) for pattern in LEFT_OUT)]
    assert left_out == []


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_source_names(what: str) -> None:
    found = {}
    for path in SOURCES:
        match = FORBIDDEN[what].search(path.read_bytes().decode(errors="replace"))
        if match:
            found[name(path)] = match.group()
    assert not found


def test_what_servers_run_is_known_by_hashes() -> None:
    text = (ROOT / "roles/local_cloud/files/images/guest-requirements.txt").read_text(encoding="utf-8")
    entries = [line for line in text.replace("\\\n", "").splitlines() if line and not line.startswith("#")]
    assert len(entries) > 2
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_sanity_tests_have_no_exceptions() -> None:
    assert not [name(path) for path in SOURCES if re.fullmatch(r"ignore.*\.txt", path.name)]


@pytest.mark.parametrize(
    "path",
    [
        "meta/ee-requirements.txt",
        "plugins/doc_fragments/connection.py",
        "plugins/module_utils/_connection.py",
        "requirements/tools.in",
        "tests/unit/requirements.txt",
    ],
)
def test_one_oldest_sdk_is_named_everywhere(path: str) -> None:
    assert set(re.findall(r"openstacksdk ?>= ?([\d.]*\d)", (ROOT / path).read_text(encoding="utf-8"))) == {"4.22"}
