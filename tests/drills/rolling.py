# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new version of the model replaces all replicas while clients ask; and the same with a version that is broken."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from figures import capacity_back, failures, fewest, restored, versions
from outcome import Outcome
from runs import Run
from scene import Scene, wait_for
from traffic import MODELS

Service = Callable[..., dict[str, Any]]
WANTED = 3
AT_LEAST = 10_000  # requests
READY_WITHIN = 120  # seconds
AROUND = 10.0  # seconds of traffic before and after
# One replica more while it lasts, never one less. With clients that keep their connections, each replica drains for the
# whole time: the balancer counts connections, not requests.
ROLLOUT = {"update_policy": "rolling", "max_surge": 1, "max_unavailable": 0, "drain_timeout": 10}


# The group began with fewer replicas: the number that scaling chose has to stay.
GROUP: dict[str, Any] = {
    "replicas": WANTED - 1,
    "autoscaling": {"enabled": True, "max_size": WANTED + 1, "readiness_timeout": READY_WITHIN},
    "rollout": {"drain_timeout": 10},
}


def service(scene: Scene, version: str, model: Path | None = None, **rollout: Any) -> dict[str, Any]:
    """Return the service file with a version of the model."""
    return scene.service(version, model, replicas=WANTED, rollout={**ROLLOUT, **rollout})


def group(scene: Scene, version: str, model: Path | None = None, **_rollout: Any) -> dict[str, Any]:
    """Return the service file of an autoscaling group with a version of the model."""
    return scene.service(version, model, **GROUP)


def scaled(scene: Scene) -> None:
    """Make the first version's group, and bring it to another size, as an alarm would."""
    scene.site(group(scene, "1"))
    scene.playbook(str(Path(__file__).with_name("scale.yml")), f"--extra-vars=size={WANTED}")


def play(scene: Scene) -> Outcome:
    """Roll a server fleet from version 1 to version 2."""
    scene.site(service(scene, "1"))
    return _play(scene, service)


def play_group(scene: Scene) -> Outcome:
    """Roll an autoscaling group from version 1 to version 2."""
    scaled(scene)
    return _play(scene, group)


def _play(scene: Scene, wanted: Service) -> Outcome:
    old = set(scene.replicas())
    with scene.under_load() as (traffic, watch):
        wait_for(lambda: len(watch.now()) == WANTED, 30, "all replicas in rotation")
        time.sleep(AROUND)
        begin = scene.mark("change", "site.yml begins with version 2")
        done = scene.site(wanted(scene, "2"), may_fail=True)
        end = scene.mark("recovery", f"site.yml ended with {done.code}")
        time.sleep(AROUND)
        new = set(scene.replicas())
        traffic.wait_for(AT_LEAST, 120)
    back = capacity_back([seen for seen in scene.rotations if not seen.members & old], WANTED, begin)
    lowest = fewest(scene.rotations, begin)
    return Outcome(
        capacity_back_s=None if back is None else back - begin,
        figures={
            "roll_s": end - begin,
            "answers": versions(scene.requests),
            "answers_after": versions(scene.requests, end),
            "fewest_in_rotation": lowest,
            "replaced": len(old - new),
        },
        conditions={
            f"at least {AT_LEAST} requests": len(scene.requests) >= AT_LEAST,
            "no request failed": failures(scene.requests) == 0,
            "site.yml succeeded": done.code == 0,
            f"all {WANTED} replicas were replaced": len(new) == WANTED and not old & new,
            "before, only the old version answered": set(versions(scene.requests, until=begin)) == {"1"},
            "after, only the new version answered": set(versions(scene.requests, end)) == {"2"},
            f"never fewer than {WANTED} replicas in rotation": lowest is not None and lowest >= WANTED,
        },
    )


def play_broken(scene: Scene) -> Outcome:
    """Roll from version 1 to a version 2 whose file the runtime refuses, so that its replicas never become ready."""
    scene.site(service(scene, "1"))
    return _play_broken(scene, service, "were removed again")


def play_group_broken(scene: Scene) -> Outcome:
    """The same with an autoscaling group."""
    scaled(scene)
    return _play_broken(scene, group, "The update was rolled back")


def _play_broken(scene: Scene, wanted: Service, words: str) -> Outcome:
    old = set(scene.replicas())
    broken = scene.folder / "broken.onnx"
    whole = (MODELS / "digits.onnx").read_bytes()
    broken.write_bytes(whole[: len(whole) // 2])
    with scene.under_load() as (traffic, watch):
        wait_for(lambda: len(watch.now()) == WANTED, 30, "all replicas in rotation")
        time.sleep(AROUND)
        begin = scene.mark("change", "site.yml begins with a version 2 that cannot be loaded")
        # A batch has this long to become ready; the default is for clouds on which servers start slowly.
        limit = f"--extra-vars=compute_timeout={READY_WITHIN}"
        done = scene.site(wanted(scene, "2", broken, on_failure="rollback"), limit, may_fail=True)
        scene.mark("recovery", f"site.yml ended with {done.code}")
        time.sleep(AROUND)
        new = set(scene.replicas())
        traffic.wait_for(AT_LEAST, 120)
    return judge_broken(scene, begin, done, words, (old, new))


def judge_broken(scene: Scene, begin: float, done: Run, words: str, replicas: tuple[set[str], set[str]]) -> Outcome:
    """Return the figures, and what must hold; `words` say that it was rolled back, `replicas` are before and after."""
    old, new = replicas
    recovered = restored(scene.rotations, WANTED, begin)
    lowest = fewest(scene.rotations, begin)
    said = done.log.read_text(encoding="utf-8")
    return Outcome(
        capacity_back_s=None if recovered is None else recovered - begin,
        figures={
            "roll_s": done.end - begin,
            "answers": versions(scene.requests),
            "fewest_in_rotation": lowest,
            "replaced": len(old - new),
        },
        conditions={
            f"at least {AT_LEAST} requests": len(scene.requests) >= AT_LEAST,
            "no request failed": failures(scene.requests) == 0,
            "site.yml failed": done.code != 0,
            "it says that the new version was rolled back": words in said,
            "the old replicas are there, and no others": old == new,
            "only the old version answered": set(versions(scene.requests)) == {"1"},
            f"never fewer than {WANTED} replicas in rotation": lowest is not None and lowest >= WANTED,
        },
    )
