# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has been measured, round by round, and the machine it was measured on."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench_contestants import ALL, Contestant
from sources import stamp

ROUNDS = Path(__file__).with_name("rounds.jsonl")
PINGS = Path(__file__).with_name("pings.yml")


def saved_rounds() -> list[dict[str, Any]]:
    """Return what has been measured, of all numbers of servers."""
    lines = ROUNDS.read_text(encoding="utf-8").splitlines() if ROUNDS.exists() else []
    return [json.loads(line) for line in lines]


def add_round(record: Mapping[str, Any]) -> None:
    """Keep what a contestant did in one case."""
    with ROUNDS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def machine(contestant: Contestant) -> dict[str, Any]:
    """Return what the figures depend on."""
    lines = [line.partition(" ")[0] for line in contestant.pinned.read_text(encoding="utf-8").splitlines()]
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "python": platform.python_version(),
        "packages": [line for line in lines if line.startswith(("ansible==", "ansible-core==", "openstacksdk=="))],
        **stamp(),
    }


def seconds_of_pings(folder: Path) -> float:
    """Return how long a playbook takes that does nothing: how fast the machine is.

    :param folder: for what Ansible leaves
    """
    contestant = ALL[0]
    surroundings = contestant.surroundings(folder / "clouds.yaml", folder)
    began = time.monotonic()
    subprocess.run(
        [contestant.environment / "bin" / "ansible-playbook", PINGS],
        check=True,
        env=surroundings,
        stdout=subprocess.DEVNULL,
    )
    return round(time.monotonic() - began, 2)
