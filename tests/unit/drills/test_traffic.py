# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load generator as a process: that it ended is not to be taken for clients that were content."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from scene import wait_for
from traffic import DrillError, Traffic

SENDS = """
import pathlib, sys, time
records = pathlib.Path(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with records.open("a") as lines:
        lines.write(f"{time.time():.4f},20.0,200,1,\\n")
    time.sleep(0.05)
"""


class Generator(Traffic):
    """At most twenty requests a second, as often as `times` says."""

    times = 1000

    def command(self) -> list[str]:
        return [sys.executable, "-c", SENDS, str(self.records), str(self.times)]


class Brief(Generator):
    """A generator that dies."""

    times = 2


def test_traffic_until_told_to_end(tmp_path: Path) -> None:
    traffic = Generator("http://x", tmp_path / "requests.csv", rate=20)
    with traffic.running():
        traffic.wait_for(10, 20)
        told = time.time()
    first = traffic.requests()[0].start
    assert traffic.due() == pytest.approx(20 * (told - first), rel=0.5)
    assert 10 <= len(traffic.requests()) <= 1.5 * traffic.due() + 1


def test_traffic_that_ended_by_itself(tmp_path: Path) -> None:
    traffic = Brief("http://x", tmp_path / "requests.csv", rate=20)
    with pytest.raises(DrillError, match="ended by itself"), traffic.running():
        wait_for(traffic.ended, 20, "the end")


def test_nobody_waits_for_traffic_that_ended(tmp_path: Path) -> None:
    traffic = Brief("http://x", tmp_path / "requests.csv", rate=20)
    with pytest.raises(DrillError, match="ended by itself"), traffic.running():
        traffic.wait_for(1000, 60)
    with pytest.raises(DrillError, match="ended by itself"), traffic.running():
        traffic.wait_until_steady(60)


def test_an_error_of_the_drill_is_not_hidden(tmp_path: Path) -> None:
    traffic = Brief("http://x", tmp_path / "requests.csv", rate=20)
    with pytest.raises(DrillError, match="in vain for what never comes"), traffic.running():
        wait_for(lambda: False, 2, "what never comes")


def test_nothing_is_due_before_the_first_request(tmp_path: Path) -> None:
    assert Traffic("http://x", tmp_path / "requests.csv").due() == 0
