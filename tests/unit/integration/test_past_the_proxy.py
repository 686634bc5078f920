# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who goes past the proxy is noticed, as is a change that nobody looks at, and a round without a fault is none."""

from __future__ import annotations

import asyncio
import json
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import create_autospec

import fault_proxy
import faults
import pytest
import yaml
from fault_proxy import Proxy
from fault_steps import PHASES, Modules, Outcome
from shapes import EMPTY, Project, Shape

WAYS = {
    "identity": "http://cloud:5000/v3",
    "compute": "http://cloud:8774/v2.1",
    "network": "http://cloud:9696",
    "load-balancer": "http://cloud:9876",
}
# What there is after each phase.
SHAPES = (Shape(servers=1), Shape(servers=2), Shape(EMPTY))
# As many requests as the life of a service takes at least.
ENOUGH = {"5000": 3, "8774": 2, "9696": 1, "9876": 1}


@pytest.fixture
def proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Proxy:
    """Return a proxy that does not run."""
    monkeypatch.setattr(fault_proxy, "ways", lambda _clouds_yaml: WAYS)
    direct = tmp_path / "clouds.yaml"
    auth = {"auth_url": WAYS["identity"]}
    direct.write_text(yaml.safe_dump({"clouds": {"local": {"auth": auth}}}), encoding="utf-8")
    return Proxy(direct, tmp_path)


def sees(
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    asked: dict[str, int],
    writes: int = 1,
    shapes: Sequence[Shape] = SHAPES,
) -> faults.Rounds:
    """Return rounds of which the proxy sees this in each phase, by the ports of the services."""
    seen = {"counted": {"requests": sum(asked.values()), "writes": writes}, "asked": asked, "fired": []}
    monkeypatch.setattr(proxy, "_ask", lambda _body: seen)
    project = create_autospec(Project, instance=True)
    project.shape.side_effect = [Shape(EMPTY)] * len(faults.SUBJECTS) + list(shapes)
    project.differences.return_value = []
    subject = create_autospec(Modules(groups=False), instance=True, services=Modules(groups=False).services)
    subject.play.return_value = Outcome()
    return faults.Rounds(subject, project, Path("clouds.yaml"), proxy)


def test_a_life_that_the_proxy_sees_is_learned(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = sees(proxy, monkeypatch, ENOUGH)
    rounds.learn()
    assert rounds.counted == {phase: {"requests": 7, "writes": 1} for phase in PHASES}


@pytest.mark.parametrize(("asked", "writes"), [({}, 0), (ENOUGH, 0)])
def test_nothing_is_learned_of_what_goes_past_the_proxy(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch, asked: dict[str, int], writes: int
) -> None:
    rounds = sees(proxy, monkeypatch, asked, writes)
    with pytest.raises(SystemExit, match="what make asked for went past the proxy"):
        rounds.learn()


@pytest.mark.parametrize("port", ENOUGH)
def test_no_service_goes_past_the_proxy(proxy: Proxy, monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    rounds = sees(proxy, monkeypatch, {other: count for other, count in ENOUGH.items() if other != port})
    (kind,) = [kind for kind, url in WAYS.items() if f":{port}" in url]
    with pytest.raises(SystemExit, match=f"all requests to {kind} went past the proxy"):
        rounds.learn()


def test_nothing_is_learned_of_a_change_that_is_not_seen(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    made, _changed, removed = SHAPES
    rounds = sees(proxy, monkeypatch, ENOUGH, shapes=(made, made, removed))
    with pytest.raises(SystemExit, match="change changed nothing that is looked at"):
        rounds.learn()


@pytest.fixture
def injector(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what runs inside mitmproxy, which the tests do without."""
    mitmproxy = ModuleType("mitmproxy")
    made = SimpleNamespace(make=lambda _status, text, _headers: text)
    monkeypatch.setattr(mitmproxy, "http", SimpleNamespace(Response=made), raising=False)
    monkeypatch.setitem(sys.modules, "mitmproxy", mitmproxy)
    return runpy.run_path(str(fault_proxy.INJECTOR))["Injector"]()


def test_requests_are_counted_by_service(injector: Any) -> None:
    def ask(method: str, port: int, path: str) -> Any:
        flow = SimpleNamespace(request=SimpleNamespace(method=method, port=port, path=path, headers={}), metadata={})
        asyncio.run(injector.request(flow))
        return getattr(flow, "response", None)

    for method, port, path in (
        ("POST", 5000, "/v3/auth/tokens"),
        ("GET", 8774, "/v2.1/servers"),
        ("POST", 8774, "/v2.1/servers"),
    ):
        ask(method, port, path)
    seen = {"counted": {"requests": 3, "writes": 1}, "asked": {"5000": 1, "8774": 2}, "fired": []}
    assert json.loads(ask("GET", 5000, "/_faults")) == seen


@pytest.mark.parametrize("headers", [{"x-openstack-request-id": "req-1"}, {}])
def test_an_answer_is_known_by_its_request_id_when_it_is_cut(injector: Any, headers: dict[str, str]) -> None:
    injector.faults = [{"kind": "truncated", "of": "writes", "at": 1}]
    request = SimpleNamespace(method="POST", port=8774, path="/v2.1/servers", headers={})
    answer = SimpleNamespace(status_code=202, content=b'{"id": 1}', headers=headers)
    flow = SimpleNamespace(request=request, response=answer, metadata={})

    asyncio.run(injector.request(flow))
    asyncio.run(injector.response(flow))

    (fault,) = injector.fired
    assert (answer.content, fault["request_id"]) == (b'{"id', headers.get("x-openstack-request-id"))


def record(kinds: Sequence[str], wrong: Sequence[str]) -> faults.Record:
    return {"faults": [{"kind": kind} for kind in kinds], "wrong": list(wrong)}


@pytest.mark.parametrize(
    ("done", "code", "said"),
    [
        ([record(["500"], []), record(["500", "409"], [])], 0, "2 of 2 rounds went well"),
        ([record(["500"], []), record([], [])], 1, "1 of 2 rounds went well, 1 met no fault"),
        ([record(["500"], ["oh"]), record([], ["oh"])], 2, "0 of 2 rounds went well"),
    ],
)
def test_a_round_that_met_no_fault_did_not_go_well(
    done: list[faults.Record], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert faults.judged(done) == code
    assert capsys.readouterr().out == f"{said}\n"
