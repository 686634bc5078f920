# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two fleets behind one pool, an old version and a new one, with nine parts of the requests for the old one."""

from __future__ import annotations

import time
from pathlib import Path

from figures import failures, versions
from outcome import Outcome
from scene import Scene, wait_for
from traffic import DrillError

AT_LEAST = 5_000  # requests
SHARE, TOLERANCE = 0.10, 0.02
PLAYBOOK = Path(__file__).with_name("canary.yml")


def play(scene: Scene) -> Outcome:
    """Deploy version 1, put one replica of version 2 beside it with a weight of 1:9, and count who answers."""
    # ROUND_ROBIN: weights are shares only where the algorithm does not look at anything else.
    scene.site(scene.service(replicas=2, load_balancer={"lb_algorithm": "ROUND_ROBIN"}))
    try:
        if (done := scene.playbook(str(PLAYBOOK))).code:
            raise DrillError(f"canary.yml failed, see {done.log}")
        with scene.under_load() as (traffic, watch):
            wait_for(lambda: len(watch.now()) == 3, 60, "both fleets in rotation")
            begin = scene.mark("note", "both versions answer")
            traffic.wait_for(len(traffic.requests()) + AT_LEAST + 500, 120)
            time.sleep(1)
    finally:
        scene.playbook(str(PLAYBOOK), "--extra-vars=canary_state=absent")
    counted = versions(scene.requests, begin)
    total = sum(counted.values())
    share = counted.get("2", 0) / total if total else 0.0
    return Outcome(
        figures={"answers": counted, "share": round(share, 4)},
        conditions={
            f"at least {AT_LEAST} requests": total >= AT_LEAST,
            "no request failed": failures(scene.requests) == 0,
            f"{SHARE:.0%} +- {TOLERANCE:.0%} of the answers are the new version's": abs(share - SHARE) <= TOLERANCE,
        },
    )
