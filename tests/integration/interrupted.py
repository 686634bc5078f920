# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill runs at random moments. The next run must make exactly what is wanted, and the run after it change nothing.

Everything happens in a project of its own on the local cloud, one for each keeper, provider and change, so that several
series can run at the same time. Rounds are a first deployment, a change and a teardown, in turns. The change is an
update that replaces all replicas; or a model moves to a fleet of its own, and, in a round of its own, back. In each
round the playbook is killed with SIGKILL and run again; then every kind of resource is counted, and what Octavia's own
project has in addition but for the balancers that there are, and the phase's version of the model is all that may
answer. First an undisturbed cycle shows what is wanted and how long each phase takes; what it measured is kept in
build/interrupted until the machine starts anew. A run that ends before its moment is no killed one: another one gets an
earlier moment, a few times.

Each round adds a record to tests/integration/results/interrupted.jsonl. The rounds of a call go on where those of
earlier calls with the same seed, provider, keeper and change ended, so a hundred can be done bit by bit. The moments
depend on the seed, the round's number and the machine's speed only. The exit code is the number of rounds of this call
that went wrong.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openstack
import yaml
from examples import EXAMPLES
from fault_report import add, killed, records
from interrupted_service import CHANGES, KEEPERS, PROVIDERS, answers, service, version
from octavia_project import of_octavia, remaining
from playing import HungError, Playbooks, Stopped, changes
from project import OPERATOR
from shapes import EMPTY, PATIENCE, Project, Shape
from signals import end_in_order
from sources import ROOT, digest

FOLDER = ROOT / "build" / "interrupted"
COUNTING = ("tests/integration/cloud.py", "tests/integration/shapes.py")
# What decides what a deployment makes, and what of it is counted.
SOURCES = [ROOT / name for name in ("playbooks", "plugins", "roles", *COUNTING)]
# Nothing is written before the first module has been started.
EARLIEST = 2.0
# Runs of a round that may end before they are killed; the last of them counts as it is.
TRIES = 4
BOOT = Path("/proc/sys/kernel/random/boot_id")

Record = dict[str, Any]


class Cycle:
    """The phases of one service, with the counts before and after each."""

    def __init__(self, provider: str, keeper: str, change: str) -> None:
        self.provider, self.keeper, self.change = provider, keeper, change
        self.name = f"interrupted-{keeper}-{provider}{'' if change == 'update' else f'-{change}'}"
        clouds_yaml = FOLDER / f"{self.name}.yaml"
        program = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("project.py"))]
        subprocess.run([*program, "make", self.name, str(clouds_yaml)], check=True)
        self.project = Project(clouds_yaml)
        self.operator: Any = openstack.connect(cloud=OPERATOR)
        self.before = of_octavia(self.operator)
        self.service = FOLDER / f"{self.name}-service.yml"
        self.playbooks = Playbooks(
            (f"--extra-vars=@{self.service}", f"--extra-vars=@{EXAMPLES / 'local_cloud.yml'}"),
            {
                **os.environ,
                "OS_CLIENT_CONFIG_FILE": str(clouds_yaml),
                "OS_CLOUD": "local",
                # Otherwise Ansible names a task only when it has ended, and a killed one has not.
                "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "true",
            },
            FOLDER / f"{self.name}.log",
        )
        self.seconds: dict[str, float] = {}
        self.wanted: dict[str, Shape] = {}

    @property
    def phases(self) -> Mapping[str, str]:
        """The playbook of each phase."""
        return CHANGES[self.change]

    def prepare(self, phase: str) -> None:
        """Write the service file of a phase."""
        wanted = service(self.name, self.change, phase, provider=self.provider, keeper=self.keeper)
        self.service.write_text(yaml.safe_dump({"model_service": wanted}), encoding="utf-8")

    def play(self, phase: str) -> float:
        """Do a phase undisturbed; return its seconds."""
        self.prepare(phase)
        _output, seconds = self.playbooks.run(self.phases[phase])
        return seconds

    def learn(self) -> None:
        """Learn from an undisturbed cycle, or from what an earlier call has learned of it."""
        self.play("teardown")
        known = FOLDER / f"{self.name}.json"
        boot = BOOT.read_text(encoding="utf-8").strip()
        kept = json.loads(known.read_text(encoding="utf-8")) if known.exists() else {}
        # Another boot can be another machine, where it takes half an hour; other code can make other things.
        same = {"boot": boot, "code": digest(SOURCES)}
        if kept.items() >= same.items():
            self.seconds, self.wanted = kept["seconds"], {name: Shape(kept["wanted"][name]) for name in self.phases}
        else:
            for phase in self.phases:
                self.seconds[phase] = self.play(phase)
                self.wanted[phase] = self.project.shape()
            known.write_text(json.dumps({**same, "seconds": self.seconds, "wanted": self.wanted}), encoding="utf-8")
        self.wanted["teardown"] = Shape(EMPTY)
        if wrong := self.differences("teardown"):
            raise SystemExit("the undisturbed teardown left something: " + "; ".join(wrong))
        for phase in self.phases:
            print(f"undisturbed {phase}: {self.seconds[phase]:.0f} s, {sum(self.wanted[phase].values())} resources")

    def differences(self, phase: str) -> list[str]:
        """Return what is too much or missing in the project after a phase, which answers, and too much in Octavia's."""
        wrong = self.project.differences(self.wanted[phase])
        if self.phases[phase] == "site":
            # Replicas of another version are as many, and have the same names.
            wanted, said = version(self.change, phase), answers(self.project.conn)
            if said.keys() != {wanted}:
                wrong.append(f"version {wanted} of the model has to answer, and it answered as {dict(said)}")
        left = remaining(functools.partial(of_octavia, self.operator), self.before, PATIENCE)
        # No later run takes it away, and it is only this round's.
        self.before.update(left)
        return wrong + left

    def begin(self, phase: str) -> None:
        """Bring about what a phase begins with, whatever there is."""
        self.play("teardown")
        for before in list(self.phases)[: list(self.phases).index(phase)]:
            self.play(before)

    def strike(self, phase: str, chance: random.Random) -> tuple[float, Stopped]:
        """Kill a phase at a random moment, or at an earlier one if it had ended by then; return when, and how."""
        share = chance.random()
        for left in reversed(range(TRIES)):
            moment = EARLIEST + share * max(self.seconds[phase] - EARLIEST, 0)
            self.prepare(phase)
            stopped = self.playbooks.run_and_kill(self.phases[phase], moment)
            if stopped.exit_code != 0 or not left:
                break
            share *= chance.random()
            self.begin(phase)
        return moment, stopped

    def disturb(self, phase: str, chance: random.Random) -> Record:
        """Kill a phase at a random moment, repeat it, and return what was seen."""
        moment, stopped = self.strike(phase, chance)
        record: Record = {
            "killed_after_s": round(moment, 2),
            "undisturbed_s": round(self.seconds[phase], 1),
            "at": stopped.at,
            "exit_code": stopped.exit_code,
            "left": dict(sorted(self.project.shape().items())),
        }
        wrong = [f"it failed by itself: {stopped.said}"] if stopped.exit_code else []
        try:
            _output, seconds = self.playbooks.run(self.phases[phase])
            wrong += self.differences(phase)
            again, _seconds = self.playbooks.run(self.phases[phase])
        except subprocess.CalledProcessError as error:
            said = str(error.output)[-1500:]
            return {**record, "wrong": [*wrong, f"{error.cmd[1]} failed with exit code {error.returncode}: {said}"]}
        except HungError as error:
            return {**record, "wrong": [*wrong, f"{error}: {error.said[-1500:]}"]}
        wrong += [f"the run after the next one changed something: {text}" for text in changes(again)]
        return {**record, "next_run_s": round(seconds, 1), "wrong": wrong}


def earlier(series: Mapping[str, Any]) -> int:
    """Return how many rounds of a series have been done."""
    # Older records say nothing of what was changed.
    return sum({"change": "update", **record}.items() >= series.items() for record in records("interrupted"))


def rounds(cycle: Cycle, series: Mapping[str, Any], numbers: range) -> int:
    """Do the rounds of these numbers; return how many went wrong."""
    failed = 0
    names = list(cycle.phases)
    cycle.begin(names[numbers.start % len(names)])
    for number in numbers:
        phase = names[number % len(names)]
        record: Record = {**series, "round": number, "phase": phase}
        record |= cycle.disturb(phase, random.Random(f"{series['seed']} {number}"))  # noqa: S311  # no secret
        add("interrupted", record)
        wrong = record["wrong"]
        failed += bool(wrong)
        where = f"killed at: {record['at']}" if killed(record) else "ended before it was killed"
        how = "WRONG: " + "; ".join(wrong) if wrong else "well"
        print(f"{number}: {phase}, {record['killed_after_s']} s, {where}: {how}", flush=True)
        if wrong and number + 1 < numbers.stop:
            cycle.begin(names[(number + 1) % len(names)])
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=6, help="how many to do")
    parser.add_argument("--provider", choices=PROVIDERS, default="amphora", help="of the load balancer")
    parser.add_argument("--keeper", choices=KEEPERS, default="group", help="of the replicas")
    parser.add_argument("--change", choices=CHANGES, default="update", help="another version, or a model that moves")
    options = parser.parse_args()
    if options.change == "move" and "protocol" in PROVIDERS[options.provider]:
        parser.error(f"provider {options.provider} has no routes, and a model moves by them")
    FOLDER.mkdir(parents=True, exist_ok=True)
    end_in_order()
    series = {"seed": options.seed, "provider": options.provider, "keeper": options.keeper, "change": options.change}
    done = earlier(series)
    numbers = range(done, done + options.rounds)
    cycle = Cycle(options.provider, options.keeper, options.change)
    cycle.learn()
    failed = rounds(cycle, series, numbers)
    cycle.play("teardown")
    print(f"{len(numbers) - failed} of {len(numbers)} rounds went well")
    return failed


if __name__ == "__main__":
    sys.exit(main())
