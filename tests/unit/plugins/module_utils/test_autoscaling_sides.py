# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which of the server groups of a zone replicas are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_details import Details
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_state import (
    Observed,
    next_side,
    regrouped,
)

from .autoscaling_values import FULL, REPLICA, made_from, side_of, sides

SOFT = replace(FULL, policy="soft-anti-affinity", max_server_per_host=None)


def test_a_new_version_is_in_the_other_server_group_and_back() -> None:
    """Otherwise replicas that are to be kept apart would need free hosts while they are replaced."""
    first = sides(FULL)
    changed = sides(replace(FULL, replica=replace(REPLICA, drain=31)))
    grown = sides(replace(FULL, max_size=20))

    there = next_side(made_from(first[0]), changed)
    back = next_side(made_from(there), first)

    assert [side_of(made) for made in (first[0], there, back)] == [1, 2, 1]
    # The same replicas stay where they are.
    assert side_of(next_side(made_from(there), changed)) == 2
    assert side_of(next_side(made_from(first[1]), grown)) == 2
    assert next_side(Details(), first) == first[0]


@pytest.mark.parametrize("side", [0, 1])
def test_replicas_stay_when_another_policy_that_failed_is_wanted_no_more(side: int) -> None:
    before = sides(FULL)[side]
    failed = next_side(made_from(before), sides(SOFT))
    left = replace(made_from(failed), types=frozenset(name for name in before.files if name.startswith("replica")))

    assert next_side(left, sides(FULL)) == before


def test_of_another_policy_there_are_other_server_groups() -> None:
    """Heat counts the servers of those it is given, so it must be told the size."""
    before = Observed(name="chat", details=made_from(sides(FULL)[0]))

    assert regrouped(replace(before, wanted=sides(SOFT)[0]))
    assert not regrouped(replace(before, wanted=sides(FULL)[1]))
    assert not regrouped(Observed(name="chat", wanted=sides(FULL)[0]))
