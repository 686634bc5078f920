# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Heat that waits for long is not taken for dead. What a dead one leaves, the drills show."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .test_autoscaling_checked import HEAT
from .test_autoscaling_group import group

if TYPE_CHECKING:
    from .conftest import Modules

__all__ = ["group"]

SILENCE = 300  # seconds without an event, after which a Heat that waits for nothing is taken for dead
READY_WITHIN = SILENCE + 120  # seconds: two looks more


def test_a_replica_may_start_for_long(modules: Modules, group: dict[str, Any]) -> None:
    begin = time.monotonic()
    never = {"url": "http://127.0.0.1:9/", "timeout": READY_WITHIN, "endpoint": HEAT}
    failed = modules.fails("autoscaling_group", {**group, "readiness": never, "timeout": 2 * READY_WITHIN})

    assert "a replica did not report that it is ready in time" in failed["msg"]
    assert time.monotonic() - begin > READY_WITHIN
