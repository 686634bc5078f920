# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import (
    TAGS_KEY,
    Reference,
    Template,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import SERVICE_KEY
from ansible_collections.model_serving.openstack.plugins.module_utils._replica_labels import (
    ChangeTags,
    LockReplica,
    SetDescription,
    UnlockReplica,
    in_place,
    shown_creation,
    shown_labels,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import (
    CreateReplicas,
    SetMetadata,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

TEMPLATE = Template(
    image=Reference(id="i1", name="model-server"),
    flavor=Reference(id="f1", name="m1"),
    networks=(Reference(id="n1", name="private"),),
)
REASON = "model_serving.service=chat"
LOCK = LockReplica(id="s1", name="chat-1-1", reason=REASON)
UNLOCK = UnlockReplica(id="s1", name="chat-1-1")
METADATA = SetMetadata(id="s1", name="chat-1-1", metadata={"a": "b"})


def replica(**values: Any) -> Replica:
    metadata = {SERVICE_KEY: "chat", **values.pop("metadata", {})}
    return Replica(**{"id": "s1", "name": "chat-1-1", "status": "ACTIVE", "metadata": metadata, **values})


def tags(add: str = "", remove: str = "", noted: str | None = None) -> ChangeTags:
    return ChangeTags(id="s1", name="chat-1-1", add=tuple(add.split()), remove=tuple(remove.split()), noted=noted)


@pytest.mark.parametrize(
    ("wanted", "there", "noted", "expected"),
    [
        pytest.param(None, "a x", "a", None, id="not managed"),
        pytest.param("a b", "a b x", "a,b", None, id="nothing to do"),
        pytest.param("a b", "x", "", tags(add="a b", noted="a,b"), id="new"),
        pytest.param("b", "a x", "a", tags(add="b", remove="a", noted="b"), id="other tags"),
        pytest.param("", "a x", "a", tags(remove="a", noted=""), id="empty clears the own ones"),
        pytest.param("", "x", "", None, id="nothing of our own"),
        pytest.param("x", "x", "", None, id="somebody else set it already"),
        pytest.param("", "x", "a", tags(noted=""), id="somebody else removed ours"),
        pytest.param("a b", "x", "a,b", tags(add="a b"), id="killed before they were set"),
        pytest.param("b", "b x", "a,b", tags(noted="b"), id="killed before it was noted"),
    ],
)
def test_tags(wanted: str | None, there: str, noted: str, expected: ChangeTags | None) -> None:
    template = replace(TEMPLATE, tags=None if wanted is None else tuple(wanted.split()))
    one = replica(tags=frozenset(there.split()), metadata={TAGS_KEY: noted} if noted else {})

    assert in_place([one], template, None) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("wanted", "there", "changed"),
    [(None, "x", False), ("x", "x", False), ("x", "", True), ("", "x", True), ("", "", False)],
)
def test_description(wanted: str | None, there: str, changed: bool) -> None:
    actions = in_place([replica(description=there)], replace(TEMPLATE, description=wanted), None)

    assert actions == ([SetDescription(id="s1", name="chat-1-1", description=wanted or "")] if changed else [])


def test_labels_wait_until_a_replica_is_built() -> None:
    template = replace(TEMPLATE, tags=("a",), description="x")

    assert in_place([replica(status="BUILD")], template, None) == []


OWN = {"locked": True, "locked_reason": REASON}
FOREIGN = {"locked": True, "locked_reason": "mine"}


@pytest.mark.parametrize(
    ("lock", "there", "others", "expected"),
    [
        pytest.param(True, {}, [], [LOCK], id="lock"),
        pytest.param(True, OWN, [], [], id="locked already"),
        pytest.param(True, FOREIGN, [], [], id="locked by others already"),
        pytest.param(False, OWN, [], [UNLOCK], id="unlock"),
        pytest.param(False, FOREIGN, [], [], id="not ours"),
        pytest.param(None, {}, [], [], id="not managed"),
        pytest.param(None, OWN, [], [], id="not managed, locked"),
        pytest.param(True, OWN, [METADATA], [UNLOCK, METADATA, LOCK], id="opened for metadata"),
        pytest.param(None, OWN, [METADATA], [UNLOCK, METADATA, LOCK], id="not managed, opened for metadata"),
        pytest.param(False, OWN, [METADATA], [UNLOCK, METADATA], id="stays open"),
        pytest.param(True, {}, [METADATA], [METADATA, LOCK], id="locked last"),
    ],
)
def test_locks(lock: bool | None, there: dict[str, Any], others: list[Any], expected: list[Any]) -> None:
    assert in_place([replica(**there)], TEMPLATE, lock, others) == expected


def test_tags_that_are_noted_open_the_lock_as_metadata_does() -> None:
    kinds = [type(action) for action in in_place([replica(**OWN)], replace(TEMPLATE, tags=("a",)), True)]

    assert kinds == [UnlockReplica, ChangeTags, LockReplica]


def test_a_description_needs_no_open_lock() -> None:
    assert len(in_place([replica(**FOREIGN)], replace(TEMPLATE, description="x"), True)) == 1


def test_locks_of_others_are_told_before_the_first_write() -> None:
    with pytest.raises(InvalidInputError, match=r"'chat-1-1' \(s1\).*somebody else has locked it \(mine\)"):
        in_place([replica(**FOREIGN)], TEMPLATE, True, [METADATA])


def test_neighbours_of_one_kind_are_together() -> None:
    template = replace(TEMPLATE, tags=("a",), description="x")
    several = [replica(id=f"s{number}", name=f"chat-1-{number}") for number in (1, 2)]

    kinds = [type(action).__name__ for action in in_place(several, template, True)]

    assert kinds == ["ChangeTags"] * 2 + ["SetDescription"] * 2 + ["LockReplica"] * 2


def test_diff_shows_what_changes() -> None:
    shown: dict[str, Any] = {**shown_labels(replica(tags=frozenset({"a", "x"}), **OWN)), "metadata": {"k": "v"}}

    for action in (UNLOCK, tags(add="b", remove="a", noted="b"), SetDescription(id="s", name="n", description="d")):
        action.show(shown)

    expected = {"locked": False, "tags": ["b", "x"], "description": "d", "metadata": {"k": "v", TAGS_KEY: "b"}}
    assert shown == expected


def test_diff_of_new_replicas_has_slots_tags_and_lock() -> None:
    template = replace(TEMPLATE, tags=("b", "a"), description="d")
    action = CreateReplicas(
        service="chat", names=("chat-1-1", "chat-1-2"), zone=None, template=template, slots=(1, 4), lock=True
    )

    first, second = shown_creation(action).values()

    assert (first["tags"], first["description"], first["locked"]) == (["a", "b"], "d", True)
    assert second["metadata"] == {"model_serving.slot": "4", TAGS_KEY: "a,b"}
    assert str(action) == "create replicas 'chat-1-1', 'chat-1-2' and lock them"
