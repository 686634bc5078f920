# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the parts of the cloud are, and what it consists of."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NETWORK_NODE = "network1"
NETWORK_NODE_INDEX = 9
EXTERNAL = "lc-external"
OCTAVIA = "lc-octavia"
# Where ip(8) keeps the network namespaces that have a name.
NAMESPACES = Path("/run/netns")


class CloudError(Exception):
    """A step failed; the message says which, and what the system answered."""


@dataclass(frozen=True)
class Node:
    """A host of the cloud: a network, a mount and a UTS namespace."""

    name: str
    index: int
    zone: str = ""

    @property
    def namespace(self) -> str:
        """Name of the network namespace."""
        return f"lc-{self.name}"

    @property
    def mac(self) -> str:
        """Hardware address in the underlay, always the same."""
        return f"02:00:c0:00:02:{10 + self.index:02x}"


@dataclass(frozen=True)
class Program:
    """One supervised process."""

    name: str
    stage: str
    command: str
    ready: str = ""
    node: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    def uses(self, service: str) -> bool:
        """Whether the program reads that service's configuration."""
        return f"/etc/{service}/" in self.command or self.name == f"{service}-api"


@dataclass(frozen=True)
class Cloud:
    """The whole cloud, as the role described it in etc/cloud.json."""

    directory: Path
    settings: dict[str, Any]

    @classmethod
    def load(cls, directory: Path) -> Cloud:
        """Read the description; raises CloudError when there is none."""
        try:
            settings = json.loads((directory / "etc" / "cloud.json").read_text(encoding="utf-8"))
        except OSError as error:
            raise CloudError(f"no cloud is installed in {directory}: {error}") from error
        return cls(directory, settings)

    @property
    def bin(self) -> Path:
        return self.directory / "venv" / "bin"

    @property
    def etc(self) -> Path:
        return self.directory / "etc"

    @property
    def run(self) -> Path:
        return self.directory / "run"

    @property
    def state(self) -> Path:
        return self.directory / "state"

    @property
    def log(self) -> Path:
        return self.directory / "log"

    @property
    def hypervisors(self) -> list[Node]:
        return [Node(item["name"], item["index"], item["zone"]) for item in self.settings["hypervisors"]]

    @property
    def fakes(self) -> list[Node]:
        """The hosts whose servers only seem to run: they have no namespaces and no switch."""
        return [Node(item["name"], item["index"], item["zone"]) for item in self.settings["fake_hypervisors"]]

    @property
    def nodes(self) -> list[Node]:
        """The network node, which carries the floating IPs, and the hypervisors."""
        return [Node(NETWORK_NODE, NETWORK_NODE_INDEX), *self.hypervisors]

    @property
    def programs(self) -> list[Program]:
        return [Program(**item) for item in self.settings["programs"]]

    def secret(self, name: str) -> str:
        """A password that the role generated."""
        return (self.directory / "secrets" / name).read_text(encoding="utf-8").strip()


def run(*command: str | Path, check: bool = True, stdin: str = "", env: dict[str, str] | None = None) -> str:
    """Run a command and return its output; raises CloudError with what it said when it fails and `check` is set."""
    words = [str(word) for word in command]
    result = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False, env=env)
    if check and result.returncode:
        said = (result.stderr or result.stdout).strip()[-2000:]
        raise CloudError(f"`{' '.join(words)}` ended with {result.returncode}: {said}")
    return result.stdout


def in_namespace(namespace: str, *command: str) -> Sequence[str]:
    """The command as it is run inside a network namespace."""
    return ("nsenter", f"--net={NAMESPACES / namespace}", *command)
