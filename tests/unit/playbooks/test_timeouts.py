# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What playbooks do to load balancers beside the role has the time that the user gave to the role."""

from __future__ import annotations

from typing import Any

import pytest

from ..templates import read, value_of

OMIT = "left out"
MODULES = ("load_balancer", "pool_members")


@pytest.mark.parametrize("name", ["strays", "surplus"])
@pytest.mark.parametrize(
    ("facts", "seconds"),
    [
        ({}, OMIT),
        ({"load_balancer_timeout": None}, OMIT),
        ({"load_balancer_timeout": 0}, 0),
        ({"load_balancer_timeout": 1800}, 1800),
    ],
)
def test_changes_of_load_balancers_wait_as_long_as_the_role(name: str, facts: dict[str, Any], seconds: Any) -> None:
    tasks = read(f"playbooks/tasks/{name}.yml")
    (options,) = [task[each] for task in tasks for each in task if each.rpartition(".")[2] in MODULES]

    assert value_of(options["timeout"], {**facts, "omit": OMIT}) == seconds
