# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replicas that lack, in a run that replaces others as well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Plan
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import (
    CreateGroup,
    CreateReplicas,
    DeleteReplica,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_policy import UpdatePolicy
from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group

from .test_server_fleet_plan import DESIRED, TEMPLATE, decide, replica

BASE = Group(id="g1", name="chat", policy="anti-affinity", max_server_per_host=None, member_ids=("s1", "s2"))
NEW = replace(TEMPLATE, user_data="new")


def groups_of(decided: Plan) -> list[str]:
    return [
        action.server_group.name
        for action in decided.actions
        if isinstance(action, CreateReplicas) and action.server_group
    ]


def test_all_of_a_new_version_are_kept_apart() -> None:
    """In the group of the old ones, the first would share its host with others for good."""
    rolling = replace(DESIRED, server_group="chat", update=UpdatePolicy(max_surge=1))

    decided = decide(rolling, replica(1), replica(2), template=NEW, group=BASE)

    assert set(groups_of(decided)) == {"chat_2"}
    assert not any(one.further for one in decided.actions if isinstance(one, CreateReplicas))


def test_where_some_stay_new_ones_are_kept_apart_from_these_if_there_are_hosts() -> None:
    """Else nothing would keep them apart any more, nor move them."""
    rolling = replace(DESIRED, replicas=2, server_group="chat", update=UpdatePolicy(max_surge=1))

    decided = decide(rolling, replica(1, image_id="i0"), replica(2), group=BASE)

    (made,) = [one for one in decided.actions if isinstance(one, CreateReplicas)]
    assert (made.server_group, made.further and made.further.name) == (BASE, "chat_2")
    assert not any(isinstance(one, CreateGroup) for one in decided.actions)


@pytest.mark.parametrize(
    ("update", "drifted"),
    [
        # Beside nobody: those of the group are gone by then.
        (UpdatePolicy(max_surge=0, max_unavailable=1), True),
        (UpdatePolicy(max_surge=1), False),
    ],
)
def test_else_it_is_kept_apart_from_those_that_are_there(update: UpdatePolicy, *, drifted: bool) -> None:
    decided = decide(
        replace(DESIRED, server_group="chat", update=update),
        replica(1),
        replica(2),
        template=NEW if drifted else TEMPLATE,
        group=BASE,
    )

    assert groups_of(decided)[0] == "chat"


@pytest.mark.parametrize(
    ("update", "batches"),
    [
        # The next run goes on, when the new one may get requests.
        (UpdatePolicy(max_surge=0, max_unavailable=1), []),
        (UpdatePolicy(kind="in_place", max_surge=0, max_unavailable=1), []),
        (UpdatePolicy(max_surge=0, max_unavailable=2), [DeleteReplica, CreateReplicas]),
        (UpdatePolicy(max_surge=1), [CreateReplicas, DeleteReplica]),
        (UpdatePolicy(kind="recreate"), [DeleteReplica, DeleteReplica, CreateReplicas]),
    ],
)
def test_nobody_counts_on_one_that_nobody_waits_for(update: UpdatePolicy, batches: list[type]) -> None:
    decided = decide(replace(DESIRED, wait=False, update=update), replica(1), replica(2), template=NEW)

    counted = [each for each in decided.actions if isinstance(each, CreateReplicas | DeleteReplica)]
    assert (counted[0].batch, type(counted[0])) == (0, CreateReplicas)
    assert [type(each) for each in counted if each.batch == 1] == batches
