# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import (
    TEMPLATE_KEY,
    Reference,
    Template,
    written,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import SERVICE_KEY
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Plan
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import (
    CreateReplicas,
    DeleteReplica,
    SetMetadata,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_drift import drift
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_health import unhealthy
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_plan import plan
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_policy import UpdatePolicy
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import (
    Desired,
    Observed,
    Replica,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_group_plan import Group

TEMPLATE = Template(
    image=Reference(id="i1", name="model-server"),
    flavor=Reference(id="f1", name="m1"),
    networks=(Reference(id="n1", name="private"),),
)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
DESIRED = Desired(name="chat", replicas=3, update=UpdatePolicy(kind="recreate"))
OURS = {SERVICE_KEY: "chat", TEMPLATE_KEY: written(TEMPLATE.digests())}


def replica(number: int, **values: Any) -> Replica:
    defaults: dict[str, Any] = {
        "id": f"s{number}",
        "name": f"chat-1-{number}",
        "status": "ACTIVE",
        "created_at": f"2026-01-0{number}T00:00:00Z",
        "image_id": "i1",
        "flavor": "m1",
        "metadata": {**OURS, **values.pop("metadata", {})},
    }
    return Replica(**{**defaults, **values})


def decide(desired: Desired, *replicas: Replica, template: Template = TEMPLATE, group: Group | None = None) -> Plan:
    groups = (group,) if group else ()
    observed = Observed(
        name="chat",
        replicas=replicas,
        template=template,
        server_group=group,
        groups=groups,
        drift={one.id: drift(one, template, groups, desired.availability_zones) for one in replicas},
        unhealthy=unhealthy(replicas, (), desired.health, NOW),
    )
    decided = plan(desired, observed)
    assert decided.changed is (decided.before != decided.after)
    return decided


def deleted(decided: Plan) -> list[str]:
    return [action.id for action in decided.actions if isinstance(action, DeleteReplica)]


def created(decided: Plan) -> list[tuple[str | None, tuple[str, ...]]]:
    return [(action.zone, action.names) for action in decided.actions if isinstance(action, CreateReplicas)]


def test_creates_all_replicas_with_one_call() -> None:
    decided = decide(DESIRED)

    (action,) = decided.actions
    assert isinstance(action, CreateReplicas)
    assert action.names == ("chat-1-1", "chat-1-2", "chat-1-3")
    assert action.metadata == OURS
    assert decided.before == {}
    assert sorted(decided.after["replicas"]) == ["chat-1-1", "chat-1-2", "chat-1-3"]


def test_creates_with_one_call_for_each_zone() -> None:
    decided = decide(replace(DESIRED, availability_zones=("a", "b")))

    assert created(decided) == [("a", ("chat-1-1", "chat-1-2")), ("b", ("chat-2-1",))]


def test_nothing_to_do() -> None:
    assert decide(DESIRED, replica(1), replica(2), replica(3)).actions == ()


def test_replicas_that_are_being_built_count() -> None:
    assert decide(DESIRED, replica(1), replica(2, status="BUILD"), replica(3, status="REBOOT")).actions == ()


def test_adds_what_is_missing_under_a_free_number() -> None:
    assert created(decide(DESIRED, replica(1), replica(3))) == [(None, ("chat-2-1",))]


def test_fills_the_empty_zone() -> None:
    desired = replace(DESIRED, availability_zones=("a", "b"))

    assert created(decide(desired, replica(1, zone="a"), replica(2, zone="a"))) == [("b", ("chat-2-1",))]


@pytest.mark.parametrize("status", ["ERROR", "SHUTOFF", "PAUSED", "SHELVED_OFFLOADED", "RESCUE", "SUSPENDED"])
def test_replaces_what_does_not_run(status: str) -> None:
    decided = decide(DESIRED, replica(1), replica(2), replica(3, status=status, fault="disk full"))

    assert deleted(decided) == ["s3"]
    assert len(created(decided)) == 1
    assert f"status {status} (disk full)" in str(decided.actions[0])


def test_a_deletion_that_has_begun_is_completed_and_made_up_for() -> None:
    decided = decide(DESIRED, replica(1), replica(2), replica(3, task_state="deleting"))

    assert deleted(decided) == ["s3"]
    assert len(created(decided)) == 1


def test_removals_come_before_creations() -> None:
    kinds = [type(action) for action in decide(DESIRED, replica(1, status="ERROR")).actions]

    assert kinds == [DeleteReplica, CreateReplicas]


def test_removes_surplus_oldest_first() -> None:
    assert deleted(decide(replace(DESIRED, replicas=1), replica(2), replica(1), replica(3))) == ["s1", "s2"]


def test_surplus_takes_drifted_first_when_drift_is_left_alone() -> None:
    desired = replace(DESIRED, replicas=1, update=UpdatePolicy(kind="none"))

    assert deleted(decide(desired, replica(1), replica(2, image_id="i0"))) == ["s2"]


def test_zero_replicas() -> None:
    assert deleted(decide(replace(DESIRED, replicas=0), replica(1))) == ["s1"]
    assert not decide(replace(DESIRED, replicas=0)).changed


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        (replica(1, image_id="i0"), "image"),
        (replica(1, flavor="m2"), "flavor"),
        (replica(1, metadata={TEMPLATE_KEY: ""}), "flavor, image, networks"),
        (replica(1, metadata={TEMPLATE_KEY: written({**TEMPLATE.digests(), "networks": "x"})}), "networks"),
        (replica(1, zone="elsewhere"), "availability_zones"),
    ],
)
def test_drift_is_replaced_or_told(changed: Replica, part: str) -> None:
    desired = replace(DESIRED, replicas=1, availability_zones=("a",))

    recreated = decide(desired, changed)
    left_alone = decide(replace(desired, update=UpdatePolicy(kind="none")), changed)

    assert str(recreated.actions[0]) == f"delete replica 'chat-1-1' (s1): it differs in {part}"
    assert len(created(recreated)) == 1
    assert left_alone.actions == ()
    assert part in left_alone.warnings[0]


@pytest.mark.parametrize(
    ("shown", "parts"), [("ops", ()), ("OPS", ()), ("other", ("key_name",)), (None, ("key_name",))]
)
def test_a_key_that_was_changed_by_hand_is_found(shown: str | None, parts: tuple[str, ...]) -> None:
    template = replace(TEMPLATE, key_name="ops")
    one = replica(1, metadata={TEMPLATE_KEY: written(template.digests())}, key_name=shown)

    assert drift(one, template, (), None) == parts
    assert drift(one, TEMPLATE, (), None) == ()


@pytest.mark.parametrize(("shown", "parts"), [("ops", ("key_name",)), (None, ()), ("", ())])
def test_a_key_that_shall_be_gone_is_found(shown: str | None, parts: tuple[str, ...]) -> None:
    made_with = replace(TEMPLATE, key_name="ops")
    one = replica(1, metadata={TEMPLATE_KEY: written(made_with.digests())}, key_name=shown)

    assert drift(one, replace(TEMPLATE, key_name=""), (), None) == parts


def test_what_the_template_leaves_open_is_no_drift() -> None:
    made_with_more = written({**TEMPLATE.digests(), "key_name": "x", "user_data": "y"})

    assert not decide(replace(DESIRED, replicas=1), replica(1, metadata={TEMPLATE_KEY: made_with_more})).changed


def test_replica_outside_the_server_group_has_drifted() -> None:
    group = Group(id="g1", name="chat", policy="anti-affinity", max_server_per_host=None, member_ids=("s1",))

    decided = decide(replace(DESIRED, replicas=2), replica(1), replica(2), group=group)

    assert deleted(decided) == ["s2"]
    creation = decided.actions[-1]
    assert isinstance(creation, CreateReplicas)
    assert creation.server_group == group


def test_diff_shows_what_a_reader_knows_and_digests_of_the_rest() -> None:
    template = replace(TEMPLATE, user_data="new", key_name="ops")
    old = replace(template, user_data="old")
    one = replica(1, metadata={TEMPLATE_KEY: written(old.digests())}, key_name="ops")

    decided = decide(replace(DESIRED, replicas=1), one, template=template)
    before = decided.before["replicas"]["chat-1-1"]
    after = decided.after["replicas"]["chat-2-1"]

    assert before.pop("user_data") != after.pop("user_data")
    assert before == after
    assert before["networks"] == ["private"]


def test_metadata_is_changed_in_place_and_foreign_keys_stay() -> None:
    template = replace(TEMPLATE, metadata={"stage": "production", "team": "a"})

    decided = decide(replace(DESIRED, replicas=1), replica(1, metadata={"team": "a", "theirs": "x"}), template=template)

    assert decided.actions == (SetMetadata(id="s1", name="chat-1-1", metadata={"stage": "production"}),)
    assert decided.after["replicas"]["chat-1-1"]["metadata"]["theirs"] == "x"


def test_a_locked_replica_is_never_deleted() -> None:
    with pytest.raises(InvalidInputError, match=r"'chat-1-1' \(s1\).*status ERROR.*locked"):
        decide(DESIRED, replica(1, status="ERROR", locked=True))


def test_absent_deletes_all_and_nothing_else() -> None:
    absent = Desired(name="chat", present=False)

    decided = plan(absent, Observed(name="chat", replicas=(replica(1), replica(2, status="BUILD"))))

    assert deleted(decided) == ["s1", "s2"]
    assert decided.after == {}
    assert not plan(absent, Observed(name="chat", replicas=())).changed
