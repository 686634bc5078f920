# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A contestant's turn: what is written down, and what must not be."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import create_autospec

import bench
import bench_contestants
import bench_rounds
import pytest
from bench_project import Workplace
from fault_proxy import Proxy

KINDS = {5000: "identity", 8774: "compute", 9696: "network", 9876: "load-balancer", 9292: "image"}


@pytest.fixture
def rounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bench_rounds, "ROUNDS", tmp_path / "rounds.jsonl")
    return tmp_path / "rounds.jsonl"


def play(monkeypatch: pytest.MonkeyPatch, ports: Sequence[int]) -> None:
    """Let a contestant make three servers, of which the proxy sees a request to each of these ports."""
    place, proxy = create_autospec(Workplace, instance=True), create_autospec(Proxy, instance=True, kinds=KINDS)
    place.servers.side_effect = [set(), {"a", "b", "c"}]
    place.problems.return_value = ([], 0.0)
    proxy.seen.return_value = {"calls": [[port, "GET", "/v2/things"] for port in ports]}
    options = argparse.Namespace(n=3, hosts="real", provider="amphora", case="first")
    player = bench.Bench(options)
    monkeypatch.setattr(player, "run", lambda *_: 1.0)
    player.play(bench_contestants.ALL[0], place, proxy, round="2026-01-01 calls", pings_s=None)


@pytest.mark.usefixtures("rounds")
def test_requests_are_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch, [*KINDS, 8774])
    (found,) = bench_rounds.saved_rounds()
    assert (found["calls"]["api_calls"], found["calls"]["calls_by_service"]["compute"]) == (6, 2)


@pytest.mark.parametrize(
    ("ports", "past"),
    [([], bench.ASKED_BY_ALL), ([5000, 9696, 9876], ["compute"]), ([8774, 5000, 9292, 9876], ["network"])],
)
def test_what_went_past_the_proxy_is_no_measurement(
    rounds: Path, monkeypatch: pytest.MonkeyPatch, ports: list[int], past: Sequence[str]
) -> None:
    said = "; ".join(f"all requests to {service} went past the proxy" for service in past)
    with pytest.raises(bench.FailedError, match=f"ours, first: {said}$"):
        play(monkeypatch, ports)
    assert not rounds.exists()
