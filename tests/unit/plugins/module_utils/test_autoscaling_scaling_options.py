# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_scaling_options import (
    SCALING,
    scaling,
)


@pytest.mark.parametrize(
    ("given", "period", "cooldown"),
    [
        ({}, 300, 300),
        ({"metric": "queue"}, 300, 300),
        ({"query": "x"}, 60, 180),
        ({"granularity": 5}, 5, 180),
        ({"query": "x", "granularity": 600}, 600, 600),
        ({"estimated_instance_warmup": 20}, 300, 20),
    ],
)
def test_periods_and_the_cooldown_depend_on_where_the_metric_is(
    given: dict[str, Any], period: int, cooldown: int
) -> None:
    """Ceilometer's own archive policies keep 300 seconds, and a change shows after a period at the earliest."""
    policy = {"steps": [{"lower_bound": 5, "adjustment": 1}], **given}
    params = ArgumentSpecValidator(SCALING).validate({"step_scaling": [policy]}).validated_parameters
    (found,) = scaling({"min_size": 1, **params}, zones=1, vcpus=1)

    assert found.metric.granularity == period
    assert {step.cooldown for step in found.steps} == {cooldown}
