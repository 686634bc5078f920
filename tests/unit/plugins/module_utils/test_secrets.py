# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from keystoneauth1 import loading

from ansible_collections.model_serving.openstack.plugins.module_utils._options import CONNECTION
from ansible_collections.model_serving.openstack.plugins.module_utils._secrets import _OPEN, masked

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._options import ArgumentSpec

SPEC: ArgumentSpec = {**CONNECTION, "headers": {"type": "dict", "no_log": True}, "name": {"type": "str"}}


@pytest.mark.parametrize(
    ("known", "params", "left"),
    [
        ({"u", "p"}, {"auth": {"username": "u", "password": "p"}}, {"p"}),
        ({"http://c", "d", "all"}, {"auth": {"auth_url": "http://c", "domain_id": "d", "system_scope": "all"}}, set()),
        # One is the other's as well.
        ({"chat"}, {"auth": {"username": "chat", "password": "chat"}}, {"chat"}),
        ({"chat"}, {"auth": {"username": "chat", "methods": [{"code": "chat"}]}}, {"chat"}),
        ({"chat"}, {"auth": {"username": "chat"}, "headers": {"Authorization": "chat"}}, {"chat"}),
        ({"chat"}, {"auth": {"username": "chat"}, "name": "chat"}, set()),
        # Nobody knows what it is.
        ({"x", "y"}, {"auth": {"PASSWORD": "x", "project-name": "y"}}, {"x", "y"}),
        ({"a", "b"}, {"auth": {"username": ["a"], "project_name": {"b": "b"}}}, {"a", "b"}),
        ({"https://u:p@c"}, {"auth": {"auth_url": "https://u:p@c"}}, {"https://u:p@c"}),
        ({"a@b"}, {"auth": {"username": "a@b"}}, set()),
        # YAML takes them for numbers.
        ({"7", "8"}, {"auth": {"project_name": 7, "passcode": 8}}, {"8"}),
        (set(), {"auth": {"username": True, "password": None, "token": ""}}, set()),
        # Ansible knows the whole text, and of what was read from it nothing.
        ({"password=p"}, {"auth": {"password": "p", "username": "u"}}, {"password=p", "p"}),
        ({"X-Key=k"}, {"headers": {"X-Key": "k"}}, {"X-Key=k", "k"}),
        # A digit is in every number of a result.
        ({"0", "chat.example"}, {"headers": {"X-Priority": "0", "host": "chat.example"}}, set()),
        ({"0"}, {"headers": {"X-Priority": 0}}, set()),
        ({"0", "k=1"}, {"headers": {"X-API-Key": "0", "Cookie": "k=1"}}, {"0", "k=1"}),
        ({"hunter2", "ab"}, {"headers": {"X-Mine": "hunter2", "Host": ["ab"]}}, {"hunter2", "ab"}),
        ({"chat"}, {"cloud": "chat"}, set()),
        ({"chat"}, {"cloud": "chat", "auth": {"password": "chat"}}, {"chat"}),
        ({"{'password': 'p'}"}, {"cloud": "{'password': 'p'}"}, {"{'password': 'p'}"}),
        ({"p"}, {"cloud": {"auth": {"password": "p"}}}, {"p"}),
        # It could not be read.
        ({"{password"}, {"auth": "{password"}, {"{password"}),
        ({"k"}, {}, {"k"}),
    ],
)
def test_what_is_masked(known: set[str], params: dict[str, Any], left: set[str]) -> None:
    assert masked(known, params, SPEC) == left


def test_nothing_is_shown_that_keystoneauth_calls_a_secret() -> None:
    plugins: dict[str, Any] = loading.get_available_plugin_loaders()
    options = [option for plugin in plugins.values() for option in plugin.get_options()]
    secret = {name.dest for option in options if option.secret for name in (option, *option.deprecated)}

    assert {"password", "token", "application_credential_secret"} <= secret
    assert not secret & _OPEN
