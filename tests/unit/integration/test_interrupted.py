# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A round whose run is killed, and what is done and said when it ended before."""

from __future__ import annotations

import io
import itertools
import random
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any
from unittest.mock import Mock, create_autospec

import fault_report
import interrupted
import interrupted_service
import pytest
import requests
from playing import HungError, Stopped
from shapes import EMPTY, Project

KILLED, ENDED, FAILED = Stopped("a task", None, ""), Stopped("", 0, ""), Stopped("", 2, "oh no")


@pytest.fixture(autouse=True)
def octavia(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return what Octavia's project has: one server from before."""
    has = {"an old server"}
    monkeypatch.setattr(interrupted, "PATIENCE", 0.0)
    monkeypatch.setattr(interrupted, "of_octavia", lambda _operator: set(has))
    return has


@pytest.fixture(autouse=True)
def answered(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return how often which version of the model answers: that of the update."""
    said = Counter({"2": 20})
    monkeypatch.setattr(interrupted, "answers", lambda _conn: said)
    return said


class Played:
    """Playbooks that only remember what was asked of them."""

    def __init__(self, *strikes: Stopped) -> None:
        self.strikes = list(strikes)
        self.moments: list[float] = []
        self.run = Mock(return_value=("", 1.0))

    def run_and_kill(self, _name: str, seconds: float) -> Stopped:
        self.moments.append(seconds)
        return self.strikes.pop(0)


def cycle_of(played: Played, phase: str = "update") -> interrupted.Cycle:
    cycle = object.__new__(interrupted.Cycle)
    project = Mock()
    project.shape.return_value, project.differences.return_value = Counter(), []
    vars(cycle).update(
        playbooks=played,
        project=project,
        prepare=lambda _phase: None,
        change="update",
        seconds={phase: 100.0},
        wanted={phase: Counter()},
        operator=None,
        before={"an old server"},
    )
    return cycle


def disturbed(played: Played, phase: str = "update") -> dict[str, Any]:
    return cycle_of(played, phase).disturb(phase, random.Random("1 1"))  # noqa: S311  # no secret


def test_a_killed_run_is_repeated_twice() -> None:
    played = Played(KILLED)
    record = disturbed(played)
    assert (record["at"], record["exit_code"], record["wrong"]) == ("a task", None, [])
    assert [call.args for call in played.run.call_args_list] == [("site",), ("site",)]


def test_one_that_ended_before_is_begun_again_with_an_earlier_moment() -> None:
    played = Played(ENDED, ENDED, KILLED)
    record = disturbed(played)
    assert played.moments == sorted(played.moments, reverse=True)
    assert len(set(played.moments)) == 3
    assert record["killed_after_s"] == round(played.moments[-1], 2)
    # Each time everything is removed and deployed again; then come the two runs after the killed one.
    assert [call.args[0] for call in played.run.call_args_list] == ["teardown", "site"] * 2 + ["site"] * 2
    assert fault_report.killed(record)


def test_that_has_an_end() -> None:
    played = Played(*[ENDED] * interrupted.TRIES)
    record = disturbed(played)
    assert (played.strikes, record["exit_code"], fault_report.killed(record)) == ([], 0, False)


def test_one_that_failed_by_itself_is_wrong() -> None:
    record = disturbed(Played(FAILED))
    assert record["exit_code"] == 2
    assert record["wrong"] == ["it failed by itself: oh no"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (subprocess.CalledProcessError(2, ["ansible-playbook", "site"], "oh"), "site failed with exit code 2: oh"),
        (HungError(9, "oh"), "it did not end within 9 s and was killed: oh"),
    ],
)
def test_a_next_run_that_does_not_go_well_is_wrong(error: Exception, said: str) -> None:
    played = Played(KILLED)
    played.run.side_effect = error
    assert disturbed(played)["wrong"] == [said]


def test_an_amphora_that_nobody_has_is_wrong_once(octavia: set[str]) -> None:
    cycle = cycle_of(Played(KILLED, KILLED))
    octavia.add("an amphora")
    chance = random.Random("1 1")  # noqa: S311  # no secret
    assert cycle.disturb("update", chance)["wrong"] == ["an amphora"]
    assert cycle.disturb("update", chance)["wrong"] == []


def test_another_version_that_still_answers_is_wrong(answered: Counter[str]) -> None:
    answered["1"] += 1
    said = "version 2 of the model has to answer, and it answered as {'2': 20, '1': 1}"
    assert disturbed(Played(KILLED))["wrong"] == [said]


def test_a_model_that_nobody_asked_is_wrong(answered: Counter[str]) -> None:
    answered.clear()
    assert disturbed(Played(KILLED))["wrong"] == ["version 2 of the model has to answer, and it answered as {}"]


def test_nobody_has_to_answer_after_a_teardown(answered: Counter[str]) -> None:
    answered.clear()
    assert disturbed(Played(KILLED), "teardown")["wrong"] == []


def test_each_version_that_answers_is_counted_and_what_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    served = itertools.cycle(["1", "2", None])
    asked = []

    def post(url: str, *, json: dict[str, Any], timeout: float) -> requests.Response:
        del timeout
        asked.append((url, list(json)))
        version = next(served)
        answer = requests.Response()
        answer.status_code, answer.reason, answer.url = 200 if version else 503, "no server", url
        answer.raw = io.BytesIO(f'{{"model_version": "{version}"}}'.encode())
        return answer

    monkeypatch.setattr(requests, "post", post)
    monkeypatch.setattr(interrupted_service, "floating_ips", lambda _conn: {"1": {"name": "198.51.100.7"}})
    counted = interrupted_service.answers(Mock())
    url = "http://127.51.100.7/v2/models/digits/infer"
    assert asked == [(url, ["inputs"])] * 20
    assert counted == {"1": 7, "2": 7, f"503 Server Error: no server for url: {url}": 6}


def record(**values: Any) -> dict[str, Any]:
    basis = {"phase": "update", "keeper": "group", "provider": "ovn", "at": "a task", "wrong": []}
    return {**basis, "killed_after_s": 7.0, "undisturbed_s": 90.0, **values}


def test_the_page_tells_killed_runs_from_those_that_ended_before() -> None:
    old = record(at="", killed_after_s=99.0)
    lines = fault_report.interrupted([record(), old, record(at="", exit_code=0), record(wrong=["no"], exit_code=None)])
    assert lines[2] == "| update | group | ovn | 4 | 2 | 2 | 1 | 7 to 7 s | 90 to 90 s |"
    assert "exit codes of 1 of those" in lines[-1]


def test_the_page_counts_rounds_that_met_both_faults() -> None:
    met = {"kind": "500"}
    rounds = [
        {"subject": "fleet", "phase": "make", "faults": faults, "failed_in": "", "wrong": []}
        for faults in ([met], [met] * 2)
    ]
    assert fault_report.faults(rounds)[-1] == "| fleet | make | 2 | 1 | 0 | 0 |"


def test_the_page_counts_runs_that_failed_before_they_met_a_fault() -> None:
    round_ = {"subject": "fleet", "phase": "make", "faults": [], "failed_in": "server_fleet", "wrong": ["oh"]}
    assert fault_report.faults([round_])[-1] == "| fleet | make | 1 | 0 | 1 | 1 |"


def test_what_an_undisturbed_teardown_leaves_is_not_taken_for_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interrupted, "FOLDER", tmp_path)
    project = create_autospec(Project)
    project.shape.return_value = Counter({**EMPTY, "floating_ips": 1})
    project.differences.side_effect = lambda wanted: [] if "floating_ips" in wanted else ["floating_ips: 1"]
    cycle = object.__new__(interrupted.Cycle)
    vars(cycle).update(name="x", change="update", project=project, play=lambda _phase: 1.0, seconds={}, wanted={})
    vars(cycle).update(operator=None, before={"an old server"})
    with pytest.raises(SystemExit, match="floating_ips: 1"):
        cycle.learn()


def served(change: str) -> list[str]:
    """Return the models in each phase with their versions, those of the main fleet before a bar."""

    def told(fleets: list[dict[str, Any]]) -> str:
        return " ".join(f"{model['name']}:{model.get('version', '')}" for fleet in fleets for model in fleet["models"])

    services = [
        interrupted_service.service("x", change, phase, provider="amphora", keeper="fleet")
        for phase in interrupted_service.CHANGES[change]
    ]
    return [f"{told([service])}|{told(service.get('fleets', []))}" for service in services]


def test_an_update_is_another_version_and_a_teardown_has_the_file_of_the_phase_before() -> None:
    assert served("update") == ["digits:1|", "digits:2|", "digits:2|"]


def test_a_model_moves_to_a_fleet_of_its_own_and_back() -> None:
    assert served("move") == ["iris: digits:1|", "iris:|digits:2", "iris: digits:3|", "iris: digits:3|"]


def test_rounds_that_do_not_say_what_was_changed_were_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    old, moved = {"seed": 1, "round": 0}, {"seed": 1, "round": 0, "change": "move"}
    monkeypatch.setattr(interrupted, "records", lambda _name: [old, moved, moved])
    assert interrupted.earlier({"seed": 1, "change": "update"}) == 1
    assert interrupted.earlier({"seed": 1, "change": "move"}) == 2
