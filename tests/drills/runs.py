# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of a playbook: to its end, or to that of the drill's patience, with all that it has started."""

from __future__ import annotations

import re
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from playing import kill
from traffic import DrillError

# An environment variable, by which a run's processes are known.
MARK = "DRILL_RUN"


@dataclass(frozen=True)
class Run:
    """A run of a playbook."""

    code: int
    begin: float
    end: float
    log: Path

    @property
    def changed(self) -> int | None:
        """How many tasks changed something, as Ansible sums up; None when it came to no sum."""
        found = re.findall(r"\bchanged=(\d+)", self.log.read_text(encoding="utf-8"))
        return int(found[-1]) if found else None


def run(words: Sequence[str], environment: Mapping[str, str], log: Path, limit: float) -> Run:
    """Run a playbook to its end; raise DrillError if it takes longer than `limit` seconds.

    Whatever stops the waiting ends the workers, too: they would write on while the drill tears down.
    """
    mark = str(uuid.uuid4())
    begin = time.time()
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(words, env={**environment, MARK: mark}, stdout=output, stderr=subprocess.STDOUT)
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired as error:
            raise DrillError(f"{' '.join(words[:2])} did not end within {limit:.0f} s, see {log}") from error
        finally:
            if process.returncode is None:
                kill(f"{MARK}={mark}")
                process.wait()
    return Run(code, begin, time.time(), log)
