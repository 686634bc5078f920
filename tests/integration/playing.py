# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a playbook, to its end or to its sudden one."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# An environment variable, by which a run's processes are known.
MARK = "INTERRUPTED_RUN"


@dataclass(frozen=True)
class Playbooks:
    """The collection's playbooks with the same variables, in one environment; what a killed run said is in C(log)."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path

    def run(self, name: str, *more: str) -> tuple[str, float]:
        """Run a playbook to its end; return what it says and its seconds, or raise CalledProcessError."""
        started = time.monotonic()
        done = subprocess.run(
            self._words(name, *more), env=self.environment, check=False, capture_output=True, text=True
        )
        if done.returncode:
            print(done.stdout[-4000:], done.stderr[-2000:], sep="\n", file=sys.stderr)
            done.check_returncode()
        return done.stdout, time.monotonic() - started

    def run_and_kill(self, name: str, seconds: float, *more: str) -> str:
        """Start a playbook, kill it with all it has started; return the task it was at, "" if it had ended by then."""
        mark = f"{MARK}={uuid.uuid4()}"
        marked = {**self.environment, **dict([mark.split("=")])}
        with self.log.open("w+", encoding="utf-8") as log:
            process = subprocess.Popen(self._words(name, *more), env=marked, stdout=log, stderr=subprocess.STDOUT)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                kill(mark)
                process.wait()
                log.seek(0)
                tasks = re.findall(r"^TASK \[(.*?)\] \**$", log.read(), re.MULTILINE)
                return tasks[-1] if tasks else "start"
        return ""

    def _words(self, name: str, *more: str) -> list[str]:
        return ["ansible-playbook", f"model_serving.openstack.{name}", "--diff", *self.arguments, *more]


def changes(output: str) -> list[str]:
    """The changed tasks of a run, each with its diff."""
    tasks = re.split(r"^TASK ", output, flags=re.MULTILINE)
    return [task.strip() for task in tasks if re.search(r"^changed: ", task, re.MULTILINE)]


def kill(mark: str) -> None:
    """Kill all processes that have the mark in their environment: Ansible's workers are in sessions of their own."""
    while family := [path.parent for path in Path("/proc").glob("[0-9]*/environ") if has(path, mark)]:
        for process in family:
            try:
                os.kill(int(process.name), signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)


def has(environ: Path, mark: str) -> bool:
    try:
        return mark.encode() in environ.read_bytes().split(b"\0")
    except OSError:  # it has ended
        return False
