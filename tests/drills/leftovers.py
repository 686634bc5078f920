# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drill leaves outside its project: what Octavia has in its own, and on the machine."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

import hypervisors
from endings import ending_with
from octavia_project import of_octavia, remaining
from scene import Scene

PATIENCE = 60.0  # seconds: what is being deleted gets some time


@contextlib.contextmanager
def counted(scene: Scene) -> Iterator[None]:
    """Compare what is outside the scene's project before and after the context; keep what is there in addition."""
    before = outside(scene)
    with ending_with([lambda: scene.left_behind.extend(left(scene, before))]):
        yield


def left(scene: Scene, before: set[str]) -> list[str]:
    """Return what there is in addition when it had some time to go away."""
    return remaining(lambda: outside(scene), before, PATIENCE)


def outside(scene: Scene) -> set[str]:
    """Return what would be left behind if nobody took it away."""
    return of_octavia(scene.operator, scene.project) | set(hypervisors.guests(scene)) | loop_devices()


def loop_devices() -> set[str]:
    """Return the machine's loop devices without a file."""
    listed = subprocess.run(["losetup", "--list", "--noheadings"], check=True, capture_output=True, text=True).stdout
    return {f"loop device {line.split()[0]}" for line in listed.splitlines() if "(deleted)" in line}
