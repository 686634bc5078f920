# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replica of an autoscaling group breaks while the cloud has no room for another one, and has room later."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import one_replica
import strikes
from autoscale import ids
from heal import AROUND, OUT_WITHIN, WANTED, service
from host_killed import comes
from outcome import Outcome
from runs import Run
from scene import Scene, wait_for

FAILS_WITHIN = 180  # seconds until a new replica was refused; Aodh looks every 10 s
WITHOUT, WITH = 60.0, 120.0  # seconds in which there is no room, and in which there is


@dataclass
class Seen:
    """What was there at which moment: ids of servers, and how many stacks had failed."""

    servers: dict[str, set[str]] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)

    def note(self, scene: Scene, when: str) -> None:
        """Keep what there is now."""
        self.servers[when] = ids(scene)
        self.failed[when] = failed_stacks(scene)


def play(scene: Scene) -> Outcome:
    """Break a replica without room for another, make room, wait for the cloud, and then run site.yml."""
    wanted = service(scene)
    scene.site(wanted)
    seen = Seen()
    with scene.under_load() as (_traffic, watch):
        wait_for(lambda: len(watch.now()) == WANTED, 30, "all replicas in rotation")
        time.sleep(AROUND)
        seen.note(scene, "before")
        with no_room(scene):
            hit = strikes.one_replica(scene, strikes.end)
            wait_for(lambda: hit.address not in watch.now(), OUT_WITHIN, f"{hit.address} out of rotation")
            wait_for(lambda: failed_stacks(scene) > 0, FAILS_WITHIN, "a new replica that is refused", every=1)
            scene.mark("note", "the cloud could not make another replica")
            time.sleep(WITHOUT)
            seen.note(scene, "without room")
        time.sleep(WITH)
        seen.note(scene, "with room")
        repair = scene.repair(wanted)
        comes(lambda: len(watch.now() - {hit.address}) >= WANTED)
        time.sleep(AROUND)
        seen.note(scene, "after")
    return judge(scene, hit, repair, seen)


def judge(scene: Scene, hit: strikes.Hit, repair: Run, seen: Seen) -> Outcome:
    """Return the figures, and what must hold."""
    before = seen.servers["before"]
    outcome = one_replica.judge(scene, hit, repair, before, seen.servers["after"])
    more = {"replaced_before_site": len(before - seen.servers["with room"]), "failed_stacks": seen.failed}
    return replace(outcome, figures={**outcome.figures, **more})


def failed_stacks(scene: Scene) -> int:
    """Return how many stacks of the project have failed, nested ones included."""
    answer = scene.conn().orchestration.get("/stacks", params={"show_nested": "true"})
    return sum(stack["stack_status"].endswith("_FAILED") for stack in answer.json()["stacks"])


@contextlib.contextmanager
def no_room(scene: Scene) -> Iterator[None]:
    """Lower the quota of servers to those that exist, and set it back at the end."""
    compute, project = scene.operator.compute, scene.conn().current_project_id
    quota = compute.get_quota_set(project).instances
    compute.update_quota_set(project, instances=len(ids(scene)))
    scene.mark("change", "the quota has no room for another server")
    try:
        yield
    finally:
        compute.update_quota_set(project, instances=quota)
        scene.mark("change", "there is room again")
