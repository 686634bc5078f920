# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make requests to the cloud fail at random, and see what the modules and the playbooks make of it.

Everything happens in a project of its own on the local cloud, through mitmproxy. A round is a phase of a service's
life: it is made, changed or removed, and meets two faults. Either the run succeeds, or it fails with a clear message.
The next run, without faults, must bring about what is wanted, and the one after it change nothing; then every kind of
resource is counted, so that nothing was made twice.

Each round adds a record to tests/integration/results/faults.jsonl. The rounds of a call go on where those of earlier
calls with the same seed and subject ended. The exit code is the number of rounds of this call that did not go well: one
that met no fault shows nothing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fault_judge import draw, wrong
from fault_proxy import Proxy
from fault_report import add, records
from fault_site import Site
from fault_steps import NAME, PHASES, Modules, Outcome
from shapes import EMPTY, Project, Shape
from signals import end_in_order
from sources import ROOT

FOLDER = ROOT / "build" / "faults"
SUBJECTS: dict[str, Modules | Site] = {
    "fleet": Modules(groups=False),
    "groups": Modules(groups=True),
    "site": Site(FOLDER),
}

Record = dict[str, Any]


class Rounds:
    """The rounds about one subject: what it makes, and how many requests that takes."""

    def __init__(self, subject: Modules | Site, project: Project, direct: Path, proxy: Proxy) -> None:
        self.subject, self.project, self.direct, self.proxy = subject, project, direct, proxy
        self.wanted: dict[str, Shape] = {}
        self.counted: dict[str, dict[str, int]] = {}

    def well(self, phase: str) -> Outcome:
        """Do a phase without faults, past the proxy; exit if that fails."""
        outcome = self.subject.play(phase, self.direct)
        if outcome.where:
            raise SystemExit(f"without any fault, {phase} failed in {outcome.where}: {outcome.said}\n{outcome.output}")
        return outcome

    def learn(self) -> None:
        """Do all phases through the proxy, without faults; exit if requests go past it, or a change cannot be seen."""
        for other in SUBJECTS.values():
            if self.project.shape() != EMPTY:
                other.play("remove", self.direct)
        self.well("remove")
        asked: Counter[str] = Counter()
        before = Shape(EMPTY)
        for phase in PHASES:
            self.proxy.tell([])
            outcome = self.subject.play(phase, self.proxy.clouds_yaml)
            if outcome.where:
                raise SystemExit(f"without any fault, {phase} failed: {outcome.said}\n{outcome.output}")
            self.counted[phase] = self.proxy.seen()["counted"]
            asked += self.proxy.asked()
            if not all(self.counted[phase].values()):
                raise SystemExit(f"what {phase} asked for went past the proxy, which saw {self.counted[phase]}")
            self.wanted[phase] = shape = self.project.shape()
            if shape == before:
                raise SystemExit(f"{phase} changed nothing that is looked at: no round would show what it misses")
            before = shape
            print(f"undisturbed {phase}: {self.counted[phase]}, {sum(self.wanted[phase].values())} resources")
        # A service that is asked directly would never fail, and the rounds would not tell.
        if missed := [kind for kind in self.subject.services if not asked[kind]]:
            raise SystemExit(f"all requests to {', '.join(missed)} went past the proxy, which saw {dict(asked)}")
        self.wanted["remove"] = Shape(EMPTY)
        if wrong := self.project.differences(EMPTY):
            raise SystemExit("the undisturbed removal left something: " + "; ".join(wrong))

    def play(self, seed: int, number: int) -> Record:
        """Do a round and return its record."""
        phase = PHASES[number % len(PHASES)]
        self.proxy.tell(draw(seed, number, self.counted[phase]))
        started = time.monotonic()
        outcome = self.subject.play(phase, self.proxy.clouds_yaml)
        seconds = time.monotonic() - started
        fired = self.proxy.seen()["fired"]
        problems = wrong(outcome, fired)
        if problems:
            (FOLDER / f"{self.subject.name}-{number}.log").write_text(outcome.output, encoding="utf-8")
        repaired = self.subject.play(phase, self.direct)
        again = self.subject.play(phase, self.direct)
        for name, run in (("next run", repaired), ("run after it", again)):
            if run.where:
                problems.append(f"the {name} failed in {run.where}: {run.said}")
        if not outcome.where:
            problems += [f"it succeeded, but the next run changed something: {text}" for text in repaired.changed]
        problems += [f"the run after the next one changed something: {text}" for text in again.changed]
        problems += self.project.differences(self.wanted[phase])
        return {
            "seed": seed,
            "subject": self.subject.name,
            "round": number,
            "phase": phase,
            "faults": fired,
            "failed_in": outcome.where,
            "said": outcome.said,
            "seconds": round(seconds, 1),
            "next_run_changed": repaired.changed,
            "wrong": problems,
        }

    def prepare(self, number: int) -> None:
        """Bring about what the round of this number begins with."""
        for phase in ("remove", *PHASES[: number % len(PHASES)]):
            self.well(phase)


def program(*arguments: str) -> None:
    words = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("project.py")), *arguments]
    subprocess.run(words, check=True, env=os.environ)


def perform(rounds: Rounds, seed: int, numbers: range) -> list[Record]:
    """Do the rounds of these numbers; return their records."""
    done = []
    rounds.prepare(numbers.start)
    for number in numbers:
        record = rounds.play(seed, number)
        add("faults", record)
        met = ", ".join(f"{fault['kind']} at {fault['method']} {fault['path'][:60]}" for fault in record["faults"])
        how = f"failed in {record['failed_in']}" if record["failed_in"] else "succeeded"
        print(f"{number} {record['phase']}: {met or 'no fault'}: {how}", flush=True)
        for text in record["wrong"]:
            print(f"    WRONG: {text}", flush=True)
        done.append(record)
        if record["wrong"] and number + 1 < numbers.stop:
            rounds.prepare(number + 1)
    return done


def judged(done: Sequence[Record]) -> int:
    """Say how many rounds went well; return how many did not. One that met no fault did not: it shows nothing."""
    wrong = sum(bool(record["wrong"]) for record in done)
    idle = sum(not record["wrong"] and not record["faults"] for record in done)
    met = f", {idle} met no fault" if idle else ""
    print(f"{len(done) - wrong - idle} of {len(done)} rounds went well{met}")
    return wrong + idle


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9, help="how many to do")
    parser.add_argument("--subject", choices=SUBJECTS, default="fleet")
    options = parser.parse_args()
    same = {"seed": options.seed, "subject": options.subject}
    first = sum({key: record[key] for key in same} == same for record in records("faults"))
    numbers = range(first, first + options.rounds)
    FOLDER.mkdir(parents=True, exist_ok=True)
    end_in_order()
    direct = FOLDER / "clouds.yaml"
    program("make", NAME, str(direct))
    with Proxy(direct, FOLDER).running() as proxy:
        rounds = Rounds(SUBJECTS[options.subject], Project(direct, healthy=False), direct, proxy)
        rounds.learn()
        done = perform(rounds, options.seed, numbers)
        rounds.well("remove")
    program("remove", NAME)
    return judged(done)


if __name__ == "__main__":
    sys.exit(main())
