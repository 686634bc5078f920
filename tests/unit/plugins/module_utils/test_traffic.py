# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When requests are sent, on a clock that only the test moves."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any
from unittest.mock import create_autospec

import pytest
from openstack.connection import Connection

from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
from ansible_collections.model_serving.openstack.plugins.module_utils._traffic import (
    OWN_AUTHORITIES,
    Traffic,
    authorities,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._traffic_figures import Answer
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import Deadline

if TYPE_CHECKING:
    from pathlib import Path

    from ..conftest import FakeClock


class QuickTraffic(Traffic):
    """Requests that take no time."""

    def ask(self) -> None:
        self.answers.append(Answer(start=0.0, seconds=0.0, error=""))


def make(clock: FakeClock, seconds_per_look: float) -> QuickTraffic:
    """Return ten requests a second for two seconds; a look at the clock takes its time."""

    def busy() -> float:
        clock.now += seconds_per_look
        return clock.now

    deadline = Deadline(60, clock=busy, sleep=clock.sleep)
    context = Context(conn=create_autospec(Connection), deadline=deadline, warn=print)
    asked = {"duration": 2, "rate": 10, "clients": 1000, "replicas": 0, "lost": [], "settle": 0}
    return QuickTraffic(context, asked, pool_id=None)


@pytest.mark.parametrize("seconds_per_look", [0.0, 0.01])
def test_rate_is_kept_when_the_loop_itself_takes_time(clock: FakeClock, seconds_per_look: float) -> None:
    traffic = make(clock, seconds_per_look)

    traffic.run()

    assert len(traffic.answers) == pytest.approx(20, abs=1)


def test_what_a_slow_machine_missed_is_not_made_up_for(clock: FakeClock) -> None:
    traffic = make(clock, seconds_per_look=0.1)

    traffic.run()

    assert 0 < len(traffic.answers) < 10


NOTHING = {"ca_path": None, "ca_cert": None, "validate_certs": None}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The directory of the system's store, which has no file with all; nothing is in it."""
    for name in OWN_AUTHORITIES:
        monkeypatch.delenv(name, raising=False)
    found = ssl.get_default_verify_paths()._replace(cafile="", capath=str(tmp_path))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: found)
    return tmp_path


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"ca_path": "/a.pem", "ca_cert": "/b.pem"}, "/a.pem"),
        ({"ca_cert": "/b.pem", "validate_certs": False}, "/b.pem"),
        ({"validate_certs": False}, False),
    ],
)
def test_what_the_options_say_of_certificates_goes_first(store: Path, given: dict[str, Any], told: str | bool) -> None:
    (store / "one.pem").touch()

    assert authorities({**NOTHING, **given}) == told


@pytest.mark.parametrize("given", [{}, {"validate_certs": True}])
def test_else_it_is_the_store_of_the_system(store: Path, given: dict[str, Any]) -> None:
    assert authorities({**NOTHING, **given}) is True
    (store / "one.pem").touch()
    assert authorities({**NOTHING, **given}) == str(store)


@pytest.mark.parametrize("name", OWN_AUTHORITIES)
def test_the_environment_goes_before_the_store(store: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (store / "one.pem").touch()
    monkeypatch.setenv(name, "/c.pem")

    # Which requests reads itself.
    assert authorities(NOTHING) is True
