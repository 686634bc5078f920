# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run make targets one after the other, each even if one before it failed, and sum up.

The last line is "N passed, N failed"; the exit code is 1 if a target failed, and 130 after an interruption.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

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


def run(step: str, *, make: str) -> Result:
    """Run one target; its output goes where ours goes."""
    print(f"\n=== {step}", flush=True)
    started = time.monotonic()
    process = subprocess.Popen([make, "--no-print-directory", step], start_new_session=True)
    try:
        code = process.wait()
    except KeyboardInterrupt:
        end(process)
        raise
    return Result(step, code, time.monotonic() - started)


def end(process: subprocess.Popen[bytes]) -> None:
    """End an interrupted target with all that it started, so that nothing of it meets the final target."""
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


def main(arguments: list[str] | None = None) -> int:
    """Run the steps named on the command line, then the final one whatever happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", nargs="+")
    parser.add_argument("--finally", dest="final", help="a target to run at the end, also after an interruption")
    parser.add_argument("--make", default="make", help="the make program")
    options = parser.parse_args(arguments)

    results: list[Result] = []
    interrupted = False
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for step in options.steps:
            results.append(run(step, make=options.make))
    except KeyboardInterrupt:
        interrupted = True
    if options.final:
        results.append(run(options.final, make=options.make))
    print(summary(results), flush=True)
    if interrupted:
        return 130
    return int(any(result.code for result in results))


if __name__ == "__main__":
    sys.exit(main())
