# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When alarms of a real Aodh signal, on measures that the test sends to Gnocchi."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest

from .test_autoscaling_group import group, servers, wait_for_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openstack.connection import Connection

    from .conftest import Modules

__all__ = ["group"]

GRANULE, PERIODS = 5, 4
IDLE, BUSY = 0.0, 20.0


class Feed:
    """A resource of the test's own with one metric, of which each granule gets the next one of some values."""

    def __init__(self, cloud: Connection) -> None:
        self.cloud, self.id = cloud, str(uuid.uuid4())
        self.values: Iterator[float] = cycle([IDLE])
        self._ended = threading.Event()
        self._send("/v1/resource/generic", {"id": self.id, "metrics": {"queue": {"archive_policy_name": "fine"}}})
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def show(self, values: Sequence[float]) -> None:
        self.values = cycle(values)

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(GRANULE - time.time() % GRANULE):
            measure = {"timestamp": datetime.now(UTC).isoformat(), "value": next(self.values)}
            self._send(f"/v1/resource/generic/{self.id}/metric/queue/measures", [measure])

    def _send(self, path: str, body: Any) -> None:
        self.cloud.session.post(path, json=body, endpoint_filter={"service_type": "metric"})


@pytest.fixture
def feed(cloud: Connection) -> Iterator[Feed]:
    made = Feed(cloud)
    yield made
    made.end()
    path = f"/v1/resource/generic/{made.id}"
    cloud.session.delete(path, endpoint_filter={"service_type": "metric"})


def wait_for_state(cloud: Connection, name: str, state: str, seconds: float) -> None:
    """Wait until all alarms of a group are in a state."""
    deadline = time.monotonic() + seconds
    while True:
        found = cloud.session.get("/v2/alarms", endpoint_filter={"service_type": "alarming"}).json()
        states = {alarm["state"] for alarm in found if alarm["name"].startswith(name)}
        if states == {state}:
            return
        if time.monotonic() > deadline:
            pytest.fail(f"the alarms are {states or 'not there'}, not {state}, after {seconds} s")
        time.sleep(2)


def scaled_by(feed: Feed, threshold: float) -> dict[str, Any]:
    """Return the options of a group that grows with what a feed shows."""
    steps = {
        "metric": "queue",
        "resource_type": "generic",
        "resource_query": {"=": {"id": feed.id}},
        "aggregation_method": "max",
        "granularity": GRANULE,
        "evaluation_periods": PERIODS,
        # Longer than the periods and what Aodh waits for late measures: none of those before count then.
        "estimated_instance_warmup": 45,
        "steps": [{"lower_bound": threshold, "adjustment": 1}],
    }
    return {"max_size": 4, "step_scaling": [steps]}


def test_an_alarm_signals_only_while_all_of_its_periods_are_beyond(
    modules: Modules, cloud: Connection, group: dict[str, Any], feed: Feed
) -> None:
    group |= scaled_by(feed, 10)
    modules.run("autoscaling_group", group)
    # An alarm without a state takes the last period for all.
    wait_for_state(cloud, group["name"], "ok", 180)
    feed.show([IDLE, BUSY])
    time.sleep(60)
    assert len(servers(cloud, group["name"])) == 1

    feed.show([BUSY])
    wait_for_size(cloud, group["name"], 2, 180)

    # An alarm that keeps its state while periods disagree would go on from here.
    feed.show([IDLE, BUSY])
    time.sleep(120)
    assert len(servers(cloud, group["name"])) == 2

    # What an alarm does outlives a change of when it goes off.
    modules.run("autoscaling_group", {**group, **scaled_by(feed, 5)})
    feed.show([BUSY])
    wait_for_size(cloud, group["name"], 3, 240)


def actions_of(cloud: Connection, name: str) -> list[int]:
    """Return how many actions each alarm of a group has."""
    found = cloud.session.get("/v2/alarms", endpoint_filter={"service_type": "alarming"}).json()
    return [len(alarm["alarm_actions"]) for alarm in found if alarm["name"].startswith(name)]


def test_alarms_keep_their_actions(modules: Modules, cloud: Connection, group: dict[str, Any], feed: Feed) -> None:
    """Heat empties those of combined alarms when anything else of them changes."""
    name = group["name"]
    modules.run("autoscaling_group", {**group, **scaled_by(feed, 10)})
    assert actions_of(cloud, name) == [1]

    modules.run("autoscaling_group", {**group, **scaled_by(feed, 5)})
    assert actions_of(cloud, name) == [1]

    for suspended in (["scaling"], []):
        modules.run("autoscaling_capacity", {"name": name, "suspended_processes": suspended})
        assert actions_of(cloud, name) == [1]
