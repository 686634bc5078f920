# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local cloud's hypervisors: what runs where, power off, power on, and what a dead one leaves."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scene import Scene, wait_for
from traffic import DrillError

CLOUD = Path(os.environ.get("LOCAL_CLOUD_DIR", "/var/lib/local_cloud"))
FLAVOR = "drill-active-standby"
RUNS_WITHIN = 60.0  # seconds after the power came back


def local_cloud(*words: str) -> str:
    """Run the local cloud's command, as this checkout has it; raise DrillError with what it said if it fails."""
    done = _command(*words)
    if done.returncode:
        raise DrillError(f"local-cloud {' '.join(words)} ended with {done.returncode}: {done.stderr[-1000:]}")
    return done.stdout


def not_running() -> list[str]:
    """Return what the local cloud says of programs that do not run, or of itself; nothing when all do."""
    done = _command("status")
    if not done.returncode:
        return []
    # The first line is the table's head, and the last one counts.
    rows = [line for line in done.stdout.splitlines()[1:-1] if " RUNNING" not in line]
    return rows or [done.stderr[-1000:] or f"local-cloud status ended with {done.returncode}"]


def _command(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "roles/local_cloud/files")}
    command = [str(CLOUD / "venv/bin/python"), "-P", "-m", "local_cloud", "--directory", str(CLOUD), *words]
    return subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=600)


def described() -> Any:
    """Return what the local cloud consists of."""
    return json.loads((CLOUD / "etc/cloud.json").read_text(encoding="utf-8"))


def names() -> list[str]:
    """Return the names of all hypervisors."""
    return [item["name"] for item in described()["hypervisors"]]


def zones() -> dict[str, list[str]]:
    """Return the names of the hypervisors in each availability zone."""
    found: dict[str, list[str]] = {}
    for item in described()["hypervisors"]:
        found.setdefault(item["zone"], []).append(item["name"])
    return found


def power_off(name: str) -> None:
    """Kill everything on a hypervisor at once."""
    local_cloud("power-off", name)


@contextlib.contextmanager
def alive(scene: Scene) -> Iterator[None]:
    """At the end, give every hypervisor its power back and wait until Nova uses it, whatever happened."""
    try:
        yield
    finally:
        scene.mark("note", "the power comes back")
        scene.at_end.append(lambda: tidy(scene))
        local_cloud("up", "network", "hypervisors")
        wait_for(lambda: not down(scene), 120, "all of nova-compute up")
        with contextlib.suppress(DrillError):  # what does not run is said below
            wait_for(lambda: not not_running(), RUNS_WITHIN, "all of the local cloud", every=2)
        if rows := not_running():
            raise DrillError(f"the local cloud does not run again: {rows}")


def down(scene: Scene) -> list[str]:
    """Return the hypervisors that Nova thinks dead."""
    return [service.host for service in scene.operator.compute.services(binary="nova-compute") if service.state != "up"]


def of_amphorae(scene: Scene) -> Counter[str]:
    """Count the amphorae of the scene's balancer by hypervisor."""
    return Counter(str(server.hypervisor_hostname) for server in amphorae(scene))


def amphorae(scene: Scene) -> list[Any]:
    """Return the servers that are amphorae of the scene's balancer."""
    found = scene.operator.load_balancer.amphorae(loadbalancer_id=scene.balancer().id)
    return [
        scene.operator.compute.get_server(amphora.compute_id)
        for amphora in found
        if amphora.compute_id and amphora.status == "ALLOCATED"
    ]


def is_whole(scene: Scene, dead: str) -> bool:
    """Return whether the balancer takes changes and has two amphorae, none of them on a dead hypervisor."""
    hosts = of_amphorae(scene)
    return scene.balancer().provisioning_status == "ACTIVE" and hosts.total() == 2 and not hosts[dead]


def pair(scene: Scene) -> dict[str, Any]:
    """Return the changes of a service file that ask for two amphorae, of which one takes over from the other."""
    balancers = scene.operator.load_balancer

    def remove() -> None:
        for flavor in list(balancers.flavors(name=FLAVOR)):
            balancers.delete_flavor(flavor)
        for profile in list(balancers.flavor_profiles(name=FLAVOR)):
            balancers.delete_flavor_profile(profile)

    remove()
    data = json.dumps({"loadbalancer_topology": "ACTIVE_STANDBY"})
    profile = balancers.create_flavor_profile(name=FLAVOR, provider_name="amphora", flavor_data=data)
    balancers.create_flavor(name=FLAVOR, flavor_profile_id=profile.id, is_enabled=True)
    scene.at_end.append(remove)
    return {"load_balancer": {"flavor": FLAVOR}}


def tidy(scene: Scene, patience: float = 60.0) -> None:
    """Detach the loop devices that Nova forgot of a dead hypervisor, when it had some time to take away its guests."""
    with contextlib.suppress(DrillError):
        wait_for(lambda: not guests(scene), patience, "the end of guests that Nova does not know", every=2)
    local_cloud("up", "hypervisors")


def guests(scene: Scene) -> list[str]:
    """Return the running guests that Nova does not know."""
    known = {server.instance_name for server in scene.operator.compute.servers(all_projects=True)}
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = process.read_bytes().decode(errors="replace").split("\0")
            if words[0].endswith("libvirt_lxc") and "--name" in words:
                found.append(words[words.index("--name") + 1])
    return [f"guest {name}, which Nova does not know" for name in found if name not in known]
