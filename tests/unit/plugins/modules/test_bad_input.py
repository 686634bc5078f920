# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever the arguments are: a module ends with an answer, and what it refuses it refuses before the first write.

The cases are the same in every run. HYPOTHESIS_PROFILE=explore tries other ones, and many more of them.
"""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..documentation import MODULES, PACKAGE
from ..hostile import spoilt, subsets
from .world import ARGUMENTS, make_world, maker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from unittest.mock import Mock

    from ..conftest import FakeClock, RunModule

WRITES = (
    "create_",
    "delete_",
    "update_",
    "set_",
    "add_",
    "remove_",
    "lock_",
    "unlock_",
    "rebuild_",
    "reboot_",
    "resize_",
    "confirm_",
    "start_",
    "stop_",
)
BARE_WRITES = ("post", "put", "patch", "delete", "request")
QUESTIONS = ("/validate", "/preview")
"""Ends of addresses that are posted to without changing anything."""
MANY_SLEEPS = 3000
"""A module that has slept so often waits for what does not come. Then its time is up, however much it was given."""
LONGER_THAN_ANY_TIMEOUT = 1e40


class EndlessWaitError(BaseException):
    """Not an error that a module could catch."""


def impatient(clock: FakeClock) -> Callable[[float], None]:
    sleep = clock.sleep

    def counted(seconds: float) -> None:
        sleep(seconds)
        if len(clock.slept) > MANY_SLEEPS:
            clock.now += LONGER_THAN_ANY_TIMEOUT
        if len(clock.slept) > 2 * MANY_SLEEPS:
            raise EndlessWaitError

    return counted


def writes(conn: Mock) -> list[str]:
    """What the module asked the cloud to change."""
    found = []
    for service, proxy in type(conn)._made.items():
        for name, arguments, _options in proxy.method_calls:
            if name.startswith(WRITES) or (name in BARE_WRITES and not arguments[0].endswith(QUESTIONS)):
                found.append(f"{service}.{name}{arguments}")
    return found


def spec_of(name: str) -> dict[str, Any]:
    return dict(importlib.import_module(f"{PACKAGE}.modules.{name}").MODULE.argument_spec)


@pytest.fixture
def attempt(
    conn: Mock, clock: FakeClock, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Run a module in a fresh world, in which what it is about stands or not, and see that it behaves."""
    monkeypatch.setattr(clock, "sleep", impatient(clock))

    def run(name: str, arguments: Mapping[str, Any], *, check: bool, stands: bool) -> None:
        conn.wipe()
        clock.slept.clear()
        clock.now = 0.0
        make_world(conn, name)
        made = maker(name)
        if made and (stands or name == "autoscaling_capacity"):
            assert run_module(*made).get("msg") is None
        earlier = len(writes(conn))
        answer = run_module(name, arguments, check=check)
        json.dumps(answer)
        written = writes(conn)[earlier:]
        assert not (check or name.endswith("_info")) or not written
        if answer.get("failed"):
            assert answer["msg"]
            # The cloud of this test refuses nothing, so what failed was refused by the module, or waited in vain.
            assert not written or "option 'timeout'" in answer["msg"], answer["msg"]

    return run


FEW = 40
"""Cases of each test, unless somebody explores: all of them take minutes."""
PROFILE = settings()
SETTINGS = settings(
    max_examples=FEW if PROFILE.derandomize else PROFILE.max_examples,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

WORLDS = [(name, bool(maker(name))) for name in MODULES]
WORLDS += [(name, False) for name, stands in WORLDS if stands and not name.endswith("_info")]
"""What a module is about stands already, or there is nothing yet; what only reads has more to read in the former."""


@pytest.mark.parametrize(("name", "stands"), WORLDS)
def test_spoilt_arguments(name: str, stands: bool, attempt: Callable[..., None]) -> None:
    @SETTINGS
    @given(spoilt(ARGUMENTS[name], spec_of(name)), st.booleans())
    def each(arguments: dict[str, Any], check: bool) -> None:
        attempt(name, arguments, check=check, stands=stands)

    each()


@pytest.mark.parametrize("name", MODULES)
def test_any_arguments(name: str, attempt: Callable[..., None]) -> None:
    @SETTINGS
    @given(subsets(spec_of(name)), st.booleans(), st.booleans())
    def each(arguments: dict[str, Any], check: bool, stands: bool) -> None:
        attempt(name, arguments, check=check, stands=stands)

    each()


@pytest.mark.parametrize(("name", "stands"), WORLDS)
def test_the_good_arguments_are_good(
    name: str, stands: bool, attempt: Callable[..., None], run_module: RunModule
) -> None:
    attempt(name, ARGUMENTS[name], check=True, stands=stands)
    assert run_module(name, ARGUMENTS[name]).get("msg") is None
