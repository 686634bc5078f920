# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the benchmark's measurements to its records and its page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import bench
import bench_contestants
import bench_page
import bench_project
import bench_records
import bench_rounds
import pytest
import sources

MACHINE = {"cores": 2, "date": "2026-01-01"}
FIRST = "2026-01-01 1"
CALLS = {"api_calls": 7, "calls_by_kind": {"writes": 3}, "calls_by_service": {"compute": 7}}


def measured(seconds: float, **more: Any) -> dict[str, Any]:
    basis = {"n": 3, "hosts": "real", "provider": "amphora", "case": "first", "contestant": "ours", "round": FIRST}
    result = {"seconds": seconds, "settled_s": None, "pings_s": None, "calls": None, "load": 0.5, "machine": MACHINE}
    return {**basis, **result, **more}


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (("identity", "POST", "/v3/auth/tokens"), "tokens"),
        (("identity", "GET", "/v3"), "discovery"),
        (("compute", "GET", "/"), "discovery"),
        (("compute", "GET", "/v2.1/"), "discovery"),
        (("compute", "GET", "/v2.1/servers/detail?limit=1"), "reads"),
        (("compute", "POST", "/v2.1/servers"), "writes"),
        (("load-balancer", "PUT", "/v2/lbaas/pools/1/members"), "writes"),
    ],
)
def test_what_a_call_is_for(call: bench_records.Call, kind: str) -> None:
    assert {name for name, count in bench_records.tally([call])["calls_by_kind"].items() if count} == {kind}


def test_a_read_made_again_is_told_apart() -> None:
    look, other = ("compute", "GET", "/v2.1/servers/1"), ("network", "GET", "/v2.0/ports?id=1")
    assert bench_records.tally([look, other, look, look]) == {
        "api_calls": 4,
        "calls_by_kind": {"tokens": 0, "discovery": 0, "reads": 2, "repeated_reads": 2, "writes": 0},
        "calls_by_service": {"compute": 3, "network": 1},
    }


def test_summary_takes_the_median_of_timed_runs_and_the_calls_of_the_counted_one() -> None:
    runs = [measured(1.0), measured(9.0), measured(2.0), measured(99.0, calls=CALLS), measured(5.0, case="rerun")]
    first, rerun = bench_records.summary(runs)
    assert (first["median_s"], first["runs"], first["api_calls"]) == (2.0, 3, 7)
    assert (rerun["case"], rerun["median_s"], rerun["api_calls"]) == ("rerun", 5.0, None)


def test_the_newest_rounds_count() -> None:
    days = [f"2026-01-0{day} 10:00:00" for day in range(1, 8)]
    runs = [measured(float(number), round=day, pings_s=number / 10) for number, day in enumerate(days)]
    (record,) = bench_records.summary([runs[-1], *runs[:-1]])
    assert (record["rounds"], record["times_s"]) == (days[2:], [2.0, 3.0, 4.0, 5.0, 6.0])
    assert (record["median_s"], record["pings_s"]) == (4.0, 0.4)


def test_contestants_are_compared_within_rounds() -> None:
    """On a machine that is twice as fast the next day, and has not finished its third round."""
    names, times = ("2026-01-01 1", "2026-01-02 1", "2026-01-02 2"), (30.0, 15.0, 45.0)
    ours = [measured(seconds, round=name) for seconds, name in zip(times, names, strict=True)]
    limit = [
        measured(seconds, round=name, contestant="limit") for seconds, name in zip((20.0, 5.0), names, strict=False)
    ]
    record, other = bench_records.summary([*ours, *limit])
    assert bench_records.ratios([record, other], record, ["limit"]) == [1.5, 3.0]
    assert (record["to_limit"], other["to_limit"]) == (2.25, 1.0)


@pytest.mark.parametrize(
    ("ours", "other", "expected"),
    [(3.0, 2.0, "| 1.50 | yes |"), (3.2, 2.0, "| 1.60 | NO |"), (3.0, None, "| - | - |")],
)
def test_goals(ours: float, other: float | None, expected: str) -> None:
    runs = [measured(ours)] + ([] if other is None else [measured(other, contestant="limit")])
    assert bench_page.goals(bench_records.summary(runs))[2].endswith(expected)


def test_goals_compare_with_each_peer_and_with_the_faster() -> None:
    peers = [measured(9.0, contestant="openstack.cloud"), measured(4.0, contestant="openstack.cloud async")]
    lines = bench_page.goals(bench_records.summary([measured(2.0), *peers]))
    assert lines[3].endswith("times the time of openstack.cloud | 0.22 | yes |")
    assert lines[4].endswith("the faster of openstack.cloud and openstack.cloud async | 0.50 | NO |")


def test_a_peer_that_was_not_measured_is_named() -> None:
    records = bench_records.summary([measured(2.0), measured(9.0, contestant="openstack.cloud")])
    assert bench_page.goals(records)[4].endswith("| - | - |")
    assert bench_page.unmeasured(records) == [
        "",
        "Not measured with openstack.cloud async, but with openstack.cloud: first of 3.",
    ]


@pytest.mark.parametrize(
    ("lateness", "told", "ratio"),
    [((3.0, 4.0, 5.0), 4.0, "1.50"), ((None, 30.0, 0.4), 15.2, "0.50")],
)
def test_who_does_not_wait_is_not_faster_in_that_round(
    lateness: tuple[float | None, ...], told: float, ratio: str
) -> None:
    rounds = list(zip("abc", lateness, strict=True))
    hasty = [measured(2.0, round=name, settled_s=seconds) for name, seconds in rounds]
    limit = [measured(4.0, round=name, contestant="limit", settled_s=0.4) for name, _late in rounds]
    records = bench_records.summary([*hasty, *limit])
    assert [record["late_s"] for record in records] == [told, None]
    assert f"| {ratio} |" in bench_page.goals(records)[2]


def test_a_record_says_where_its_rounds_are_from() -> None:
    machines = [{**MACHINE, "commit": commit, "date": date} for commit, date in (("b", "1"), ("a", "2"), ("a", "2"))]
    runs = [measured(1.0, round=str(number), machine=each) for number, each in enumerate(machines)]
    (record,) = bench_records.summary(runs)
    assert (record["commits"], record["dates"]) == (["a", "b"], ["1", "2"])


def test_a_contestant_is_known_by_what_it_consists_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    plugins = tmp_path / "plugins"
    (plugins / "__pycache__").mkdir(parents=True)
    (plugins / "a.py").write_text("1")
    before = sources.digest([plugins])

    (plugins / "__pycache__" / "a.pyc").write_text("compiled")
    assert sources.digest([plugins]) == before
    (plugins / "a.py").write_text("2")
    assert sources.digest([plugins]) != before


def test_contestants_are_different_ones() -> None:
    assert len({one.code() for one in bench_contestants.ALL}) == len(bench_contestants.ALL)
    assert [one.pinned.name for one in bench_contestants.ALL] == [
        "tools.lock",
        "bench.lock",
        "bench.lock",
        "tools.lock",
    ]


def test_what_comes_late_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr("time.sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    place = object.__new__(bench_project.Workplace)
    # Whom it asks does not matter here.
    place.conn = place.operator = Mock()
    seen = [["a server is missing"], ["a server is missing"], []]
    monkeypatch.setattr(bench_project, "problems", lambda *_all: seen.pop(0))
    assert place.problems({}) == ([], 1.0)

    monkeypatch.setattr(bench_project, "problems", lambda *_all: ["never"])
    found, waited = place.problems({})
    assert (found, waited > bench_project.PATIENCE) == (["never"], True)


@pytest.fixture
def rounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bench_rounds, "ROUNDS", tmp_path / "rounds.jsonl")
    monkeypatch.setattr(bench, "seconds_of_pings", lambda _folder: 1.5)
    return tmp_path / "rounds.jsonl"


def played(**options: Any) -> list[tuple[str, bool]]:
    """Return who had a turn, and whether it was timed."""
    defaults = {"n": 3, "hosts": "real", "provider": "amphora", "case": None, "contestant": None, "runs": 2, "count": 1}
    found = bench.Bench(argparse.Namespace(**{**defaults, **options}))
    with patch.object(found, "round", autospec=True) as turn:
        found.perform()
    return [(call.args[0].name, len(call.args) > 2) for call in turn.mock_calls]


@pytest.mark.usefixtures("rounds")
def test_contestants_take_turns_in_turning_order() -> None:
    ours, *others = bench_records.CONTESTANTS
    turns = played()
    assert [name for name, timed in turns if timed] == [ours, *others, *others, ours]
    assert [name for name, timed in turns if not timed] == [ours, *others]


@pytest.mark.usefixtures("rounds")
def test_a_series_goes_on() -> None:
    ours, *others = bench_records.CONTESTANTS
    bench_rounds.add_round(measured(1.0))
    bench_rounds.add_round(measured(1.0, n=10, round="2026-01-02 1"))
    for contestant in bench_contestants.ALL[1:]:
        counted = {"calls": CALLS, "code": contestant.code(), "round": "2026-01-01 calls", "case": "add_one"}
        bench_rounds.add_round(measured(1.0, contestant=contestant.name, **counted))
    bench_rounds.add_round(measured(1.0, calls=CALLS, code="other", case="add_one"))

    turns = played(runs=1)

    assert [name for name, timed in turns if timed] == [*others, ours]
    assert [name for name, timed in turns if not timed] == [ours]


def test_goal_of_calls_that_do_not_grow() -> None:
    more = {**CALLS, "api_calls": 8}
    same = [measured(1.0, case="rerun", n=n, calls=CALLS) for n in (3, 10)]
    grown = [same[0], measured(1.0, case="rerun", n=10, calls=more)]
    assert bench_page.goals(bench_records.summary(same))[-1].endswith("| 3: 7, 10: 7 | yes |")
    assert bench_page.goals(bench_records.summary(grown))[-1].endswith("| 3: 7, 10: 8 | NO |")


def test_requests_are_compared_among_hosts_of_the_same_kind() -> None:
    fake = [measured(1.0, case="rerun", n=n, hosts="fake", calls={**CALLS, "api_calls": 8}) for n in (10, 30)]
    records = bench_records.summary([measured(1.0, case="rerun", calls=CALLS), *fake])
    ((said, shown, same),) = bench_page.steady(records)
    assert said == "rerun, 10 to 30 servers on fake hosts, amphora: as many requests for each number"
    assert (shown, same) == ("10: 8, 30: 8", True)
    assert bench_page.steady(records[:1])[0][1:] == (None, None)


def test_the_page_shows_the_results_that_are_there() -> None:
    assert bench_page.PAGE.shows(bench_page.figures(bench_page.saved()))
