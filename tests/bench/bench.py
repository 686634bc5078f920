# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the collection against openstack.cloud and against the limit, on the local cloud.

Each contestant does the same job in a project of its own: N servers in a server group, and a load balancer that has
them as members. A round is the first deployment, the unchanged re-run, a changed template and one replica more, by each
contestant in turn; the order turns, too. The time is that of the whole command. One more round goes through a proxy
that counts the requests.

Rounds are added to tests/bench/rounds.jsonl, so that a series can be done bit by bit. The newest ones go to
tests/bench/results.json, from which docs/bench.md is written.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench_contestants import ALL, Contestant
from bench_page import RESULTS, table, write_page
from bench_project import NETWORK, Workplace
from bench_records import CASES, Call, summary, tally
from bench_rounds import add_round, machine, saved_rounds, seconds_of_pings
from fault_proxy import Proxy
from playing import HungError, run
from signals import end_in_order
from sources import ROOT

FOLDER = ROOT / "build" / "bench"
COUNTER = Path(__file__).with_name("bench_counter.py")
PLOTTER = (ROOT / ".cache" / "drills" / "bin" / "python", Path(__file__).with_name("bench_plot.py"))
# The proxy's ports, apart from those of `make faults` and below those that Linux gives to outgoing connections (32768).
ABOVE = 10000
NAME = "bench"
REAL_HOSTS = 4
TIMEOUT = 1800
# Seconds after which a contestant hangs; those that make hundreds of servers one after another need an hour and more.
LONGEST = 4 * 3600.0
PROVIDERS = {
    "amphora": {"bench_protocol": "HTTP", "bench_lb_algorithm": "LEAST_CONNECTIONS"},
    "ovn": {"bench_protocol": "TCP", "bench_lb_algorithm": "SOURCE_IP_PORT"},
}
# The services that no contestant can do without in any case.
ASKED_BY_ALL = ("identity", "compute", "network", "load-balancer")
# The modules of openstack.cloud cannot name a provider.
DEFAULT_PROVIDER = "amphora"


class FailedError(Exception):
    """A contestant did not do its job."""


class Bench:
    """The rounds about one number of servers."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.n: int = options.n
        self.hosts: str = options.hosts or ("real" if self.n < REAL_HOSTS else "fake")
        self.cases = CASES[: CASES.index(options.case) + 1] if options.case else CASES
        self.same = {"n": self.n, "hosts": self.hosts, "provider": options.provider}

    def contestants(self) -> list[Contestant]:
        chosen = [one for one in ALL if self.options.contestant in (None, one.name)]
        return [one for one in chosen if self.options.provider == DEFAULT_PROVIDER or "cloud" not in one.name]

    def perform(self) -> None:
        contestants, before = self.contestants(), self.measured()
        turn = len({one["round"] for one in before if one["calls"] is None}) % len(contestants)
        for _unused in range(self.options.runs):
            name, pings = time.strftime("%Y-%m-%d %H:%M:%S"), seconds_of_pings(FOLDER)
            for one in (*contestants[turn:], *contestants[:turn]):
                self.round(one, name, pings)
            turn = (turn + 1) % len(contestants)
        for one in contestants if self.options.count else ():
            if not self.counted(one, before):
                self.round(one, f"{time.strftime('%Y-%m-%d %H:%M:%S')} calls")

    def measured(self) -> list[dict[str, Any]]:
        """Return what has been measured about the same."""
        return [one for one in saved_rounds() if {name: one[name] for name in self.same} == self.same]

    def counted(self, contestant: Contestant, before: Sequence[Mapping[str, Any]]) -> bool:
        """Return whether the requests of a contestant as it is now have been counted: the last case tells of all."""
        same = {"contestant": contestant.name, "case": self.cases[-1], "code": contestant.code()}
        return any(one["calls"] is not None and {name: one[name] for name in same} == same for one in before)

    def round(self, contestant: Contestant, name: str, pings: float | None = None) -> None:
        """Let a contestant do all cases, beginning and ending with nothing.

        :param pings: seconds that say how fast the machine is; without them the requests are counted
        """
        folder = FOLDER / contestant.project
        folder.mkdir(parents=True, exist_ok=True)
        place = Workplace(contestant.project, folder)
        try:
            if pings is not None:
                self.play(contestant, place, None, round=name, pings_s=pings)
            else:
                with Proxy(place.clouds_yaml, folder, COUNTER, ABOVE).running() as proxy:
                    self.play(contestant, place, proxy, round=name, pings_s=None)
        except FailedError as problem:
            # Before what was left is removed, which can fail, too.
            print(problem, file=sys.stderr, flush=True)
            raise
        finally:
            place.remove()

    def play(self, contestant: Contestant, place: Workplace, proxy: Proxy | None, **known: Any) -> None:
        for case in self.cases:
            before = place.servers()
            code, load = contestant.code(), os.getloadavg()[0]
            seconds = self.run(contestant, case, place, proxy)
            problems, settled = place.problems(self.variables(case))
            kept = before & place.servers()
            if len(kept) != (0 if case in ("first", "change") else self.n):
                problems.append(f"{len(kept)} servers were kept")
            if proxy:
                problems += uncounted(self.calls(proxy))
            if problems:
                raise FailedError(f"{contestant.name}, {case}: " + "; ".join(problems))
            record = {
                **known,
                **self.same,
                "case": case,
                "contestant": contestant.name,
                "code": code,
                "seconds": round(seconds, 3),
                "settled_s": round(settled, 1),
                "calls": tally(self.calls(proxy)) if proxy else None,
                "load": round(load, 2),
                "machine": machine(contestant),
            }
            add_round(record)
            said = f"{record['calls']['api_calls']} calls" if record["calls"] else f"{seconds:.1f} s"
            print(f"{time.strftime('%H:%M:%S')} n={self.n} {contestant.name}, {case}: {said}", flush=True)

    def run(self, contestant: Contestant, case: str, place: Workplace, proxy: Proxy | None) -> float:
        """Run a contestant's command; return its seconds."""
        variables = place.folder / "variables.json"
        variables.write_text(json.dumps(self.variables(case)), encoding="utf-8")
        if proxy:
            proxy.tell([])
        began = time.monotonic()
        words = contestant.words(case, variables)
        surroundings = contestant.surroundings(proxy.clouds_yaml if proxy else place.clouds_yaml, place.folder)
        try:
            done = run(words, surroundings, LONGEST)
        except HungError as hung:
            raise FailedError(f"{contestant.name}, {case}: {hung}\n{hung.said}") from None
        seconds = time.monotonic() - began
        (place.folder / f"{case}.log").write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode:
            raise FailedError(f"{contestant.name}, {case}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
        return seconds

    def variables(self, case: str) -> dict[str, Any]:
        """Return what all contestants get; the changed template is another user data."""
        generation = 2 if case in CASES[CASES.index("change") :] else 1
        return {
            "bench_name": NAME,
            "bench_replicas": self.n + (case == "add_one"),
            "bench_replace": case == "change",
            "bench_policy": "anti-affinity" if self.n < REAL_HOSTS else "soft-anti-affinity",
            "bench_zone": "" if self.hosts == "real" else self.options.zone,
            "bench_user_data": f"#!/bin/sh\n# generation {generation}\n",
            "bench_image": "model-server",
            "bench_flavor": "serving.small" if self.hosts == "real" else "serving.fake",
            "bench_network": NETWORK,
            "bench_subnet": NETWORK,
            "bench_provider": self.options.provider,
            "bench_timeout": TIMEOUT,
            **PROVIDERS[self.options.provider],
        }

    def calls(self, proxy: Proxy) -> list[Call]:
        """Return the requests of the last command, by the names of the services."""
        return [(proxy.kinds.get(port, str(port)), method, path) for port, method, path in proxy.seen()["calls"]]


def uncounted(calls: Sequence[Call]) -> list[str]:
    """Return whose requests went past the proxy, so that what was counted is too little."""
    asked = {service for service, _method, _path in calls}
    return [f"all requests to {service} went past the proxy" for service in ASKED_BY_ALL if service not in asked]


def keep() -> None:
    """Write the results, the plots and the page."""
    records = summary(saved_rounds())
    RESULTS.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")
    shared = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "tests" / "drills"), str(RESULTS.parent)])}
    subprocess.run([*PLOTTER, RESULTS, RESULTS.parent], check=True, env=shared)
    write_page()
    print(table(records))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=3, help="servers")
    parser.add_argument("--runs", type=int, default=5, help="timed rounds to do")
    parser.add_argument("--case", choices=CASES, help="the last case of a round; all by default")
    parser.add_argument("--contestant", choices=[one.name for one in ALL], help="only this one")
    parser.add_argument("--provider", choices=PROVIDERS, default=DEFAULT_PROVIDER, help="of the load balancer")
    parser.add_argument("--hosts", choices=("real", "fake"), help="fake above 3 servers")
    parser.add_argument("--zone", default="fake", help="availability zone of the fake hosts")
    parser.add_argument("--count", type=int, choices=(0, 1), default=1, help="0: no round that counts requests")
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    end_in_order()
    try:
        Bench(options).perform()
    except FailedError:
        return 1
    keep()
    return 0


if __name__ == "__main__":
    sys.exit(main())
