# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a drill takes place: a project of its own on the local cloud, a service in it, traffic to that service."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openstack
import yaml
from endings import ending_with
from examples import EXAMPLES, example
from figures import Request, Rotation
from haproxy import Watch
from runs import Run, run
from shapes import EMPTY, Project
from sources import ROOT
from traffic import MODELS, DrillError, Traffic

INTEGRATION = ROOT / "tests" / "integration"
PLAYBOOK_LIMIT = 900.0  # seconds


@dataclass(frozen=True)
class Event:
    """Something that the drill did or saw; `kind` is fault, change, recovery or note."""

    at: float
    kind: str
    text: str


class Scene:
    """A project with everything in it, and what was done and seen there."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.project = f"drill-{name.replace('_', '-')}"
        self.folder = ROOT / "build" / "drills" / name
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in (*self.folder.glob("playbook-*.log"), *self.folder.glob("service.yml")):
            old.unlink()
        self.events: list[Event] = []
        self.commands: list[str] = []
        self.requests: list[Request] = []
        self.due = 0.0  # requests
        self.clients = 0
        self.watch: Watch | None = None
        self.rotations: list[Rotation] = []
        self.series: dict[str, list[list[float]]] = {}  # by name: seconds since the first request, value
        self.left_behind: list[str] = []
        self.at_end: list[Callable[[], None]] = []  # called after the teardown, the last first
        self.clouds_yaml = self.folder / "clouds.yaml"
        self.operator: Any = openstack.connect(cloud="local-admin")

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which the project's commands run."""
        return {**os.environ, "OS_CLIENT_CONFIG_FILE": str(self.clouds_yaml), "OS_CLOUD": "local"}

    @contextlib.contextmanager
    def open(self) -> Iterator[Scene]:
        """Make the project, empty; at the end tear the service down and count what is left, whatever happened."""
        self._program("project.py", "make", self.project, str(self.clouds_yaml), environment=os.environ)
        self._clear()
        before = self.folder / "before.json"
        before.write_text(self._program("cloud.py").stdout, encoding="utf-8")
        with ending_with(self._ending(before)):
            yield self

    def _ending(self, before: Path) -> Iterator[Callable[[], object]]:
        """Yield how to tear down, count and remove what there is when the drill has ended."""
        if (self.folder / "service.yml").exists():
            yield self._tear_down
        yield from reversed(self.at_end)
        yield lambda: self._count(before)
        yield lambda: self._program("project.py", "remove", self.project, environment=os.environ)

    def _tear_down(self) -> None:
        """Remove the service; raise DrillError if teardown.yml fails, even if nothing is left behind then."""
        done = self.playbook("teardown")
        if done.code:
            raise DrillError(f"teardown.yml failed, see {done.log}")

    def _clear(self) -> None:
        """Remove what a run has left that was killed: at the end, it would be missing.

        :raises DrillError: not all of it goes
        """
        project = Project(self.clouds_yaml)
        if project.shape() == EMPTY:
            return
        self._write({"name": self.project})
        done = self.playbook("teardown")
        if done.code:
            raise DrillError(f"an earlier run has left something, and teardown.yml failed, see {done.log}")
        if left := project.differences(EMPTY):
            raise DrillError(f"an earlier run has left what teardown.yml does not remove: {'; '.join(left)}")

    def _count(self, before: Path) -> None:
        """Keep what the project has more or less than before; raise DrillError when that is not said."""
        found = self._program("compare.py", str(before), check=False).stdout.splitlines()
        if not found:
            raise DrillError(f"compare.py {before} does not say what is left behind")
        self.left_behind += [line for line in found if line != "as before"]

    def conn(self) -> Any:
        """Return a connection as the project's user."""
        config = openstack.config.OpenStackConfig(config_files=[str(self.clouds_yaml)], load_envvars=False)
        return openstack.connection.Connection(config=config.get_one("local"))

    def service(self, version: str = "1", model: Path | None = None, **changes: Any) -> dict[str, Any]:
        """Return the shipped example under this drill's name, with changes; a mapping changes only its own keys."""
        # Most drills are about server fleets.
        settings = {"autoscaling": {"enabled": False}, **changes}
        return merged(example(), {"name": self.project, "models": [served("digits", version, model)], **settings})

    def site(self, service: Mapping[str, Any], *more: str, may_fail: bool = False) -> Run:
        """Run site.yml with a service file of this content; raise DrillError if it fails and may not."""
        self._write(service)
        done = self.playbook("site", *more)
        if done.code and not may_fail:
            raise DrillError(f"site.yml failed, see {done.log}")
        return done

    def repair(self, service: Mapping[str, Any], begins: str = "site.yml begins") -> Run:
        """Run site.yml after a fault, and mark its begin and its end, however that is."""
        self.mark("change", begins)
        done = self.site(service, may_fail=True)
        self.mark("recovery" if done.code == 0 else "note", f"site.yml ended with {done.code}")
        return done

    def _write(self, service: Mapping[str, Any]) -> None:
        text = yaml.safe_dump({"model_service": dict(service)}, sort_keys=False)
        (self.folder / "service.yml").write_text(text, encoding="utf-8")

    def playbook(self, name: str, *more: str) -> Run:
        """Run one of the collection's playbooks, or a file, with the service file that was written last."""
        number = len(list(self.folder.glob("playbook-*.log"))) + 1
        log = self.folder / f"playbook-{number}-{Path(name).stem}.log"
        words = [
            "ansible-playbook",
            name if name.endswith(".yml") else f"model_serving.openstack.{name}",
            f"--extra-vars=@{self.folder / 'service.yml'}",
            f"--extra-vars=@{EXAMPLES / 'local_cloud.yml'}",
            *more,
        ]
        self.commands.append(" ".join(words).replace(f"{ROOT}/", ""))
        return run(words, self.environment, log, PLAYBOOK_LIMIT)

    def balancer(self) -> Any:
        """Return the service's load balancer as Octavia has it."""
        return self.conn().load_balancer.find_load_balancer(self.project, ignore_missing=False)

    def url(self) -> str:
        """Return the service's address, by its floating IP."""
        conn = self.conn()
        ports = {self.balancer().vip_port_id}
        found = [ip.floating_ip_address for ip in conn.network.ips() if ip.port_id in ports]
        if not found:
            raise DrillError("the load balancer has no floating IP")
        return f"http://{found[0]}:80"

    @contextlib.contextmanager
    def under_load(self, watch: Watch | None = None, **options: Any) -> Iterator[tuple[Traffic, Watch]]:
        """Send steady traffic and watch the balancer, by its amphorae unless told otherwise; keep what was seen."""
        traffic = Traffic(self.url(), self.folder / "requests.csv", **options)
        self.watch = watch = watch or Watch(self.balancer().id)
        self.commands.append(" ".join(traffic.command()).replace(f"{ROOT}/", ""))
        try:
            with watch.running(), traffic.running():
                traffic.wait_until_steady()
                self.mark("note", "traffic is steady")
                yield traffic, watch
        finally:
            self.requests, self.due, self.clients = traffic.requests(), traffic.due(), traffic.users
            self.rotations = list(watch.rotations)

    def add(self, traffic: Traffic) -> None:
        """Keep what was sent beside the steady traffic, when that has ended."""
        self.requests = sorted([*self.requests, *traffic.requests()], key=lambda request: request.start)
        self.due += traffic.due()

    def mark(self, kind: str, text: str, at: float | None = None) -> float:
        """Note what happens now, or happened at a moment; return the moment."""
        moment = time.time() if at is None else at
        self.events.append(Event(moment, kind, text))
        print(f"{time.strftime('%H:%M:%S', time.localtime(moment))} {text}", flush=True)
        return moment

    def replicas(self) -> dict[str, str]:
        """Return the hypervisor of each server in the project, by the address in the balancer's network."""
        project = self.conn().current_project_id
        return {
            address["addr"]: str(server.hypervisor_hostname)
            for server in self.operator.compute.servers(all_projects=True, project_id=project)
            for found in server.addresses.values()
            for address in found
        }

    def _program(
        self, name: str, *arguments: str, environment: Mapping[str, str] | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-W", "ignore", str(INTEGRATION / name), *arguments]
        env = self.environment if environment is None else environment
        done = subprocess.run(words, env=env, check=False, stdout=subprocess.PIPE, text=True)
        if check and done.returncode:
            raise DrillError(f"{name} {' '.join(arguments)} ended with {done.returncode}")
        return done


def served(name: str, version: str = "1", path: Path | None = None) -> dict[str, Any]:
    """Return one of the shipped models as a service file has it, or another file in its place."""
    return {
        "name": name,
        "version": version,
        "path": str(path or MODELS / f"{name}.onnx"),
        "known_answer": str(MODELS / f"{name}.sample.json"),
    }


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the base with the changes; mappings in both are merged alike."""
    return {
        **base,
        **{
            key: merged(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
            for key, value in changes.items()
        },
    }


def wait_for(condition: Any, timeout: float, what: str, every: float = 0.5) -> None:
    """Poll until the condition holds; raise DrillError when it does not in time."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise DrillError(f"waited {timeout:.0f} s in vain for {what}")
        time.sleep(every)
