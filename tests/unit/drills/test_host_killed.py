# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hypervisor is killed."""

from __future__ import annotations

from collections import Counter

import host_killed
import pytest
from traffic import DrillError

ALL = ("c1", "c2", "c3")


@pytest.mark.parametrize(
    ("replicas", "amphorae", "pair", "host"),
    [
        (ALL, ("c1",), False, "c2"),
        (("c1", "c3"), ("c1",), False, "c3"),
        (ALL, ("c2", "c3"), True, "c2"),
        (("c1", "c3"), ("c2", "c3"), True, "c3"),
    ],
)
def test_choice(replicas: tuple[str, ...], amphorae: tuple[str, ...], pair: bool, host: str) -> None:
    assert host_killed.choose(replicas, Counter(amphorae), pair=pair) == host


@pytest.mark.parametrize(
    ("replicas", "amphorae", "pair"),
    [
        (("c1",), ("c1",), False),  # the only amphora must live
        (ALL, ("c2", "c2"), True),  # both at once are another drill
        (ALL, ("c2",), True),  # no pair
        (ALL, ("c2", "c3"), False),
    ],
)
def test_no_choice(replicas: tuple[str, ...], amphorae: tuple[str, ...], pair: bool) -> None:
    with pytest.raises(DrillError, match="no hypervisor fits"):
        host_killed.choose(replicas, Counter(amphorae), pair=pair)
