# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import (
    CreateGroup,
    DeleteGroup,
    Desired,
    Group,
    plan,
)

HARD = Group(id="g1", name="chat", policy="anti-affinity", max_server_per_host=None)
FULL = Group(id="g1", name="chat", policy="anti-affinity", max_server_per_host=None, member_ids=("s1", "s2"))
TWO = Group(id="g1", name="chat", policy="anti-affinity", max_server_per_host=2)

CREATE = CreateGroup(name="chat", policy="anti-affinity", max_server_per_host=None)
CREATE_SOFT = CreateGroup(name="chat", policy="soft-anti-affinity", max_server_per_host=None)
DELETE = DeleteGroup(name="chat", id="g1")


@pytest.mark.parametrize(
    ("desired", "observed", "actions"),
    [
        pytest.param(Desired(name="chat", policy="anti-affinity"), None, (CREATE,), id="create"),
        pytest.param(Desired(name="chat", policy="anti-affinity"), HARD, (), id="as-it-is"),
        pytest.param(Desired(name="chat", policy="anti-affinity"), TWO, (), id="rule-not-managed"),
        pytest.param(Desired(name="chat", policy="anti-affinity", max_server_per_host=1), FULL, (), id="rule-of-one"),
        pytest.param(
            Desired(name="chat", policy="soft-anti-affinity", recreate=True),
            HARD,
            (DELETE, CREATE_SOFT),
            id="replace-empty",
        ),
        pytest.param(Desired(name="chat", policy="anti-affinity", recreate=True), FULL, (), id="recreate-same"),
        pytest.param(Desired(name="chat", present=False), HARD, (DELETE,), id="delete"),
        pytest.param(Desired(name="chat", present=False), None, (), id="absent"),
    ],
)
def test_plan(desired: Desired, observed: Group | None, actions: tuple[object, ...]) -> None:
    decided = plan(desired, observed)

    assert decided.actions == actions
    assert decided.changed is bool(actions)
    assert (decided.before != decided.after) is bool(actions)


@pytest.mark.parametrize(
    ("desired", "observed", "message"),
    [
        pytest.param(
            Desired(name="chat", policy="soft-anti-affinity"),
            HARD,
            r"policy 'anti-affinity'.*recreate.*delete it.*chat_2",
            id="policy",
        ),
        pytest.param(
            Desired(name="chat", policy="anti-affinity", max_server_per_host=3),
            TWO,
            r"max_server_per_host 2 instead of 3.*recreate",
            id="rule",
        ),
        pytest.param(
            Desired(name="chat", policy="anti-affinity", max_server_per_host=2),
            HARD,
            r"max_server_per_host None instead of 2",
            id="no-rule",
        ),
        pytest.param(
            Desired(name="chat", policy="affinity", recreate=True), FULL, r"2 members.*another name", id="members"
        ),
    ],
)
def test_plan_refuses(desired: Desired, observed: Group, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        plan(desired, observed)


def test_deleting_a_group_with_members_warns() -> None:
    assert plan(Desired(name="chat", present=False), HARD).warnings == ()
    assert "2 members" in plan(Desired(name="chat", present=False), FULL).warnings[0]
