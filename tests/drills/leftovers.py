# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drill leaves outside its project: amphorae and their ports, which are Octavia's, and on the machine."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

import hypervisors
from endings import ending_with
from scene import Scene, wait_for
from traffic import DrillError

OCTAVIA = "service"  # the project in which it makes servers and ports
PATIENCE = 60.0  # seconds: what is being deleted gets some time


@contextlib.contextmanager
def counted(scene: Scene) -> Iterator[None]:
    """Compare what is outside the scene's project before and after the context; keep what is there in addition."""
    before = outside(scene)
    with ending_with([lambda: scene.left_behind.extend(left(scene, before))]):
        yield


def left(scene: Scene, before: set[str]) -> list[str]:
    """Return what there is in addition when it had some time to go away."""
    found: set[str] = set()

    def gone() -> bool:
        found.clear()
        found.update(outside(scene) - before)
        return not found

    with contextlib.suppress(DrillError):
        wait_for(gone, PATIENCE, "the end of what a drill made outside its project", every=2)
    return sorted(found)


def outside(scene: Scene) -> set[str]:
    """Return what would be left behind if nobody took it away."""
    return of_octavia(scene) | set(hypervisors.guests(scene)) | loop_devices()


def of_octavia(scene: Scene) -> set[str]:
    """Return the servers and ports in Octavia's project but for those of other balancers, and spare ones."""
    operator = scene.operator
    project = operator.identity.find_project(OCTAVIA, ignore_missing=False).id
    balancers = {balancer.id for balancer in operator.load_balancer.load_balancers() if balancer.name != scene.project}
    used = [
        amphora
        for amphora in operator.load_balancer.amphorae()
        if amphora.loadbalancer_id in balancers or amphora.status == "READY"
    ]
    servers = {amphora.compute_id for amphora in used}
    ports = {port for amphora in used for port in (amphora.vrrp_port_id, amphora.ha_port_id)}
    return {
        f"left behind: server {server.name} ({server.id}) in project {OCTAVIA}"
        for server in operator.compute.servers(all_projects=True, project_id=project)
        if server.id not in servers
    } | {
        f"left behind: port {port.name} ({port.id}) in project {OCTAVIA}"
        for port in operator.network.ports(project_id=project)
        if port.id not in ports and port.device_id not in servers
    }


def loop_devices() -> set[str]:
    """Return the machine's loop devices without a file."""
    listed = subprocess.run(["losetup", "--list", "--noheadings"], check=True, capture_output=True, text=True).stdout
    return {f"loop device {line.split()[0]}" for line in listed.splitlines() if "(deleted)" in line}
