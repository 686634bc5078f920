# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contestants of the benchmark: how each is started, and in which environment."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PEER = ROOT / ".cache" / "bench"
TOOLS = ROOT / ".venv"


@dataclass(frozen=True)
class Contestant:
    """Somebody who does the job.

    :param playbook: what is run; without one it is the limit's program
    :param environment: where Ansible and the SDK are taken from
    """

    name: str
    playbook: str | None
    environment: Path = TOOLS

    @property
    def project(self) -> str:
        return "bench-" + "".join(letter if letter.isalnum() else "-" for letter in self.name)

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
    Contestant("ours", "ours.yml"),
    Contestant("openstack.cloud", "peer.yml", PEER),
    Contestant("openstack.cloud async", "peer_async.yml", PEER),
    Contestant("limit", None),
)
