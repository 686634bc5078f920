# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from openstack.load_balancer.v2.flavor import Flavor

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_references import Resolver

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context


@pytest.fixture(autouse=True)
def _flavors(conn: Mock) -> None:
    conn.load_balancer.flavors.return_value = [Flavor(id="f1", name="ha"), Flavor(id="f2", name="ha")]


def test_what_is_wrong_with_names_is_told_together(context: Context) -> None:
    names = Resolver(context)
    names.flavor("ha")
    names.flavor("none")

    with pytest.raises(InvalidInputError) as error:
        names.finish()

    assert error.value.problems == [
        "2 load balancer flavors are named 'ha' (f1, f2); give the id of the one that is meant",
        "there is no load balancer flavor 'none'",
    ]


def test_in_check_mode_an_earlier_task_may_have_made_it(context: Context) -> None:
    said: list[str] = []
    names = Resolver(replace(context, check_mode=True, warn=said.append))

    assert [names.flavor(name) for name in ("f2", "none")] == ["f2", "none"]

    names.finish()
    assert said == ["there is no load balancer flavor 'none'; going on as if an earlier task had made it"]
