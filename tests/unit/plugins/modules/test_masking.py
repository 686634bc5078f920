# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What modules return has the names that resources have, and none of the secrets of the credentials."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.common.parameters import PASS_VARS
from openstack.compute.v2.server_group import ServerGroup
from openstack.exceptions import ForbiddenException

from ansible_collections.model_serving.openstack.plugins.module_utils import _connection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from unittest.mock import Mock

    from ..conftest import RunModule

AUTH = {"auth_url": "https://cloud/v3", "username": "deployer", "project_name": "chat", "password": "hunter2"}
# What -vvv asks for. An older ansible-core knows no such wish: every answer has it.
INVOCATION = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}
NAMES = ("chat", "chat-1", "deployer")
FORMS = {
    "a mapping": AUTH,
    "JSON": json.dumps(AUTH),
    "Python": repr(AUTH),
    "pairs": " ".join(f"{key}={value}" for key, value in AUTH.items()),
}
form = pytest.mark.parametrize("auth", FORMS.values(), ids=FORMS)


@pytest.fixture
def groups(conn: Mock) -> None:
    found = [ServerGroup(id=f"g{n}", name=name, policy="affinity") for n, name in enumerate((*NAMES, "hunter2"))]
    conn.compute.server_groups.return_value = found


def run(run_module: RunModule, **options: Any) -> tuple[dict[str, Any], str]:
    """Return the answer, with what the module was called with as C(-vvv) asks for it, and the text of it."""
    answer = run_module("server_group_info", {**options, **INVOCATION})
    assert answer["invocation"]["module_args"]["auth"]
    return answer, json.dumps(answer)


@pytest.mark.parametrize("name", ["Authorization", "cookie", "X-Auth-Token", "X-Api-Key", "X-Mine"])
def test_headers_are_masked_unless_they_are_no_secrets(name: str, run_module: RunModule) -> None:
    headers = {"Host": "chat.example", "X-Priority": "1", name: "hunter2"}
    refused = {"url": "ftp://chat.example/hunter2", "rate": 1001, "headers": headers}

    answer = run_module("traffic_info", {**refused, **INVOCATION})

    assert "ftp://chat.example/********" in answer["msg"]
    assert "at most 1000" in answer["msg"]
    assert answer["invocation"]["module_args"]["rate"] == 1001
    assert "hunter2" not in json.dumps(answer)


@form
@pytest.mark.usefixtures("groups")
def test_resources_keep_their_names_and_passwords_are_masked(auth: Any, run_module: RunModule) -> None:
    answer, text = run(run_module, auth=auth, cloud="chat")

    assert answer["invocation"]["module_args"]["cloud"] == "chat"
    assert [group["name"] for group in answer["server_groups"]][: len(NAMES)] == list(NAMES)
    assert "hunter2" not in text


@form
def test_a_failure_names_what_it_is_about(auth: Any, conn: Mock, run_module: RunModule) -> None:
    error = ForbiddenException(message="Forbidden", details="chat may not, nor hunter2")
    error.status_code = 403
    conn.compute.server_groups.side_effect = error

    answer, text = run(run_module, auth=auth)

    assert "answered 403: chat may not, nor ********" in answer["msg"]
    assert "hunter2" not in text


@form
def test_a_module_that_does_not_begin_masks_them_too(auth: Any, run_module: RunModule) -> None:
    answer, text = run(run_module, auth=auth, interface="of hunter2 in chat")

    assert "of ******** in chat" in answer["msg"]
    assert "hunter2" not in text


ENTRY = {"auth": AUTH, "region_name": "north"}


class TestCloudThatIsNoName:
    """The collection C(openstack.cloud) takes what an entry of C(clouds.yaml) has in the place of its name."""

    @pytest.fixture
    def connect(self) -> Callable[[Mapping[str, Any]], Any]:
        """The real one, which refuses it."""
        return _connection.connect

    @pytest.mark.parametrize("cloud", [ENTRY, json.dumps(ENTRY), repr(ENTRY), [ENTRY]])
    @pytest.mark.parametrize("module", ["server_group_info", "capacity_info"])
    def test_it_is_refused_and_masked(self, module: str, cloud: Any, run_module: RunModule) -> None:
        answer = run_module(module, {"cloud": cloud, **INVOCATION})

        assert "'cloud' is not the name of an entry of clouds.yaml; give what such an entry has" in answer["msg"]
        assert answer["failure"]["name"] is None
        assert "hunter2" not in json.dumps(answer)

    def test_so_it_is_when_the_module_does_not_begin(self, run_module: RunModule) -> None:
        answer = run_module("server_group_info", {"cloud": ENTRY, "interface": "of hunter2"})

        assert "of ********" in answer["msg"]
        assert "hunter2" not in json.dumps(answer)
