# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the collection, install the tarball into an empty path, and read there what a user of it would.

The installed copy stays in build/installed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

COLLECTION = "model_serving.openstack"
ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
INSTALLED = BUILD / "installed"
MADE_BY_GALAXY = {"FILES.json", "MANIFEST.json"}


def run(*command: str) -> str:
    """Run a command that sees no collection but the installed one, and return what it prints.

    Raises CalledProcessError if the command fails.
    """
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(INSTALLED), "ANSIBLE_HOME": str(BUILD / "home")}
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def build() -> Path:
    """Build the tarball in an empty folder and return its path."""
    shutil.rmtree(BUILD / "package", ignore_errors=True)
    run("ansible-galaxy", "collection", "build", "--output-path", str(BUILD / "package"))
    (tarball,) = (BUILD / "package").glob("*.tar.gz")
    return tarball


def foreign_files(tarball: Path) -> set[str]:
    """Files of the tarball that git does not know: new sources, or what build_ignore in galaxy.yml has to name.

    Outside a checkout nobody knows which they are, and there are none.
    """
    if not (ROOT / ".git").exists():
        return set()
    listed = run("git", "ls-files", "-z", "--cached")
    with tarfile.open(tarball) as archive:
        packed = {member.name for member in archive if not member.isdir()}
    return packed - set(listed.split("\0")) - MADE_BY_GALAXY


def documented(kind: str) -> set[str]:
    """Short names of the plugins or roles of the installed copy for which ansible-doc shows documentation."""
    listed = json.loads(run("ansible-doc", "--type", kind, "--list", "--json", COLLECTION))
    for name in listed:
        run("ansible-doc", "--type", kind, "--json", name)
    return {name.rpartition(".")[2] for name in listed}


def main() -> int:
    """Return the number of kinds of faults found; print each."""
    tarball = build()
    shutil.rmtree(INSTALLED, ignore_errors=True)
    run("ansible-galaxy", "collection", "install", "--offline", "-p", str(INSTALLED), str(tarball))
    modules = {path.stem for path in ROOT.glob("plugins/modules/[!_]*.py")}
    roles = {path.parent.parent.name for path in ROOT.glob("roles/*/meta/argument_specs.yml")}
    faults = {
        "files in the tarball that git does not track": foreign_files(tarball),
        "modules without documentation": modules ^ documented("module"),
        "roles without documentation": roles ^ documented("role"),
    }
    for fault, names in faults.items():
        if names:
            print(f"{fault}: {', '.join(sorted(names))}", file=sys.stderr)
    print(f"{tarball.name}: {len(modules)} modules and {len(roles)} roles installed and documented")
    return sum(map(bool, faults.values()))


if __name__ == "__main__":
    sys.exit(main())
