# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run make targets one after the other, each even if one before it failed, and sum up.

The last line is "N passed, N failed"; the exit code is 1 if a target failed, and 130 after an interruption.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

# How long, in seconds, an interrupted target may take to end.
GRACE = 30


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
    with contextlib.suppress(OSError):
        Path(f"/proc/{session}/autogroup").write_text(str(nice), encoding="ascii")


@dataclass
class Lane:
    """Targets that run one after the other.

    :param nice: how much the lane stands back behind other processes, as in nice(1)
    :param process: the target that runs now
    """

    make: str
    nice: int = 0
    results: list[Result] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None
    ended: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, step: str, output: IO[bytes] | None = None) -> None:
        """Run one target; its output goes where ours goes, or into a file."""
        command = ["nice", "-n", str(self.nice), self.make, "--no-print-directory", step]
        with self.lock:
            if self.ended:
                return
            started = time.monotonic()
            errors = subprocess.STDOUT if output else None
            process = subprocess.Popen(command, stdout=output, stderr=errors, start_new_session=True)
            self.process = process
            stand_back(process.pid, self.nice)
        code = process.wait()
        if not self.ended:
            self.results.append(Result(step, code, time.monotonic() - started))

    def run_all(self, steps: list[str]) -> None:
        """Run targets whose output is shown, all at once, when each has ended: something else runs beside them."""
        for step in steps:
            with tempfile.TemporaryFile() as output:
                self.run(step, output)
                output.seek(0)
                print(f"\n=== {step}\n{output.read().decode(errors='replace')}=== end of {step}", flush=True)

    def end(self) -> None:
        """End the target that runs with all that it started, so that nothing of it meets the final target."""
        with self.lock:
            self.ended = True
        process = self.process
        if process is None or process.poll() is not None:
            return
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def summary(results: list[Result]) -> str:
    """All results, a line each, and the closing line."""
    failed = sum(result.code != 0 for result in results)
    return "\n".join(["", "=== summary", *map(str, results), f"{len(results) - failed} passed, {failed} failed"])


def run_steps(front: Lane, steps: list[str], behind: Lane, beside: list[str]) -> bool:
    """Run targets, and others beside them, until all have ended; say whether nobody interrupted it."""
    others = threading.Thread(target=behind.run_all, args=(beside,))
    try:
        others.start()
        for step in steps:
            print(f"\n=== {step}", flush=True)
            front.run(step)
        others.join()
    except KeyboardInterrupt:
        front.end()
        behind.end()
        others.join()
        return False
    return True


def main(arguments: list[str] | None = None) -> int:
    """Run the steps named on the command line, then the final one whatever happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", nargs="+")
    parser.add_argument("--beside", nargs="*", default=[], help="targets that use what the others leave idle")
    parser.add_argument("--finally", dest="final", help="a target to run at the end, also after an interruption")
    parser.add_argument("--make", default="make", help="the make program")
    options = parser.parse_args(arguments)

    front, behind, last = Lane(options.make), Lane(options.make, nice=19), Lane(options.make)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    done = run_steps(front, options.steps, behind, options.beside)
    if options.final:
        print(f"\n=== {options.final}", flush=True)
        last.run(options.final)
    results = [*front.results, *behind.results, *last.results]
    print(summary(results), flush=True)
    if not done:
        return 130
    return int(any(result.code for result in results))


if __name__ == "__main__":
    sys.exit(main())
