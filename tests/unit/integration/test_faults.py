# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever faults it met, a module or playbook that hangs is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import fault_judge
import fault_site
import fault_steps
import pytest
from playing import HungError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: Any) -> NoReturn:
        raise HungError(9, "so far")

    monkeypatch.setattr(fault_steps, "run", hang)
    monkeypatch.setattr(fault_site, "run", hang)


@pytest.mark.parametrize("subject", ["modules", "site"])
@pytest.mark.parametrize("kind", ["slow", "500"])
def test_who_hangs_is_wrong(tmp_path: Path, subject: str, kind: str) -> None:
    played = fault_steps.Modules(groups=False) if subject == "modules" else fault_site.Site(tmp_path)
    outcome = played.play("make", tmp_path / "clouds.yaml")
    assert outcome.where
    assert (outcome.said, outcome.output) == ("it did not end within 9 s and was killed", "so far")
    assert fault_judge.wrong(outcome, [{"kind": kind, "writing": True, "request_id": "req-1"}])


def lost(kind: str, request_id: str | None = None) -> dict[str, Any]:
    return {"kind": kind, "writing": True, "path": "/v2/lbaas/pools/1?cascade=true", "request_id": request_id}


REFUSED = {"kind": "502", "writing": True, "request_id": "req-1"}


@pytest.mark.parametrize(
    ("said", "facts", "problems"),
    [
        ("Could not make a port: 502, req-1", None, []),
        ("Could not make a port: 502", None, ["it lacks the status or the request id"]),
        ("502, req-1", None, ["it does not say what it could not do"]),
        ("Could not make a port: 502, req-1", {"attempted": "x", "kind": "port"}, ["its facts lack 'answer'"]),
    ],
)
def test_a_failure_must_say_what_the_cloud_said(said: str, facts: dict[str, Any] | None, problems: list[str]) -> None:
    outcome = fault_steps.Outcome(where="a task", said=said, failure=facts)
    assert fault_judge.wrong(outcome, [REFUSED]) == problems


CUT, NO_ID, SILENT = lost("truncated", "req-2"), lost("truncated"), lost("silent")
AT = "http://127.0.0.1:29876/v2/lbaas/pools/1"
NO_ADDRESS = "it lacks the address of the request that was lost"


@pytest.mark.parametrize(
    ("answer", "harmful", "problems"),
    [
        (f"{AT}: the answer is no valid JSON (request id req-2)", [CUT], []),
        (f"{AT}: the answer is no valid JSON", [CUT], ["it lacks the request id of the answer that is not whole"]),
        (f"{AT}: the answer is no valid JSON", [NO_ID], []),
        (f"Request to {AT} timed out", [SILENT], []),
        *((f"nobody knows what happened to {kind}", [lost(kind)], [NO_ADDRESS]) for kind in ("silent", "reset_after")),
        # Either may have ended the run, and telling of neither is not excused by the other.
        (f"Request to {AT} timed out", [SILENT, REFUSED], []),
        (f"Request to {AT} timed out", [REFUSED, SILENT], []),
        ("502, req-1", [REFUSED, CUT], []),
        ("502", [SILENT, REFUSED], ["it lacks the status or the request id"]),
        ("502", [REFUSED, SILENT], [NO_ADDRESS]),
    ],
)
def test_a_failure_must_say_which_answer_it_lacks(
    answer: str, harmful: list[dict[str, Any]], problems: list[str]
) -> None:
    outcome = fault_steps.Outcome(where="a task", said=f"Could not make a pool: {answer}")
    assert fault_judge.wrong(outcome, harmful) == problems
