# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a service is removed: all that is not wanted, nothing of anybody else."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.filter.service_surplus import service_surplus


def found(**kinds: str) -> dict[str, list[dict[str, Any]]]:
    """What service_info returns; the names of each kind are separated by blanks."""
    key = {"fleets": "name", "groups": "name", "security_groups": "fleet", "server_groups": "fleet"}
    return {kind: [{key[kind]: name} for name in kinds.get(kind, "").split()] for kind in key}


FLEET, ELASTIC = {"name": "chat", "elastic": False}, {"name": "chat", "elastic": True}
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
