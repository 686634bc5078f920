# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection whose proxies have the SDK's interface, and a way to run a module through its C(main)."""

from __future__ import annotations

import importlib
import json
import threading
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast
from unittest.mock import CallableMixin, Mock, create_autospec

import pytest
from ansible.module_utils.common import warnings as ansible_warnings
from ansible.module_utils.testing import patch_module_args
from keystoneauth1.noauth import NoAuth
from keystoneauth1.session import Session
from openstack.block_storage.v3._proxy import Proxy as BlockStorage
from openstack.compute.v2._proxy import Proxy as Compute
from openstack.config.cloud_region import CloudRegion
from openstack.image.v2._proxy import Proxy as Image
from openstack.load_balancer.v2._proxy import Proxy as LoadBalancer
from openstack.network.v2._proxy import Proxy as Network
from openstack.orchestration.v1._proxy import Proxy as Orchestration

from ansible_collections.model_serving.openstack.plugins.module_utils import _connection
from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_api import newest_version
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import Deadline

from .documentation import PACKAGE, returns, untrue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def pytest_configure(config: pytest.Config) -> None:
    # openstacksdk 4.22 warns about its own doings whenever a resource or a connection is made, or a request.
    config.addinivalue_line("filterwarnings", "ignore:The _compute_attributes method is deprecated")
    config.addinivalue_line("filterwarnings", "ignore:The 'service_type' parameter is unnecesary")
    config.addinivalue_line("filterwarnings", "ignore:Support for InfluxDB requires the influxdb library")


@pytest.fixture(autouse=True)
def one_call_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let mocks answer one call after another, as modules ask from several threads (``in_parallel``).

    Neither mocks nor the fakes behind them change what they remember in one step.
    """
    lock, call = threading.RLock(), CallableMixin.__call__

    def locked(self: CallableMixin, /, *args: Any, **kwargs: Any) -> Any:
        with lock:
            return call(self, *args, **kwargs)

    monkeypatch.setattr(CallableMixin, "__call__", locked)


class FakeClock:
    """A clock that only goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._acts: dict[float, Callable[[], object]] = {}

    def when(self, seconds: float, act: Callable[[], object]) -> None:
        """Let something happen as soon as somebody sleeps for so long, once."""
        self._acts[seconds] = act

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if act := self._acts.pop(seconds, None):
            act()
        self.now += seconds


class RunModule(Protocol):
    def __call__(self, name: str, args: Mapping[str, Any] | None = None, *, check: bool = False) -> dict[str, Any]: ...


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


PROXIES: dict[str, type] = {
    "block_storage": BlockStorage,
    "compute": Compute,
    "image": Image,
    "load_balancer": LoadBalancer,
    "network": Network,
    "orchestration": Orchestration,
}


def in_catalogue(*kinds: str) -> list[dict[str, Any]]:
    """Return the catalogue of a cloud that has these services, for C(service_catalog)."""
    endpoint = {"interface": "public", "region": "A", "region_id": "A", "url": "http://127.0.0.1"}
    return [{"type": kind, "name": kind, "endpoints": [endpoint]} for kind in kinds]


class FakeConnection:
    """A connection: C(conn.compute) and so on have exactly the methods of the SDK's proxies.

    Making such a proxy takes longer than most tests, so each is made when first used, kept for all tests and wiped
    after each of them.
    """

    current_project_id = "p1"
    session = Session(auth=NoAuth())
    config = CloudRegion(name="fake", config={"interface": "public"})
    service_catalog: ClassVar[list[dict[str, Any]]] = in_catalogue("compute")
    _made: ClassVar[dict[str, Mock]] = {}
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __getattr__(self, name: str) -> Mock:
        if name not in PROXIES:
            raise AttributeError(name)
        with self._lock:
            if name not in self._made:
                # The microversion that clouds.yaml pins is an attribute of objects only. Before Python 3.13, a reset of
                # the mock makes another mock of the number that it is remembered by.
                own: dict[str, Any] = {"default_microversion": None, "__hash__": object.__hash__}
                self._made[name] = create_autospec(PROXIES[name], instance=True, **own)
            return self._made[name]

    def wipe(self) -> None:
        for proxy in self._made.values():
            proxy.reset_mock(return_value=True, side_effect=True)
            proxy.default_microversion = None


@pytest.fixture
def conn() -> Iterator[Mock]:
    connection = FakeConnection()
    yield cast("Mock", connection)
    connection.wipe()
    # Modules remember it for the life of their process.
    newest_version.cache_clear()


@pytest.fixture
def context(conn: Mock, clock: FakeClock) -> Context:
    return Context(conn=conn, deadline=Deadline(60, clock=clock.time, sleep=clock.sleep), warn=lambda _: None)


def _text(warning: str | dict[str, Any]) -> str:
    """A warning as the user reads it; between module and controller it may travel as an object."""
    return warning if isinstance(warning, str) else str(warning["event"]["msg"])


@pytest.fixture
def connect(conn: Mock) -> Callable[[Mapping[str, Any]], Any]:
    """What modules connect with: here, whatever they ask for, they get the fake connection."""
    return lambda _params: conn


@pytest.fixture
def run_module(
    connect: Callable[[Mapping[str, Any]], Any],
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> RunModule:
    """Run a module through C(main) and return its JSON answer.

    The answer must be what C(RETURN) of the module says.
    """

    def run(name: str, args: Mapping[str, Any] | None = None, *, check: bool = False) -> dict[str, Any]:
        module = importlib.import_module(f"{PACKAGE}.modules.{name}")
        monkeypatch.setattr(_connection, "connect", connect)
        monkeypatch.setattr("time.sleep", clock.sleep)
        monkeypatch.setattr("time.monotonic", clock.time)
        # Ansible collects warnings per process, which usually lives for one module only.
        monkeypatch.setattr(ansible_warnings, "_global_warnings", type(ansible_warnings._global_warnings)())
        # A test that imports what belongs to the controller makes warnings go to its display.
        monkeypatch.setattr("ansible.module_utils._internal.is_controller", False)
        with patch_module_args({**(args or {}), "_ansible_check_mode": check}), pytest.raises(SystemExit):
            module.main()
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert not untrue(answer, returns(name))
        answer["warnings"] = [_text(warning) for warning in answer.get("warnings", [])]
        return answer

    return run
