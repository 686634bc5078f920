# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that are told to end do so with what they started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
# The process that a drill sends requests with, and a long way to its end.
UNDER_LOAD = """
import os, signal, sys, time
from pathlib import Path
from signals import end_in_order
from traffic import Traffic

class Generator(Traffic):
    def command(self):
        return ["sleep", "600"]

end_in_order()
traffic = Generator("http://x", Path("requests.csv"))
try:
    with traffic.running():
        for number in sys.argv[1:]:
            os.kill(os.getpid(), int(number))
        print("goes on")
finally:
    os.kill(os.getpid(), signal.SIGTERM)
    print(traffic.ended())
"""
# A program of which one part is told to end.
PROGRAM = """
import os, signal, sys
from pathlib import Path
from {module} import main
import {module}

def told(*_arguments):
    os.kill(os.getpid(), signal.SIGTERM)
    signal.pause()

{module}.FOLDER = Path.cwd()
{module}.{part} = told
sys.argv[1:] = {arguments}
sys.exit(main())
"""


def ended(folder: Path, program: str, *arguments: int, before: str = "") -> tuple[int, str]:
    """Exit code and output of a program that can import what is in the folders of the tests."""
    path = os.pathsep.join(str(TESTS / name) for name in ("shared", "integration", "drills", "bench"))
    command = ["sh", "-c", f'{before} exec "$@"', "sh", sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(
        [*command, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_was_started_ends_too_though_it_is_said_twice(tmp_path: Path, number: signal.Signals) -> None:
    assert ended(tmp_path, UNDER_LOAD, number) == (128 + number, "True\n")


def test_a_lost_terminal_is_nothing_to_who_said_so(tmp_path: Path) -> None:
    code, output = ended(tmp_path, UNDER_LOAD, signal.SIGHUP, before="trap '' HUP;")
    assert (code, output.splitlines()[0]) == (128 + signal.SIGTERM, "goes on")


@pytest.mark.parametrize(
    ("module", "part", "arguments"),
    [
        ("bench", "Bench", []),
        ("drill", "perform", ["canary"]),
        ("faults", "program", []),
        ("interrupted", "Cycle", []),
    ],
)
def test_programs_end_in_order(tmp_path: Path, module: str, part: str, arguments: list[str]) -> None:
    program = PROGRAM.format(module=module, part=part, arguments=arguments)
    assert ended(tmp_path, program) == (128 + signal.SIGTERM, "")
