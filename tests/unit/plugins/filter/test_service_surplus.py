# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a service is removed: all that is not wanted, nothing of anybody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.model_serving.openstack.plugins.plugin_utils._surplus import (
    service_strays,
    service_surplus,
)

ROOT = Path(__file__).parents[4]


def balancer(name: str, service: str = "chat", pools: str = "", status: str = "ACTIVE") -> dict[str, Any]:
    """What a service has on a load balancer; the names of pools are separated by blanks."""
    whose = {"name": name, "service": service, "owner": name == service}
    return {**whose, "provisioning_status": status, "pools": pools.split()}


def found(*balancers: dict[str, Any], **kinds: str) -> dict[str, list[dict[str, Any]]]:
    """What service_info returns; the names of each kind are separated by blanks."""
    key = {
        "fleets": "name",
        "groups": "name",
        "groups_without_stack": "name",
        "security_groups": "fleet",
        "server_groups": "fleet",
    }
    names = {kind: [{key[kind]: name} for name in kinds.get(kind, "").split()] for kind in key}
    return {**names, "load_balancers": list(balancers)}


FLEET: dict[str, Any] = {"name": "chat", "elastic": False, "pool": "replicas-http"}
ELASTIC = {**FLEET, "elastic": True}
ROUTED = {"name": "chat.tiny", "elastic": False, "pool": "chat.tiny-http"}
OWN = "model_serving.chat"
EVERYTHING = {"fleets": "chat", "security_groups": "chat", "server_groups": "chat"}


@pytest.mark.parametrize(
    ("cloud", "wanted", "groups", "fleets"),
    [
        ({}, [], [], []),
        (EVERYTHING, [FLEET], [], []),
        (EVERYTHING, [], [], [("chat", OWN)]),
        # What keeps the replicas changes: the security group stays.
        (EVERYTHING, [ELASTIC], [], [("chat", "")]),
        ({"groups": "chat", "security_groups": "chat"}, [FLEET], [("chat", "")], []),
        ({"groups": "chat", "security_groups": "chat"}, [ELASTIC], [], []),
        # The security group goes with the group; there is no fleet to remove.
        ({"groups": "chat", "security_groups": "chat"}, [], [("chat", OWN)], []),
        # A change from one to the other was killed, both are there: fleets are removed last.
        ({"groups": "chat", **EVERYTHING}, [], [("chat", "")], [("chat", OWN)]),
        ({"groups": "chat", **EVERYTHING}, [FLEET], [("chat", "")], []),
        ({"groups": "chat", **EVERYTHING}, [ELASTIC], [], [("chat", "")]),
        # Servers that Heat has forgotten outlive the stack, and the security group cannot go before them.
        ({"groups_without_stack": "chat", "security_groups": "chat"}, [], [("chat", OWN)], []),
        ({"groups_without_stack": "chat", "security_groups": "chat"}, [ELASTIC], [], []),
        ({"groups_without_stack": "chat", **EVERYTHING}, [FLEET], [("chat", "")], []),
        ({"groups_without_stack": "chats", "groups": "chat"}, [ELASTIC], [], []),
        # What killed runs left.
        ({"security_groups": "chat"}, [], [], [("chat", OWN)]),
        ({"server_groups": "chat"}, [], [], [("chat", OWN)]),
        # Further fleets.
        ({"fleets": "chat chat.tiny"}, [FLEET], [], [("chat.tiny", f"{OWN}.tiny")]),
        ({"groups": "chat chat.tiny"}, [ELASTIC], [("chat.tiny", f"{OWN}.tiny")], []),
        (
            {"fleets": "chat chat.tiny", "server_groups": "chat chat.tiny"},
            [FLEET, {"name": "chat.tiny", "elastic": False}],
            [],
            [],
        ),
        ({"fleets": "chat.tiny-2", "server_groups": "chat.tiny-2"}, [], [], [("chat.tiny-2", f"{OWN}.tiny-2")]),
        # Other services.
        ({"fleets": "chats chat-2 xchat", "groups": "chats", "security_groups": "chat-2"}, [FLEET], [], []),
        ({"fleets": "chat-2", "server_groups": "chat-2"}, [], [], []),
        ({"server_groups": "chat-2"}, [], [], []),
    ],
)
def test_surplus(
    cloud: dict[str, str],
    wanted: list[dict[str, Any]],
    groups: list[tuple[str, str]],
    fleets: list[tuple[str, str]],
) -> None:
    surplus = service_surplus(found(**cloud), "chat", wanted)
    assert [(one["name"], one["security_group"]) for one in surplus["groups"]] == groups
    assert [(one["name"], one["security_group"]) for one in surplus["fleets"]] == fleets


def test_service_with_a_number_at_the_end_of_its_name() -> None:
    surplus = service_surplus(found(server_groups="chat-2"), "chat-2")
    assert surplus["fleets"] == [{"name": "chat-2", "security_group": "model_serving.chat-2"}]


def held(reason: str | None) -> dict[str, Any]:
    return {"name": "chat-1-1", "id": "s1", "locked": True, "locked_reason": reason}


FREE = {"name": "chat-1-2", "id": "s2", "locked": False, "locked_reason": None}


@pytest.mark.parametrize("kind", ["fleets", "groups", "groups_without_stack"])
@pytest.mark.parametrize(
    ("replicas", "said"),
    [
        ([FREE], []),
        (
            [held("Anna looks at it")],
            ["replica 'chat-1-1' (s1) would have to be removed, but it is locked (Anna looks"],
        ),
        ([held(None)], ["replica 'chat-1-1' (s1) would have to be removed, but it is locked (no reason given)"]),
    ],
)
def test_what_somebody_has_locked_is_told_before_anything_goes(
    kind: str, replicas: list[dict[str, Any]], said: list[str]
) -> None:
    there = {**found(), kind: [{"name": "chat", "replicas": replicas}]}

    told = service_surplus(there, "chat")["locked"]

    assert [text[: len(begin)] for text, begin in zip(told, said, strict=True)] == said
    assert service_surplus(there, "chat", [{**FLEET, "elastic": kind != "fleets"}])["locked"] == []


def test_a_fleet_opens_its_own_locks() -> None:
    replicas = [FREE, held("model_serving.service=chat")]

    assert service_surplus({**found(), "fleets": [{"name": "chat", "replicas": replicas}]}, "chat")["locked"] == []
    # Heat does not.
    assert service_surplus({**found(), "groups": [{"name": "chat", "replicas": replicas}]}, "chat")["locked"]


BOTH = balancer("chat", pools="replicas-http chat.tiny-http")
SHARED = balancer("chat", pools="replicas-http")


@pytest.mark.parametrize(
    ("there", "wanted", "leaving", "last"),
    [
        # The load balancer would take away its members, or its pool.
        ([SHARED], [FLEET], [("chat.tiny", "")], []),
        ([BOTH], [FLEET], [("chat.tiny", "chat.tiny-http")], []),
        # The members of a shared pool are left alone until a group has come.
        ([SHARED], [ELASTIC], [], ["chat", "chat.tiny"]),
        ([BOTH], [ELASTIC], [("chat.tiny", "chat.tiny-http")], ["chat"]),
        # What becomes a group serves until that does.
        ([BOTH], [FLEET, {**ROUTED, "elastic": True}], [], ["chat.tiny"]),
        # There is no pool to be drained from.
        ([], [FLEET], [], ["chat.tiny"]),
        ([balancer("chat", status="ERROR")], [FLEET], [], ["chat.tiny"]),
        ([balancer("chat", service="other")], [FLEET], [], ["chat.tiny"]),
        # With the whole service, the load balancer goes first.
        ([BOTH], [], [], ["chat", "chat.tiny"]),
        # A pool of another protocol is another one: nothing is sent to it any more.
        ([BOTH], [{**FLEET, "pool": "replicas-tcp"}], [], ["chat.tiny"]),
        ([BOTH], [FLEET, ROUTED], [], []),
    ],
)
def test_fleets_that_go_before_the_load_balancer_forgets_them(
    there: list[dict[str, Any]], wanted: list[dict[str, Any]], leaving: list[tuple[str, str]], last: list[str]
) -> None:
    surplus = service_surplus(found(*there, fleets="chat chat.tiny"), "chat", wanted, "chat")
    assert [(one["name"], one["pool"]) for one in surplus["leaving"]] == leaving
    assert [one["name"] for one in surplus["fleets"]] == last


def test_a_guest_drains_its_canary_where_it_has_its_pool() -> None:
    guest = {**FLEET, "pool": "chat-http"}
    there = found(balancer("front", pools="chat-http"), fleets="chat chat.tiny")
    surplus = service_surplus(there, "chat", [guest], "front")
    assert surplus["leaving"] == [{"name": "chat.tiny", "security_group": f"{OWN}.tiny", "pool": ""}]
    assert service_surplus(there, "chat", [FLEET], "chat")["leaving"] == []


@pytest.mark.parametrize(
    ("used", "there", "gone"),
    [
        ("chat", [balancer("chat")], []),
        ("front", [balancer("chat"), balancer("front"), balancer("front", "front")], [("chat", "")]),
        ("chat", [balancer("chat"), balancer("front"), balancer("front", "front")], [("front", "chat")]),
        ("back", [balancer("chat"), balancer("front")], [("chat", ""), ("front", "chat")]),
        ("chat", [balancer("other", "other"), balancer("other", "chats")], []),
        (None, [balancer("chat")], []),
    ],
)
def test_load_balancers_that_the_service_no_longer_uses(
    used: str | None, there: list[dict[str, Any]], gone: list[tuple[str, str]]
) -> None:
    surplus = service_surplus(found(*there), "chat", [FLEET], used)
    assert [(one["name"], one["service"]) for one in surplus["load_balancers"]] == gone


def member(name: str, last: int, *tags: str) -> dict[str, Any]:
    return {"name": name, "address": f"10.0.0.{last}", "protocol_port": 8080, "tags": list(tags)}


def test_replicas_stay_in_no_pool_that_their_fleet_has_left() -> None:
    """A fleet got routes, and by them a pool of its own."""
    tiny = member("chat.tiny-1-1", 2, "model_serving.service=chat.tiny")
    fleets = [FLEET, {**FLEET, "name": "chat.new"}, ROUTED]
    stay = [
        member("chat-1-1", 1, "model_serving.service=chat"),
        member("chat.new-1-1", 3, "model_serving.load_balancer=chat"),
        # Made by hand, another service's, and one that is called alike.
        member("chat.tiny-1-2", 4),
        member("chats-1-1", 5, "model_serving.service=chats"),
        member("chat.tiny-2", 6, "model_serving.service=chat.tiny-2"),
    ]
    shared = {"name": "replicas-http", "members": [*stay, tiny]}
    own = {"name": "chat.tiny-http", "members": [tiny]}
    of_others = {"name": "other-http", "members": [tiny]}

    strays = service_strays([shared, own, of_others], fleets)

    assert strays == [{"pool": "replicas-http", "members": [{"address": "10.0.0.2", "protocol_port": 8080}]}]
    assert not service_strays([shared], [FLEET, {**FLEET, "name": "chat.tiny"}])
    # Where a group takes over, they serve until it has come.
    assert not service_strays([shared], [FLEET, {**ROUTED, "elastic": True}])


def test_fleets_that_go_are_drained_as_long_as_the_file_says() -> None:
    (servers, _group) = yaml.safe_load((ROOT / "playbooks/tasks/no_fleet.yml").read_text(encoding="utf-8"))
    assert servers["vars"]["compute_rollout"] == "{{ site_fleet_rollout }}"
    absent = yaml.safe_load((ROOT / "roles/compute/tasks/absent.yml").read_text(encoding="utf-8"))[0]
    # Zero seconds are seconds, too.
    drain = absent["model_serving.openstack.server_fleet"]["drain_timeout"]
    assert drain == "{{ compute_given.drain_timeout | default(omit) }}"


def test_the_load_balancer_forgets_members_after_they_are_drained() -> None:
    (play,) = yaml.safe_load((ROOT / "playbooks/site.yml").read_text(encoding="utf-8"))
    included = [task.get("ansible.builtin.include_tasks", "") for task in play["tasks"]]
    names = ("early", "fleet", "strays", "leaving", "balancer", "strays", "group", "surplus")
    assert [name for name in included if name in {f"tasks/{each}.yml" for each in names}] == [
        f"tasks/{each}.yml" for each in names
    ]
