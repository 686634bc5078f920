# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run make targets one after the other, each even if one before it failed, and sum up.

Others can run beside them, one after the other, too, on what the former leave idle.
The last line is "N passed, N failed"; the exit code is 1 if a target failed, and 130 after an interruption.
"""

from __future__ import annotations

import argparse
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# How long, in seconds, an interrupted target may take to end.
GRACE = 30
# How often, in seconds, a lane looks whether it has been interrupted.
LOOK = 0.2
# How often a session is told to stand back: others may do the same at that moment.
TRIES = 10
# Signals within this many seconds are one interruption: who ends a group of processes ends make, too, which says it on.
ONE_INTERRUPTION = 3.0
# The kernel ends what is started so when the thread that started it ends. That waits for its end, unless it is killed.
WITH_US = ("setpriv", "--pdeathsig", "TERM")


@dataclass(frozen=True)
class Result:
    """How a target ended: its name, the exit code of make, and how long it took in seconds."""

    step: str
    code: int
    seconds: float

    def __str__(self) -> str:
        """One line of the summary."""
        minutes, seconds = divmod(round(self.seconds), 60)
        return f"  {self.step:<12} {'passed' if self.code == 0 else 'FAILED'}  {minutes:3d} min {seconds:2d} s"


def stand_back(session: int, nice: int) -> None:
    """Let the processes of a session stand back behind those of others.

    Where Linux groups processes by their session, nice(1) tells only between those of one: sched(7), "autogroup".
    """
    file = Path(f"/proc/{session}/autogroup")
    for _attempt in range(TRIES):
        try:
            file.write_text(str(nice), encoding="ascii")
        except BlockingIOError:  # From whoever is not root, the kernel takes one of these in 0.1 s.
            time.sleep(LOOK)
        except OSError:
            return
        else:
            return


def wait(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """Return the exit code of a process, C(None) if it has not ended within some seconds."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def end(process: subprocess.Popen[bytes]) -> None:
    """End a target with all that it started, so that nothing of it meets the final target."""
    stand_back(process.pid, 0)  # On a busy machine it would not get to ending within the time that it has.
    os.killpg(process.pid, signal.SIGTERM)
    if wait(process, GRACE) is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@dataclass
class Lane:
    """Targets that run one after the other.

    :param nice: how much the lane stands back behind other processes, as in nice(1)
    :param stop: ends the target that runs, and begins no other one
    """

    make: str
    nice: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    results: list[Result] = field(default_factory=list)

    def run(self, step: str, output: IO[bytes] | int | None = None) -> None:
        """Run one target; its output goes where ours goes, or into a file."""
        command = [*WITH_US, "nice", "-n", str(self.nice), self.make, "--no-print-directory", step]
        errors = None if output is None else subprocess.STDOUT
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=errors, start_new_session=True)
        stand_back(process.pid, self.nice)
        while (code := wait(process, LOOK)) is None:
            if self.stop.is_set():
                end(process)
                return
        self.results.append(Result(step, code, time.monotonic() - started))

    def _going_on(self, steps: list[str]) -> Iterator[str]:
        return itertools.takewhile(lambda _step: not self.stop.is_set(), steps)

    def run_shown(self, steps: list[str]) -> None:
        """Run targets, each under its name."""
        for step in self._going_on(steps):
            print(f"\n=== {step}", flush=True)
            self.run(step)

    def run_last(self, step: str) -> None:
        """Run a target that must run, as run_shown does, or silently where nothing can be shown any more."""
        output = None
        try:
            print(f"\n=== {step}", flush=True)
        except OSError:  # Who read has gone, or the disk is full.
            output = subprocess.DEVNULL
        self.run(step, output)

    def run_apart(self, steps: list[str]) -> None:
        """Run targets whose output is shown, all at once, when each has ended: something else runs beside them."""
        for step in self._going_on(steps):
            with tempfile.TemporaryFile() as output:
                self.run(step, output)
                output.seek(0)
                print(f"\n=== {step}\n{output.read().decode(errors='replace')}=== end of {step}", flush=True)


class Interruptions:
    """What the first interruption stops, and what a later one does. They only say so.

    An exception could come between the start of a target and the moment when it is known.
    """

    def __init__(self) -> None:
        self.stop, self.stop_final = threading.Event(), threading.Event()
        self._first = 0.0

    def await_signals(self) -> None:
        """Take the signals that end a program; the one of a lost terminal only if nohup(1) does not want it ignored."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self)

    def __call__(self, number: int, frame: object) -> None:
        """Handle a signal."""
        del number, frame
        if not self.stop.is_set():
            self._first = time.monotonic()
            self.stop.set()
        elif time.monotonic() - self._first > ONE_INTERRUPTION:
            self.stop_final.set()


def summary(results: list[Result]) -> str:
    """All results, a line each, and the closing line."""
    failed = sum(result.code != 0 for result in results)
    return "\n".join(["", "=== summary", *map(str, results), f"{len(results) - failed} passed, {failed} failed"])


def main(arguments: list[str] | None = None) -> int:
    """Run the steps named on the command line, then the final one whatever happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", nargs="+")
    parser.add_argument("--beside", nargs="*", default=[], help="targets that use what the others leave idle")
    parser.add_argument("--finally", dest="final", help="a target to run at the end, also after an interruption")
    parser.add_argument("--make", default="make", help="the make program")
    options = parser.parse_args(arguments)

    interrupted = Interruptions()
    interrupted.await_signals()
    front, behind = Lane(options.make, stop=interrupted.stop), Lane(options.make, nice=19, stop=interrupted.stop)
    last = Lane(options.make, stop=interrupted.stop_final)
    try:
        with ThreadPoolExecutor(max_workers=1) as pool:
            others = pool.submit(behind.run_apart, options.beside)
            try:
                front.run_shown(options.steps)
            except BaseException:  # Who read has gone, or the disk is full: nobody would see how the others end.
                interrupted.stop.set()
                raise
    finally:
        if options.final and not interrupted.stop_final.is_set():
            last.run_last(options.final)

    others.result()  # Raises what went wrong there: what did not run must not count as passed.
    results = [*front.results, *behind.results, *last.results]
    print(summary(results), flush=True)
    if interrupted.stop.is_set():
        return 130
    return int(any(result.code for result in results))


if __name__ == "__main__":
    sys.exit(main())
