# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the benchmark's measurements to its records and its page."""

from __future__ import annotations

from typing import Any

import bench_page
import bench_records
import pytest

MACHINE = {"cores": 2, "date": "2026-01-01"}
CALLS = {"api_calls": 7, "calls_by_kind": {"writes": 3}, "calls_by_service": {"compute": 7}}


def measured(seconds: float, **more: Any) -> dict[str, Any]:
    basis = {"n": 3, "hosts": "real", "provider": "amphora", "case": "first", "contestant": "ours"}
    return {**basis, "seconds": seconds, "calls": None, "load": 0.5, "machine": MACHINE, **more}


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


def test_merged_replaces_what_is_about_the_same() -> None:
    kept = bench_records.summary([measured(1.0), measured(4.0, n=10)])
    records = bench_records.merged(kept, bench_records.summary([measured(2.0)]))
    assert [(record["n"], record["median_s"]) for record in records] == [(3, 2.0), (10, 4.0)]


@pytest.mark.parametrize(
    ("ours", "other", "expected"),
    [(3.0, 2.0, "| 1.50 | yes |"), (3.2, 2.0, "| 1.60 | NO |"), (3.0, None, "| - | - |")],
)
def test_goals(ours: float, other: float | None, expected: str) -> None:
    runs = [measured(ours)] + ([] if other is None else [measured(other, contestant="limit")])
    assert bench_page.goals(bench_records.summary(runs))[2].endswith(expected)


def test_goal_of_calls_that_do_not_grow() -> None:
    more = {**CALLS, "api_calls": 8}
    same = [measured(1.0, case="rerun", n=n, calls=CALLS) for n in (3, 10)]
    grown = [same[0], measured(1.0, case="rerun", n=10, calls=more)]
    assert bench_page.goals(bench_records.summary(same))[-1].endswith("| 3: 7, 10: 7 | yes |")
    assert bench_page.goals(bench_records.summary(grown))[-1].endswith("| 3: 7, 10: 8 | NO |")


def test_requests_are_compared_among_hosts_of_the_same_kind() -> None:
    fake = [measured(1.0, case="rerun", n=n, hosts="fake", calls={**CALLS, "api_calls": 8}) for n in (10, 30)]
    records = bench_records.summary([measured(1.0, case="rerun", calls=CALLS), *fake])
    assert bench_page.steady(records) == ("3: 7, 10: 8, 30: 8", True)
    assert bench_page.steady(records[:1]) == ("3: 7", None)


def test_the_page_shows_the_results_that_are_there() -> None:
    assert bench_page.PAGE.shows(bench_page.figures(bench_page.saved()))
