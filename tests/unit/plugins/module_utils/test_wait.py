# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError, WaitTimeoutError
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import (
    LONGEST_INTERVAL,
    Deadline,
    wait_until,
)

if TYPE_CHECKING:
    from ..conftest import FakeClock


def deadline(clock: FakeClock, timeout: float = 10) -> Deadline:
    return Deadline(timeout, clock=clock.time, sleep=clock.sleep)


def test_returns_what_the_probe_found(clock: FakeClock) -> None:
    found = iter([None, None, "ready"])

    assert wait_until(lambda: next(found), deadline(clock), attempted="run", kind="server") == "ready"
    assert clock.slept == [0.3, pytest.approx(0.39)]


def test_looks_at_once_and_once_more_at_the_end(clock: FakeClock) -> None:
    looks: list[float] = []

    told = r"Timed out waiting for server 'x' \(s1\) to run: status BUILD after 10 s"
    with pytest.raises(WaitTimeoutError, match=told):
        wait_until(
            lambda: looks.append(clock.now),
            deadline(clock),
            attempted="run",
            kind="server",
            name="x",
            resource_id="s1",
            progress=lambda: "status BUILD",
        )

    assert looks[0] == 0
    assert looks[-1] == 10
    assert max(clock.slept) <= LONGEST_INTERVAL


def test_a_deadline_is_shared(clock: FakeClock) -> None:
    shared = deadline(clock)
    clock.now = 9

    with pytest.raises(WaitTimeoutError):
        wait_until(lambda: None, shared, attempted="run", kind="server")

    assert clock.now == 10
    assert shared.expired()
    assert shared.fresh(5).remaining() == 5


def test_a_deadline_may_begin_anew(clock: FakeClock) -> None:
    shared = deadline(clock)
    shared.sleep(8)

    shared.restart()

    assert (shared.remaining(), shared.elapsed()) == (10, 0)


def test_hopeless_is_told_at_once(clock: FakeClock) -> None:
    def probe() -> None:
        raise CloudError("see", "server", answer="it is in ERROR")

    with pytest.raises(CloudError, match="ERROR"):
        wait_until(probe, deadline(clock), attempted="run", kind="server")
    assert clock.slept == []
