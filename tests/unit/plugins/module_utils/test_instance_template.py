# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import (
    Reference,
    Template,
    encoded,
    problems,
    read,
    written,
)

TEMPLATE = Template(
    image=Reference(id="i1", name="model-server"),
    flavor=Reference(id="f1", name="m1"),
    networks=(Reference(id="n1", name="private"),),
    user_data="#cloud-config\npassword: secret",
)
NOTHING: dict[str, Any] = {"networks": None, "security_groups": None, "user_data": None, "metadata": None}


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({}, set()),
        ({"image": Reference(id="i2", name="model-server")}, {"image"}),
        ({"image": Reference(id="i1", name="renamed")}, set()),
        ({"flavor": Reference(id="f2", name="m1")}, {"flavor"}),
        ({"networks": (Reference(id="n1", name="x"), Reference(id="n2", name="y"))}, {"networks"}),
        ({"user_data": "other"}, {"user_data"}),
        ({"config_drive": False}, {"config_drive"}),
        ({"key_name": "mine"}, {"key_name"}),
        ({"key_name": ""}, set()),
        ({"metadata": {"a": "b"}}, set()),
        ({"security_groups": (Reference(id="s", name="s"),)}, set()),
    ],
)
def test_digests_tell_which_part_changed(change: dict[str, Any], parts: set[str]) -> None:
    before, after = TEMPLATE.digests(), replace(TEMPLATE, **change).digests()

    assert {part for part in after if before.get(part) != after[part]} == parts


def test_digests_survive_being_metadata() -> None:
    full = replace(TEMPLATE, key_name="k", config_drive=True)

    assert read(written(full.digests())) == full.digests()
    assert len(written(full.digests())) <= 255


@pytest.mark.parametrize("value", [None, "", "garbage", "0123456789abcdef"])
def test_foreign_metadata_is_read_as_nothing(value: str | None) -> None:
    assert read(value) == {}


def test_user_data_is_never_shown() -> None:
    assert "secret" not in repr(TEMPLATE)
    assert "secret" not in repr(TEMPLATE.shown())


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"networks": []}, "at least one network"),
        ({"security_groups": []}, "leave the option out"),
        ({"user_data": "x" * 49150}, "65536 characters in base64, but Nova takes 65535"),
        ({"metadata": {"model_serving.service": "x"}}, "the collection's own"),
        ({"metadata": {"k": "v" * 256}}, "exceeds 255"),
        ({"metadata": {"k" * 256: "v"}}, "exceeds 255"),
        ({"metadata": {"team/chat": "v"}}, "'metadata' has the key 'team/chat', but Nova takes letters, digits"),
        ({"metadata": {"größe": "v"}}, "'metadata' has the key 'größe', but Nova takes letters, digits"),
        ({"metadata": {"k\n": "v"}}, "but Nova takes letters, digits"),
        ({"metadata": {"": "v"}}, "'metadata' has the key '', but Nova takes letters, digits"),
        ({"metadata": {"k": ["v"]}}, "'metadata' has the key 'k' with a list, but Nova keeps one text for each key"),
        ({"metadata": {"k": {"v": 1}}}, "'metadata' has the key 'k' with a mapping, but Nova keeps one text"),
    ],
)
def test_problems(params: dict[str, Any], problem: str) -> None:
    (found,) = problems({**NOTHING, **params})

    assert problem in found


def test_keys_of_metadata_that_nova_takes() -> None:
    assert problems({**NOTHING, "metadata": {"a-Z_0:9. x": "v", 1: "v", "k" * 255: "v"}}) == []


def test_as_much_user_data_as_nova_takes() -> None:
    assert len(encoded("x" * 49149)) == 65532
    assert problems({**NOTHING, "user_data": "x" * 49149}) == []
