# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags that a Neutron from before Xena refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.exceptions import raise_from_response
from openstack.network.v2.security_group import SecurityGroup

from .answers import answer
from .fleet_with_ports import FIXED

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule

HINT = "may have 38"


def refuse(conn: Mock, status: int) -> None:
    def set_tags(_resource: Any, tags: list[str]) -> None:
        said = f"Invalid input for operation: '{tags[0]}' exceeds maximum length of 60."
        raise_from_response(answer({"NeutronError": {"message": said}}, status))

    conn.network.set_tags.side_effect = set_tags


@pytest.mark.parametrize(
    ("length", "status", "hinted"),
    [(39, 400, True), (38, 400, False), (39, 503, False)],
)
def test_the_hint_says_how_long_names_may_be(
    conn: Mock, run_module: RunModule, length: int, status: int, hinted: bool
) -> None:
    group = SecurityGroup(id="g1", name="chat", security_group_rules=[])
    conn.network.security_groups.return_value = []
    conn.network.create_security_group.return_value = group
    conn.network.get_security_group.return_value = group
    refuse(conn, status)

    told = run_module("security_group", {"name": "chat", "tags": [f"model_serving.service={'x' * length}"]})

    assert "Could not set the tags of security group 'chat' (g1)" in told["msg"]
    assert told["failure"]["status"] == status
    assert (HINT in told["msg"]) is hinted


@pytest.mark.usefixtures("nova", "ports")
def test_so_does_that_of_a_fixed_port(conn: Mock, run_module: RunModule) -> None:
    refuse(conn, 400)

    told = run_module("server_fleet", {**FIXED, "name": "x" * 39})

    assert HINT in told["msg"]
