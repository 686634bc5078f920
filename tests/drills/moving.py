# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model that clients ask for moves to a fleet of its own, and back to the one that it came from."""

from __future__ import annotations

import time
from typing import Any

from examples import fleet_of
from figures import failures, versions
from outcome import Outcome
from scene import Scene, served, wait_for

AT_LEAST = 10_000  # requests
AROUND = 10.0  # seconds of traffic before, between and after
REPLICAS = 2
RATE = 60.0  # requests a second: both moves have to fit into the longest time for which a drill sends
# With clients that keep their connections, each replica drains for the whole time.
ROLLOUT = {"drain_timeout": 10}
SERVER_FLEETS: dict[str, Any] = {"autoscaling": {"enabled": False}}
GROUPS: dict[str, Any] = {"autoscaling": {"enabled": True}}


def together(scene: Scene, version: str, **settings: Any) -> dict[str, Any]:
    """Return the service file in which one fleet has both models, digits in this version."""
    both = [served("iris"), served("digits", version)]
    return scene.service(models=both, replicas=REPLICAS, rollout=ROLLOUT, **settings)


def apart(scene: Scene, version: str, **settings: Any) -> dict[str, Any]:
    """Return the service file in which digits has a fleet and a route of its own."""
    own = fleet_of(served("digits", version))
    return together(scene, version, **settings) | {"models": [served("iris")], "fleets": [own]}


def play(scene: Scene) -> Outcome:
    """Move the model between server fleets."""
    return _play(scene, SERVER_FLEETS)


def play_group(scene: Scene) -> Outcome:
    """Move the model between autoscaling groups."""
    return _play(scene, GROUPS)


def _play(scene: Scene, settings: dict[str, Any]) -> Outcome:
    scene.site(together(scene, "1", **settings))
    with scene.under_load(rate=RATE) as (traffic, watch):
        wait_for(lambda: len(watch.now()) == REPLICAS, 30, "all replicas in rotation")
        time.sleep(AROUND)
        begin = scene.mark("change", "site.yml begins: digits gets a fleet of its own")
        there = scene.site(apart(scene, "2", **settings), may_fail=True)
        moved = scene.mark("recovery", f"site.yml ended with {there.code}")
        time.sleep(AROUND)
        turn = scene.mark("change", "site.yml begins: digits goes back")
        back = scene.site(together(scene, "3", **settings), may_fail=True)
        end = scene.mark("recovery", f"site.yml ended with {back.code}")
        time.sleep(AROUND)
        traffic.wait_for(AT_LEAST, 120)
    answers = {
        "before": versions(scene.requests, until=begin),
        "apart": versions(scene.requests, moved, turn),
        "after": versions(scene.requests, end),
    }
    return Outcome(
        figures={"there_s": moved - begin, "back_s": end - turn, "answers": answers},
        conditions={
            f"at least {AT_LEAST} requests": len(scene.requests) >= AT_LEAST,
            "no request failed": failures(scene.requests) == 0,
            "site.yml succeeded both times": there.code == back.code == 0,
            "before, only the fleet with both models answered": set(answers["before"]) == {"1"},
            "in between, only the fleet of its own answered": set(answers["apart"]) == {"2"},
            "after, only the fleet with both models answered": set(answers["after"]) == {"3"},
        },
    )
