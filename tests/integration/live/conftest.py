# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of single modules against a real cloud, the one that C(OS_CLOUD) names. Without it they are skipped.

What a test makes has a name of its own and is removed afterwards. What is seen is checked with the SDK, not with our
modules.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openstack
import pytest
from openstack.exceptions import ConfigException

from .balancers import left_behind, offered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openstack.compute.v2.server_group import ServerGroup
    from openstack.connection import Connection

HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "live: needs a real cloud, named by OS_CLOUD")
    # openstacksdk 4.22 warns about its own doings.
    config.addinivalue_line("filterwarnings", "ignore::PendingDeprecationWarning")
    config.addinivalue_line("filterwarnings", "ignore::DeprecationWarning:openstack")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.live)
            if not os.environ.get("OS_CLOUD"):
                item.add_marker(pytest.mark.skip(reason="OS_CLOUD names no cloud"))


class Modules:
    """Runs modules like Ansible does: each in a process, arguments in, JSON out."""

    def start(
        self, name: str, arguments: dict[str, Any], *, check: bool = False, **environment: str
    ) -> subprocess.Popen[str]:
        given = json.dumps({**arguments, "_ansible_check_mode": check})
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore", **environment}
        command = [sys.executable, str(HERE / "run_module.py"), name, given]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    def fails(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        answer = self.answer(self.start(name, arguments))
        assert answer.get("failed") is True, answer
        return answer

    def run(self, name: str, arguments: dict[str, Any], *, check: bool = False) -> dict[str, Any]:
        answer = self.answer(self.start(name, arguments, check=check))
        assert not answer.get("failed"), answer["msg"]
        return answer

    def converges(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Check mode predicts the run, the run changes something, the next one nothing."""
        predicted = self.run(name, arguments, check=True)
        done = self.run(name, arguments)
        again = self.run(name, arguments)
        assert predicted["changed"] is done["changed"] is True
        assert predicted["actions"] == done["actions"]
        assert predicted["diff"] == done["diff"]
        assert again["changed"] is False, again["actions"]
        return done

    def killed_after_write(self, number: int, name: str, arguments: dict[str, Any]) -> None:
        """Kill a run as soon as this many of its requests that write have been answered."""
        process = self.start(name, arguments, KILLED_AFTER_WRITE=str(number))
        said = process.communicate()[0]
        assert process.returncode == -signal.SIGKILL, said

    def answer(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        """Return what a module that was started answers."""
        answer: dict[str, Any] = json.loads(process.communicate()[0])
        return answer


@pytest.fixture
def modules() -> Modules:
    return Modules()


@pytest.fixture(scope="session")
def cloud() -> Iterator[Connection]:
    with openstack.connect() as connection:
        yield connection


@pytest.fixture
def operator() -> Iterator[Connection]:
    """The cloud as its operator sees it: C(OS_CLOUD)C(-admin) in clouds.yaml."""
    try:
        connection = openstack.connect(cloud=f"{os.environ['OS_CLOUD']}-admin")
    except ConfigException:
        pytest.skip("clouds.yaml has no entry for the cloud's operator")
    with connection:
        yield connection


@pytest.fixture
def name(cloud: Connection, modules: Modules) -> Iterator[str]:
    """A name for all that a test makes."""
    unique = f"live-{uuid.uuid4().hex[:8]}"
    yield unique
    absent = {"name": unique, "state": "absent"}
    # A fleet that is told its server group removes the further ones, too.
    modules.run("server_fleet", {**absent, "server_group": unique} if unique in groups_like(cloud, unique) else absent)
    for module in ("server_group", "security_group"):
        modules.run(module, absent)
    # A run that was killed after it had made one leaves it empty, and nobody could tell whose it is.
    for group in groups_like(cloud, unique).values():
        assert not group.member_ids
        cloud.compute.delete_server_group(group.id)


def groups_like(cloud: Connection, name: str) -> dict[str, ServerGroup]:
    """Return the server groups that have a name, or one that begins with it, by name."""
    return {group.name: group for group in cloud.compute.server_groups() if group.name.startswith(name)}


@pytest.fixture(params=["ovn", "amphora"])
def provider(cloud: Connection, request: pytest.FixtureRequest) -> str:
    return offered(cloud, request.param)


@pytest.fixture
def balancer_name(cloud: Connection, modules: Modules, name: str) -> Iterator[str]:
    yield name
    modules.run("load_balancer", {"name": name, "state": "absent"})
    assert left_behind(cloud, name) == []
