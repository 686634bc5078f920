# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How large a batch must be so that Heat waits for no replica that cannot get ready."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_batch import (
    Place,
    least_batch,
    places,
    unmarked,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._heat_resources import Resource

NEW = "v2"


def place(name: str, status: str = "CREATE_COMPLETE", **more: Any) -> Place:
    whole = status.endswith("_COMPLETE")
    known = {"stack": "group", "version": "v1", "created_at": "2026-01-01T00:00:00Z", "whole": whole}
    return Place(name=name, status=status, **{**known, **more})


def stuck(one: Place) -> bool:
    return not one.whole and one.version != NEW


def waited_for(found: list[Place], size: int, batch: int) -> list[Place]:
    """What Heat does with its first batch: the replicas that it updates in the version that they have.

    C(GroupInspector) sorts, C(member_definitions) drops from the front what is beyond the size and gives the next ones
    the new definition. The parameter C(attempt) makes all definitions differ.
    """
    there = [(one, "CHECK_COMPLETE" if unmarked(one, NEW) else one.status) for one in found]
    ordered = sorted(there, key=lambda one: (not one[1].endswith("_FAILED"), one[0].created_at, one[0].name))
    kept = [one for one, _status in ordered][-size:]
    return kept[batch:]


@st.composite
def replicas(draw: st.DrawFn) -> list[Place]:
    statuses = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "CREATE_FAILED", "UPDATE_FAILED", "CHECK_FAILED", "INIT_COMPLETE"]
    found = []
    for number in range(draw(st.integers(1, 8))):
        status = draw(st.sampled_from(statuses))
        whole = draw(st.booleans()) if status == "CHECK_FAILED" else status in statuses[:2]
        hour, version = draw(st.integers(0, 2)), draw(st.sampled_from(["v0", "v1", NEW]))
        found.append(place(f"r{number}", status, version=version, whole=whole, created_at=f"2026-01-01T0{hour}:00:00Z"))
    return found


@given(found=replicas(), size=st.integers(1, 10), usual=st.integers(1, 3))
def test_heat_waits_for_none_that_cannot_get_ready(found: list[Place], size: int, usual: int) -> None:
    least = least_batch(found, size, NEW)

    assert not [one for one in waited_for(found, size, max(usual, least)) if stuck(one)]
    assert not least or [one for one in waited_for(found, size, least - 1) if stuck(one)], "one less would do"


@given(found=replicas(), size=st.integers(1, 10))
def test_without_failed_replicas_batches_are_as_usual(found: list[Place], size: int) -> None:
    assert least_batch([one for one in found if one.whole], size, NEW) == 0


@pytest.mark.parametrize(
    ("found", "size", "least"),
    [
        ([place("a"), place("b", "CREATE_FAILED"), place("c", "CREATE_FAILED")], 3, 2),
        # Heat drops those that failed first.
        ([place("a"), place("b", "CREATE_FAILED"), place("c", "CREATE_FAILED")], 2, 1),
        ([place("a"), place("b", "CREATE_FAILED"), place("c", "CREATE_FAILED")], 1, 0),
        # One that was not even begun counts as well to Heat, and so comes by its age.
        ([place("a"), place("b", "INIT_COMPLETE", whole=False), place("c")], 3, 2),
        # What failed in the version that it shall have is marked, but stands before others.
        ([place("a", "CREATE_FAILED", version=NEW), place("b")], 2, 0),
        ([place("a", "CREATE_FAILED", version=NEW), place("b", "UPDATE_FAILED")], 2, 2),
        # A mark is taken back from one that is whole, and kept by one that never got ready.
        ([place("a", "CHECK_FAILED", whole=True), place("b", "CHECK_FAILED", whole=True), place("c")], 3, 0),
        ([place("a", "CHECK_FAILED"), place("b")], 2, 1),
    ],
)
def test_a_batch_reaches_the_last_one_that_is_not_whole(found: list[Place], size: int, least: int) -> None:
    assert least_batch(found, size, NEW) == least


def resource(name: str, kind: str, status: str, parent: str = "group") -> Resource:
    path = "/stacks/chat-zone_1-abc-group-def/g1"
    return Resource(name=name, type=kind, status=status, stack=path, physical_id="x", parent=parent)


@pytest.mark.parametrize(
    ("replica", "part", "whole"),
    [
        ("CREATE_COMPLETE", "CREATE_COMPLETE", True),
        ("CREATE_FAILED", "CREATE_COMPLETE", False),
        ("INIT_COMPLETE", "CREATE_COMPLETE", False),
        ("CHECK_FAILED", "UPDATE_COMPLETE", True),
        ("CHECK_FAILED", "CREATE_FAILED", False),
        ("CHECK_FAILED", "INIT_COMPLETE", False),
        # A mark that was taken back from one that never got ready.
        ("CHECK_COMPLETE", "CREATE_FAILED", False),
    ],
)
def test_a_replica_is_whole_when_all_of_it_was_made(replica: str, part: str, whole: bool) -> None:
    found = [
        resource("r0", "replica-abc-def.yaml", replica),
        resource("server_abc", "OS::Nova::Server", "CREATE_COMPLETE", "r0"),
        resource("ready_abc", "OS::Heat::WaitCondition", part, "r0"),
        resource("ready_abc", "OS::Heat::WaitCondition", "CREATE_FAILED", "another"),
    ]

    (seen,) = places(found)

    assert (seen.name, seen.stack, seen.version, seen.whole) == ("r0", "g1", "abc", whole)
