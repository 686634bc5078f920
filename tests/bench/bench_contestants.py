# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contestants of the benchmark: how each is started, and in which environment."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from sources import ROOT, digest

HERE = Path(__file__).resolve().parent
PEER = ROOT / ".cache" / "bench"
TOOLS = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements"


@dataclass(frozen=True)
class Contestant:
    """Somebody who does the job.

    :param playbook: what is run; without one it is the limit's program
    :param environment: where Ansible and the SDK are taken from
    :param sources: folders of this checkout whose code it runs beside that
    """

    name: str
    playbook: str | None
    environment: Path = TOOLS
    sources: tuple[Path, ...] = ()

    @property
    def project(self) -> str:
        return "bench-" + "".join(letter if letter.isalnum() else "-" for letter in self.name)

    @property
    def pinned(self) -> Path:
        """The versions of everything that it runs with."""
        return REQUIREMENTS / ("tools.lock" if self.environment == TOOLS else "bench.lock")

    def code(self) -> str:
        """Return a digest of what it consists of: rounds of other code are about somebody else."""
        return digest([HERE / (self.playbook or "bench_limit.py"), self.pinned, *self.sources])

    def words(self, case: str, variables: Path) -> list[str]:
        """Return the command for a case."""
        if self.playbook is None:
            return [sys.executable, str(HERE / "bench_limit.py"), case, str(variables)]
        return [
            str(self.environment / "bin" / "ansible-playbook"),
            str(HERE / self.playbook),
            f"--extra-vars=@{variables}",
        ]

    def surroundings(self, clouds_yaml: Path, folder: Path) -> dict[str, str]:
        """Return the environment variables; whatever else steers Ansible is the same for all."""
        others = {name: text for name, text in os.environ.items() if not name.startswith(("OS_", "ANSIBLE_", "PYTHON"))}
        collections = {"ANSIBLE_COLLECTIONS_PATH": str(TOOLS / "collections")} if self.environment == TOOLS else {}
        return {
            **others,
            **collections,
            "PATH": f"{self.environment / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_ASYNC_DIR": str(folder / "async"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "OS_CLIENT_CONFIG_FILE": str(clouds_yaml),
            "OS_CLOUD": "local",
        }


ALL = (
    Contestant("ours", "ours.yml", sources=(ROOT / "plugins",)),
    Contestant("openstack.cloud", "peer.yml", PEER),
    Contestant("openstack.cloud async", "peer_async.yml", PEER),
    Contestant("limit", None),
)
