# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the servers of a group run: Heat asks for each by itself, so Nova may place two at once on one host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openstack.compute.v2.server import Server
from openstack.compute.v2.server_group import ServerGroup

from .fake_heat import CHAT, KEY

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ..conftest import RunModule
    from .fake_heat import Heat

HARD = {**CHAT, "anti_affinity": "anti-affinity", "describe_replicas": True}
OWN = [f"chat-zone_1-a2b3c4d5e6f7-server_group_{side}_anti_affinity-h2i3j4k5l6m7" for side in (1, 2)]
OTHERS = [
    "model_serving.chat",
    "chat-zone_1-a2b3c4d5e6f7",
    "chat-2-zone_1-a2b3c4d5e6f7-server_group_1_anti_affinity-h2i3j4k5l6m7",
    "my-chat-zone_1-a2b3c4d5e6f7-server_group_1_anti_affinity-h2i3j4k5l6m7",
]
SAID = (
    f"Replicas of autoscaling group 'chat' do not run as server group {OWN[1]!r} says: 3 replicas on 2 hosts, 2 on one"
    " of them ('chat-0', 'chat-2'). Let autoscaling_capacity replace one of these, if another host has room."
)


def place(conn: Mock, *hosts: str | None, **of_group: Any) -> None:
    """Let the group have servers on hosts, all in its second server group."""
    conn.compute.servers.side_effect = lambda **_query: [
        Server(id=f"s{number}", name=f"chat-{number}", status="ACTIVE", metadata={KEY: "chat"}, host_id=host)
        for number, host in enumerate(hosts)
    ]
    members = {OWN[1]: [f"s{number}" for number, _host in enumerate(hosts)], OTHERS[0]: ["x1"]}
    conn.compute.server_groups.return_value = [
        ServerGroup(id=name, name=name, member_ids=members.get(name, []), **{"policy": "anti-affinity", **of_group})
        for name in (*OTHERS, *OWN)
    ]


@pytest.fixture(autouse=True)
def group(heat: Heat, run_module: RunModule) -> None:
    run_module("autoscaling_group", HARD)
    heat.scale(3)


@pytest.mark.parametrize("check", [True, False])
def test_hard_anti_affinity_that_is_not_kept_is_told(conn: Mock, run_module: RunModule, *, check: bool) -> None:
    place(conn, "h1", "h2", "h1")

    told = run_module("autoscaling_group", HARD, check=check)

    assert told["warnings"] == [SAID]
    assert told["changed"] is False
    assert told["group"]["server_groups"] == OWN
    assert told["group"]["spread"] == {
        "servers": 3,
        "placed": 3,
        "distinct_hosts": 2,
        "max_servers_on_one_host": 2,
        "violated": True,
    }


@pytest.mark.parametrize(
    ("hosts", "of_group", "violated"),
    [
        (("h1", "h2", "h3"), {}, False),
        (("h1", "h2", None), {}, False),
        ((None, None, None), {}, False),
        (("h1", "h2", "h1"), {"rules": {"max_server_per_host": 2}}, False),
        # Nova could not do better.
        (("h1", "h2", "h1"), {"policy": "soft-anti-affinity"}, True),
    ],
)
def test_nothing_is_told_when_it_is_kept_or_soft(
    conn: Mock, run_module: RunModule, hosts: tuple[str | None, ...], of_group: dict[str, Any], *, violated: bool
) -> None:
    place(conn, *hosts, **of_group)

    told = run_module("autoscaling_group", HARD)

    assert not told.get("warnings")
    assert told["group"]["spread"]["violated"] is violated


@pytest.mark.parametrize(
    ("former", "latter", "said"),
    [
        # Servers of different zones, or versions: none of them has to be kept apart from those of the other.
        (["s0", "s1"], ["s2", "s3"], []),
        # The group with most members is not the one to tell of.
        (["s0", "s2"], ["s1", "s3", "s4"], [f"{OWN[0]!r} says: 2 replicas on 1 hosts, 2 on one of them"]),
    ],
)
def test_each_server_group_is_judged_by_itself(
    conn: Mock, heat: Heat, run_module: RunModule, former: list[str], latter: list[str], said: list[str]
) -> None:
    heat.scale(5)
    place(conn, "h1", "h2", "h1", "h4", "h3")
    for group, members in zip(conn.compute.server_groups.return_value[-2:], (former, latter), strict=True):
        group._update(member_ids=members)

    warnings = run_module("autoscaling_group", HARD).get("warnings", [])

    assert len(warnings) == len(said)
    assert all(one in warning for one, warning in zip(said, warnings, strict=True))


def test_what_heat_has_forgotten_is_told_of_as_that_alone(conn: Mock, run_module: RunModule) -> None:
    """No autoscaling_capacity replaces it."""
    place(conn, "h1", "h2", "h3", "h1")

    (told,) = run_module("autoscaling_group", HARD)["warnings"]

    assert "Heat does not know of servers" in told


def test_nothing_is_told_while_an_old_replica_goes(conn: Mock, heat: Heat, run_module: RunModule) -> None:
    """It is in the other server group, so the new one may be on its host."""
    place(conn, "h1", "h2", "h1")
    heat.replacing, heat.statuses = ["r0"], {"group": ["UPDATE_IN_PROGRESS"]}

    told = run_module("autoscaling_group", HARD, check=True)

    assert not told.get("warnings")
    assert told["group"]["spread"]["violated"] is True


def test_other_modules_show_the_same(conn: Mock, run_module: RunModule) -> None:
    conn.network.security_groups.return_value = []
    place(conn, "h1", "h2", "h1")
    shown = run_module("autoscaling_group", HARD)["group"]

    assert run_module("autoscaling_group_info")["groups"] == [shown]
    assert run_module("service_info")["groups"] == [{**shown, "other_user": None}]
    assert run_module("autoscaling_capacity", {"name": "chat"})["group"] == shown


def test_who_does_not_ask_for_servers_costs_no_request(conn: Mock, run_module: RunModule) -> None:
    conn.compute.server_groups.reset_mock()
    answer = run_module("autoscaling_group", {**HARD, "describe_replicas": False})

    assert not {"replicas", "server_groups", "spread"} & answer["group"].keys()
    conn.compute.server_groups.assert_not_called()
