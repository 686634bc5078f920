# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command or a playbook, to its end or to its sudden one."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# An environment variable, by which a run's processes are known.
MARK = "INTERRUPTED_RUN"
# Seconds after which a playbook hangs; the longest of them takes some minutes.
LONGEST = 1800.0


class HungError(Exception):
    """A command did not end in time, so it was killed with all that it had started.

    :ivar said: what it had printed by then
    """

    def __init__(self, within: float, said: str) -> None:
        super().__init__(f"it did not end within {within:.0f} s and was killed")
        self.said = said


@dataclass(frozen=True)
class Stopped:
    """How a run went that was to be killed.

    :ivar at: the task it was at when it was killed
    :ivar exit_code: what it ended with if it had ended before, else None
    :ivar said: the end of what it said
    """

    at: str
    exit_code: int | None
    said: str

    @property
    def killed(self) -> bool:
        return self.exit_code is None


@dataclass(frozen=True)
class Playbooks:
    """The collection's playbooks with the same variables, in one environment; what a killed run said is in C(log)."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path

    def run(self, name: str, *more: str) -> tuple[str, float]:
        """Run a playbook to its end; return what it says and its seconds.

        :raises subprocess.CalledProcessError: when it fails
        :raises HungError: when it does not end
        """
        started = time.monotonic()
        done = run(self._words(name, *more), self.environment, LONGEST)
        if done.returncode:
            print(done.stdout[-4000:], done.stderr[-2000:], sep="\n", file=sys.stderr)
            done.check_returncode()
        return done.stdout, time.monotonic() - started

    def run_and_kill(self, name: str, seconds: float, *more: str) -> Stopped:
        """Start a playbook and kill it with all it has started, unless it has ended by then."""
        mark, marked = marking(self.environment)
        with self.log.open("w+", encoding="utf-8") as log:
            process = subprocess.Popen(self._words(name, *more), env=marked, stdout=log, stderr=subprocess.STDOUT)
            exit_code = None
            try:
                exit_code = process.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
            finally:
                kill(mark)
                process.wait()
            log.seek(0)
            said = log.read()
        tasks = re.findall(r"^TASK \[(.*?)\] \**$", said, re.MULTILINE)
        at = "" if exit_code is not None else tasks[-1] if tasks else "start"
        return Stopped(at, exit_code, said[-1500:])

    def _words(self, name: str, *more: str) -> list[str]:
        return ["ansible-playbook", f"model_serving.openstack.{name}", "--diff", *self.arguments, *more]


def changes(output: str) -> list[str]:
    """The changed tasks of a run, each with its diff."""
    tasks = re.split(r"^TASK ", output, flags=re.MULTILINE)
    return [task.strip() for task in tasks if re.search(r"^changed: ", task, re.MULTILINE)]


def run(words: Sequence[str], environment: Mapping[str, str], within: float) -> subprocess.CompletedProcess[str]:
    """Run a command; when it does not end within these seconds, kill it with all that it has started.

    :raises HungError: when it had to be killed
    """
    mark, marked = marking(environment)
    pipe = subprocess.PIPE
    with subprocess.Popen(words, env=marked, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            said, complained = process.communicate(timeout=within)
        except subprocess.TimeoutExpired:
            kill(mark)
            said, complained = process.communicate()
            raise HungError(within, said + complained) from None
        except BaseException:  # Ctrl-C: nobody would wait for the family any more
            kill(mark)
            raise
    return subprocess.CompletedProcess(words, process.returncode, said, complained)


def marking(environment: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return a new mark, and the environment with it."""
    value = str(uuid.uuid4())
    return f"{MARK}={value}", {**environment, MARK: value}


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
