# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a failed stack says about the replicas that did not report that they are ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from openstack.compute.v2.server import Server

from ansible_collections.model_serving.openstack.plugins.module_utils import _autoscaling_failure, _heat_resources
from ansible_collections.model_serving.openstack.plugins.module_utils._heat_api import Stack
from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context


def resource(name: str, kind: str, status: str, parent: str) -> Resource:
    return Resource(name=name, type=kind, status=status, stack="s", physical_id=f"id of {name}", parent=parent)


def test_the_consoles_of_silent_replicas_are_quoted(
    context: Context, conn: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [
        # What it shall replace is well and speaks.
        resource("server_0", "OS::Nova::Server", "CREATE_COMPLETE", "silent"),
        resource("ready_0", "OS::Heat::WaitCondition", "CREATE_COMPLETE", "silent"),
        resource("server_1", "OS::Nova::Server", "CREATE_COMPLETE", "silent"),
        resource("ready_1", "OS::Heat::WaitCondition", "CREATE_FAILED", "silent"),
        resource("server_2", "OS::Nova::Server", "CREATE_COMPLETE", "ready"),
        resource("ready_2", "OS::Heat::WaitCondition", "CREATE_COMPLETE", "ready"),
    ]
    monkeypatch.setattr(_heat_resources, "every", lambda _heat, _stack: found)
    monkeypatch.setattr(_autoscaling_failure, "failures", lambda _heat, _stack, _since: ["timed out"])
    conn.compute.servers.return_value = [
        Server(id="id of server_0", name="chat-old"),
        Server(id="id of server_1", name="chat-new"),
    ]
    conn.compute.get_server_console_output.return_value = {"output": "model-server[1]: model 'm' is refused: why"}
    stack = Stack(id="1", name="chat", status="CREATE_FAILED", tags=())

    error = _autoscaling_failure.failure(context, "create", stack)

    assert error.statement.startswith(
        "Could not create autoscaling group 'chat' (1): Heat says CREATE_FAILED: timed out"
    )
    assert "has reported by then is taken as it is" in error.message
    assert error.logs == {"chat-new": ["model-server[1]: model 'm' is refused: why"]}
    assert error.message.endswith("is refused: why")


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("Unauthorized: resources.server: The request you have made requires authentication. (HTTP 401)", True),
        ("ResourceInError: resources.server: No valid host was found", False),
    ],
)
def test_a_token_that_has_expired_is_told(
    context: Context, monkeypatch: pytest.MonkeyPatch, reason: str, told: bool
) -> None:
    monkeypatch.setattr(_heat_resources, "every", lambda _heat, _stack: [])
    monkeypatch.setattr(_autoscaling_failure, "failures", lambda _heat, _stack, _since: [reason])

    error = _autoscaling_failure.failure(context, "update", Stack(id="1", name="chat", status="UPDATE_FAILED", tags=()))

    assert ("longer than tokens last" in error.message) is told
