# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is quoted of a server's console."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from openstack.compute.v2.server import Server
from openstack.exceptions import SDKException

from ansible_collections.model_serving.openstack.plugins.module_utils._console import (
    AT_MOST,
    SHOWN,
    console_logs,
    last_lines,
    logs_of_addresses,
    logs_of_servers,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import CloudError

if TYPE_CHECKING:
    from unittest.mock import Mock

    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context

BOOT = "[    0.1] systemd[1]: Starting\r\n\x1b[0;32m  OK  \x1b[0m started\n\n"
LATE = "model-serving-ready: Heat cannot be told that the model is ready: certificate verify failed"
REFUSED = "model 'm' is refused: https://a/m has the SHA-256 b, not c"


@pytest.mark.parametrize(
    ("output", "lines"),
    [
        ("", []),
        (BOOT, ["systemd[1]: Starting", "  OK   started"]),
        (f"{BOOT}[   12.345678] model-server[7]: {REFUSED}\n", [f"model-server[7]: {REFUSED}"]),
        (f"{BOOT}model-server[7]: up\ncloud-init: x\n{LATE}\n", ["model-server[7]: up", LATE]),
        (f"{LATE}\nnginx: no such file\n", [LATE, "nginx: no such file"]),
        ("a\x00\x07b\n", ["ab"]),
        ("a\x9b2J\x9b31mb\x90c\n", ["abc"]),
        ("x" * 1000, ["x" * 300]),
    ],
)
def test_the_lines_of_the_model_server_are_quoted_or_else_all(output: str, lines: list[str]) -> None:
    assert last_lines(output) == lines


def test_the_last_lines_are_quoted() -> None:
    lines = last_lines("\n".join(f"model-server[7]: {number}" for number in range(100)))
    assert len(lines) == SHOWN
    assert lines[-1] == "model-server[7]: 99"


def test_a_console_that_cannot_be_read_does_not_hide_the_failure(context: Context, conn: Mock) -> None:
    conn.compute.get_server_console_output.side_effect = SDKException("not implemented")
    (line,) = console_logs(context, {"a": "1"})["a"]
    assert line.startswith("(not to be had: Could not read the console of server (1)")


def test_few_consoles_are_read(context: Context, conn: Mock) -> None:
    conn.compute.get_server_console_output.return_value = {"output": None}
    logs = console_logs(context, {str(number): str(number) for number in range(9)})
    assert logs == {str(number): ["(empty)"] for number in range(AT_MOST)}


def fixed(address: str) -> dict[str, str]:
    return {"addr": address, "OS-EXT-IPS:type": "fixed"}


def test_servers_are_found_by_their_addresses(context: Context, conn: Mock) -> None:
    conn.compute.servers.return_value = [
        Server(id="1", name="a", addresses={"private": [fixed("10.0.0.1")], "other": [fixed("10.1.0.1")]}),
        Server(id="2", name="b", addresses={"private": [{"addr": "10.0.0.2", "OS-EXT-IPS:type": "floating"}]}),
        Server(id="3", name="c", addresses=None),
    ]
    conn.compute.get_server_console_output.return_value = {"output": "hello"}
    assert logs_of_addresses(context, {"10.1.0.1"}) == {"a": ["hello"]}
    assert logs_of_addresses(context, {"10.0.0.2"}) == {"b": ["hello"]}
    conn.compute.servers.side_effect = SDKException("no")
    assert logs_of_addresses(context, {"10.1.0.1"}) == {}


def test_a_server_of_which_nova_knows_the_id_only_is_not_quoted(context: Context, conn: Mock) -> None:
    conn.compute.servers.return_value = [Server(id="1"), Server(id="2", name="b")]
    conn.compute.get_server_console_output.return_value = {"output": "hello"}

    assert logs_of_servers(context, {"1", "2"}) == {"b": ["hello"]}


@pytest.mark.parametrize("key", ["model_serving.service", "model_serving.autoscaling_group"])
def test_strangers_of_the_same_address_are_not_quoted(context: Context, conn: Mock, key: str) -> None:
    addresses = {"private": [fixed("10.0.0.1")]}
    theirs = Server(id="1", name="a", addresses=addresses, metadata={"stage": "test"})
    ours = Server(id="2", name="b", addresses=addresses, metadata={key: "chat"})
    conn.compute.get_server_console_output.return_value = {"output": "hello"}

    conn.compute.servers.return_value = [theirs, ours]
    assert logs_of_addresses(context, {"10.0.0.1"}) == {"b": ["hello"]}
    # Members that somebody made are quoted, too.
    conn.compute.servers.return_value = [theirs]
    assert logs_of_addresses(context, {"10.0.0.1"}) == {"a": ["hello"]}


def test_servers_of_the_same_name_are_told_apart(context: Context, conn: Mock) -> None:
    addresses = {"private": [fixed("10.0.0.1")]}
    conn.compute.servers.return_value = [Server(id=key, name="a", addresses=addresses) for key in ("1", "2")]
    conn.compute.get_server_console_output.side_effect = lambda server, **_options: {"output": f"I am {server}"}

    assert logs_of_addresses(context, {"10.0.0.1"}) == {"a (1)": ["I am 1"], "a (2)": ["I am 2"]}


def test_an_error_ends_with_what_servers_logged() -> None:
    error = CloudError("read", "pool", "p", answer="no").quoting({"a-1": ["one", "two"]})
    assert (
        error.message == str(error) == "Could not read pool 'p': no.\nLast lines on the console of 'a-1':\n  one\n  two"
    )
    assert error.failure["logs"] == {"a-1": ["one", "two"]}
    assert "logs" not in CloudError("read", "pool", answer="no").quoting({}).failure
