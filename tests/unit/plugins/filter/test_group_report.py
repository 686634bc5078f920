# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report of a service says of its autoscaling groups."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.filter.service_report import service_report

BLIND = "insufficient data"


def look(*alarms: dict[str, Any], **found: Any) -> list[dict[str, Any]]:
    well: dict[str, Any] = {"failed": [], "marked": [], "suspended_stack": None}
    return [{"item": "chat", "groups": [{"name": "chat", "alarms": list(alarms), **well, **found}]}]


def alarm(name: str, state: str | None, *, enabled: bool | None = True, reason: str = "") -> dict[str, Any]:
    return {"name": name, "state": state, "enabled": enabled, "state_reason": reason}


def closer(looks: list[dict[str, Any]]) -> list[str]:
    return service_report(None, looks=looks)[len(service_report(None)) :]


def test_alarms_that_the_cloud_has_no_data_for_are_named() -> None:
    counted, blind = closer(
        look(
            alarm("out_1", BLIND),
            alarm("in_1", BLIND, enabled=False),
            alarm("zone_1/healing", "ok"),
            alarm("zone_2/healing", None, enabled=None),
        )
    )

    assert counted == "alarms of group chat: 1 disabled, 1 insufficient data, 1 ok, 1 unknown"
    assert blind.startswith("no data for out_1: when it stays so")
    assert closer(look()) == []


def test_alarms_that_somebody_has_deleted_are_named() -> None:
    """Neither another user nor, mostly, an application credential makes them anew."""
    counted, deleted = closer(look(*(alarm(name, "missing", enabled=False) for name in ("out_1", "zone_1/healing"))))

    assert counted == "alarms of group chat: 2 missing"
    assert deleted.startswith("somebody has deleted the alarms out_1, zone_1/healing:")
    assert "by the user who made the group makes them anew, unless it logs in with an application cred" in deleted


def test_that_nothing_is_healed_is_no_matter_of_metrics() -> None:
    _counted, metric, healing = closer(look(alarm("out_1", BLIND), alarm("zone_1/healing", BLIND)))

    assert "zone_1/healing" not in metric
    assert healing.startswith("no data for zone_1/healing: as long as it stays so, no replica is healed")
    assert len(closer(look(alarm("zone_1/healing", BLIND)))) == 2


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        (["Not evaluated yet"], "Aodh says: Not evaluated yet. One possible cause"),
        (["pool not found", "pool not found"], "Aodh says: pool not found. One possible cause"),
        (["pool not found", "", "503"], "Aodh says: pool not found; 503. One possible cause"),
        ([""], "Aodh says: nothing. One possible cause"),
    ],
)
def test_why_nothing_is_healed_is_in_the_words_of_aodh(reasons: list[str], said: str) -> None:
    """It has no data after each error of Octavia, not only when it may not list members."""
    blind = [alarm(f"zone_{number}/healing", BLIND, reason=reason) for number, reason in enumerate(reasons, start=1)]

    *_others, healing = closer(look(alarm("zone_9/healing", "ok", reason="all are well"), *blind))

    assert said in healing
    assert "Aodh's user lacks a role by which it may list members" in healing


def test_alarms_that_cannot_be_read_are_not_taken_for_none() -> None:
    refused = {"item": "chat", "failed": False, "msg": "Could not list alarms: the cloud answered 403: Forbidden."}

    assert closer([refused]) == [f"alarms of group chat could not be read: {refused['msg']}"]


def test_what_failed_in_a_group_is_told() -> None:
    (told,) = closer(look(failed=["zone_1/group", "group/a"]))

    assert told == "failed in group chat: zone_1/group, group/a; the next run of site.yml repairs it"


def test_what_is_suspended_is_resumed_first() -> None:
    (told,) = closer(look(failed=["zone_1/group"], suspended_stack="chat-zone_1-abc"))

    assert told == (
        "failed in group chat: zone_1/group; resume its stack first (openstack stack resume chat-zone_1-abc), then the"
        " next run of site.yml repairs it"
    )


def test_what_is_only_marked_waits_for_a_change() -> None:
    (told,) = closer(look(marked=["group/a"]))

    assert told == "marked in group chat: group/a; the next change replaces what is not well by then"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "group chat is CREATE_COMPLETE"),
        ({"status": "UPDATE_FAILED"}, "group chat is UPDATE_FAILED (No valid host)"),
        ({"suspended_processes": ["scaling", "healing"]}, "group chat is CREATE_COMPLETE, suspended: scaling, healing"),
    ],
)
def test_how_a_group_is(change: dict[str, Any], told: str) -> None:
    group = {"name": "chat", "status": "CREATE_COMPLETE", "status_reason": "No valid host", "suspended_processes": []}

    assert service_report(None, groups=[{**group, **change}])[-1] == told
