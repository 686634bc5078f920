# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a group may take until all of its servers are replaced."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.filter.rollout_seconds import BUILD, LEAST, rollout_seconds

READY = {"url": "http://127.0.0.1:8080/ready", "timeout": 900}


@pytest.mark.parametrize(
    ("servers", "options", "expected"),
    [
        (2, {}, LEAST),
        # Four that need 8 minutes each do not fit into half an hour.
        (4, {"readiness": READY}, 4 * (BUILD + 900 + 30)),
        (4, {"readiness": {"url": READY["url"]}}, 4 * (BUILD + 600 + 30)),
        (4, {"readiness": READY, "rolling_update": {"max_batch_size": 3}}, 2 * (BUILD + 900 + 30)),
        (4, {"readiness": READY, "drain_timeout": 0, "rolling_update": {"pause": 60}}, 4 * (BUILD + 900 + 60)),
        # Zones are updated one after another, each in batches of its own.
        (5, {"readiness": READY, "zones": ["a", "b"], "rolling_update": {"max_batch_size": 2}}, 3 * (BUILD + 900 + 30)),
        (3, {"readiness": READY, "zones": ["a", "b"], "rolling_update": {"max_batch_size": 4}}, 2 * (BUILD + 900 + 30)),
        # The module refuses it.
        (20, {"rolling_update": {"max_batch_size": 0}}, 20 * (BUILD + 30)),
        ("20", {}, 20 * (BUILD + 30)),
    ],
)
def test_all_batches_have_the_time_that_each_may_take(servers: Any, options: dict[str, Any], expected: int) -> None:
    assert rollout_seconds(servers, **options) == expected
