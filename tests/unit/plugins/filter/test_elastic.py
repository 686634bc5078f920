# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who keeps the replicas: what the service file says, what exists, what the cloud can do."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.plugin_utils._elastic import (
    elastic_problems,
    elastic_warnings,
    inherited,
    kept_fleets,
    sizes,
)

WHOLE = ("compute", "orchestration", "alarming", "metric")
UNWATCHED = {"health_check_type": "none"}
GROUP, FLEET = {"name": "chat"}, {"name": "chat", "replicas": ["one"]}


def decided(
    options: dict[str, Any] | None = None,
    services: tuple[str, ...] = WHOLE,
    groups: tuple[dict[str, Any], ...] = (),
    existing: tuple[dict[str, Any], ...] = (),
    *,
    application_credential: bool = False,
    **change: Any,
) -> dict[str, Any]:
    fleet = {"name": "chat", "pool": "p", "replicas": 3, "autoscaling": options or {}, **change}
    quotas = {"server_group_members": {"limit": 10, "used": None, "free": None}}
    login = {"application_credential": application_credential}
    capacity = {"services": [{"type": kind} for kind in services], "quotas": quotas, **login}
    (found,) = kept_fleets([fleet], capacity, groups, existing)
    return found


@pytest.mark.parametrize(
    ("given", "elastic"),
    [
        ({}, True),
        ({"services": ("compute",)}, False),
        ({"services": ("compute", "orchestration")}, False),
        # By itself, only what the cloud heals becomes a group.
        ({"options": UNWATCHED, "services": ("compute", "orchestration")}, False),
        ({"options": {"enabled": False}}, False),
        ({"options": {"enabled": True}, "services": ("compute",)}, True),
        # Whoever asks for a group knows what the operator allows.
        ({"application_credential": True}, False),
        ({"application_credential": True, "options": {"enabled": True}}, True),
        ({"application_credential": True, "options": {"max_size": 5}}, True),
        ({"application_credential": True, "groups": (GROUP,)}, True),
        # What exists stays what it is, unless the file says otherwise.
        ({"existing": (FLEET,)}, False),
        ({"groups": (GROUP,)}, True),
        ({"groups": (GROUP,), "services": ("compute",)}, True),
        ({"groups": (GROUP,), "existing": (FLEET,)}, True),
        ({"groups": (GROUP,), "options": {"enabled": False}}, False),
        ({"existing": (FLEET,), "options": {"enabled": True}}, True),
        # Ports that a fleet left behind are no fleet.
        ({"existing": ({"name": "chat", "replicas": []},)}, True),
        # Who says how large it may be, or what to track, wants a group.
        ({"existing": (FLEET,), "options": {"max_size": 5}}, True),
        ({"options": {"target_tracking": {"target_value": 50}}, "services": ("compute",)}, True),
        # What only a fleet can do.
        ({"rollout": {"update_policy": "in_place"}}, False),
        ({"rollout": {"update_policy": "rolling", "max_surge": 2}}, True),
        ({"rollout": {"skip_matching": False}}, False),
        ({"health": {"build_timeout": 60}}, False),
        ({"health": {"build_timeout": None}}, True),
        # Of these, 0 asks for something: nothing waits, nothing is replaced, or all at once.
        ({"health": {"build_timeout": 0}}, False),
        ({"health": {"health_grace_period": 0}}, False),
        ({"health": {"max_unhealthy_percentage": 0}}, False),
        ({"rollout": {"min_healthy_percentage": 0}}, False),
        ({"rollout": {"max_healthy_percentage": 0}}, False),
        # Of these, it asks for nothing.
        ({"rollout": {"max_unavailable": 0}, "health": {"readiness_url": ""}}, True),
        ({"fixed_ports": False, "lock": False, "description": ""}, True),
        ({"anti_affinity": {"fallback": "soft"}}, False),
        ({"fixed_ports": True}, False),
        ({"additional_networks": ["st", {"network": "lan", "fixed_ports": True}]}, False),
        ({"additional_networks": [{"network": "lan", "ports": ["p1", "p2", "p3"]}]}, False),
        ({"additional_networks": ["st", {"network": "lan", "fixed_ports": False}]}, True),
        ({"additional_networks": ["st", {"network": "lan", "fixed_ports": "false"}]}, True),
        ({"additional_networks": ["st", {"network": "lan", "fixed_ports": "true"}]}, False),
        # Each zone has a part of a group.
        ({"replicas": 1, "availability_zones": ["az1", "az2"]}, False),
        ({"replicas": 1, "availability_zones": ["az1", "az1"]}, True),
        ({"replicas": 2, "availability_zones": ["az1", "az2"]}, True),
        # What Nova takes into a server group: in each zone one more than there are, for healing.
        ({"replicas": 9}, True),
        ({"replicas": 10}, False),
        ({"replicas": 10, "options": {"health_check_type": "none"}}, True),
        ({"replicas": 18, "availability_zones": ["az1", "az2"]}, True),
        ({"replicas": 19, "availability_zones": ["az1", "az2"]}, False),
    ],
)
def test_who_keeps_it(given: dict[str, Any], *, elastic: bool) -> None:
    assert decided(**given)["elastic"] is elastic


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"options": {"enabled": True}, "services": ("compute",)}, ["'orchestration' (Heat", "'alarming' (Aodh"]),
        ({"options": {"target_tracking": {"target_value": 1}}, "services": WHOLE[:3]}, ["'metric' (Gnocchi"]),
        ({"options": {"target_tracking": {"target_value": 1, "query": "up"}}, "services": WHOLE[:3]}, []),
        ({"options": {"max_size": 9}, "health": {"readiness_url": "x"}}, ["health.readiness_url is for server fleets"]),
        (
            {"groups": (GROUP,), "health": {"health_grace_period": 0}},
            ["health.health_grace_period is for server fleets"],
        ),
        ({"options": {"enabled": True}, "rollout": {"update_policy": "none"}}, ["rollout.update_policy: none is for"]),
        (
            {"options": {"max_size": 12}},
            ["room for 13 in a server group, one of them for healing, and Nova takes 10"],
        ),
        (
            {"availability_zones": list("abcd"), "groups": (GROUP,)},
            ["autoscaling.min_size is 3, but there are 4 zones"],
        ),
        (
            {"availability_zones": ["az1", "az2"], "options": {"min_size": 1, "max_size": 9}},
            ["autoscaling.min_size is 1, but there are 2 zones, each with one replica at least"],
        ),
        (
            {"options": {"enabled": True}, "additional_networks": [{"network": "lan", "fixed_ports": True}]},
            ["additional_networks with 'fixed_ports' are for server fleets"],
        ),
        ({"options": {"enabled": True}, "services": WHOLE[:2], "existing": (FLEET,)}, ["'alarming' (Aodh"]),
        # Who neither heals nor scales a group needs no alarms.
        ({"options": {"enabled": True, **UNWATCHED}, "services": WHOLE[:2]}, []),
        ({"options": {"max_size": 5, **UNWATCHED}, "services": WHOLE[:2]}, []),
        ({"options": UNWATCHED, "groups": (GROUP,), "services": WHOLE[:2]}, []),
        ({"groups": (GROUP,), "services": WHOLE[:2]}, ["'alarming' (Aodh"]),
        ({"options": {"enabled": True, **UNWATCHED}, "services": ("compute",)}, ["'orchestration' (Heat"]),
        (
            {"options": {"target_tracking": {"target_value": 1, "query": "up"}, **UNWATCHED}, "services": WHOLE[:2]},
            ["'alarming' (Aodh"],
        ),
        ({"options": {"step_scaling": [{"query": "up"}], **UNWATCHED}, "services": WHOLE[:2]}, ["'alarming' (Aodh"]),
        ({"options": {"step_scaling": [], "enabled": True, **UNWATCHED}, "services": WHOLE[:2]}, []),
        ({}, []),
        ({"services": ("compute",)}, []),
        ({"services": ("compute",), "existing": (FLEET,)}, []),
    ],
)
def test_what_a_group_that_is_wanted_lacks_is_a_problem(given: dict[str, Any], words: list[str]) -> None:
    found = list(elastic_problems([decided(**given)]))
    assert len(found) == len(words)
    for text, word in zip(found, words, strict=True):
        assert "'chat' cannot be an autoscaling group" in text
        assert word in text
        assert "with autoscaling.enabled: false it is a server fleet of 3 replicas" in text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"services": ("compute",)}, ["nobody replaces what breaks"]),
        ({"rollout": {"skip_matching": False}}, ["rollout.skip_matching: false is for server fleets"]),
        ({"rollout": {"min_healthy_percentage": 0}}, ["rollout.min_healthy_percentage is for server fleets"]),
        # Who says so, or has it so, knows.
        ({"services": ("compute",), "options": {"enabled": False}}, []),
        ({"services": ("compute",), "existing": (FLEET,)}, []),
        ({"options": {"max_size": 9}}, ["may grow to 9 replicas, but of the quota of instances only 5 are free"]),
        ({"options": {"max_size": 5}}, []),
        ({"options": {"max_size": 9}, "groups": (GROUP,)}, []),
        ({"options": {"min_size": 1}}, ["may have one replica only"]),
        ({"options": {"min_size": 1, **UNWATCHED}}, []),
    ],
)
def test_what_a_user_should_know(given: dict[str, Any], words: list[str]) -> None:
    found = list(elastic_warnings([decided(**given)], {"quotas": {"instances": {"free": 5}}}))
    assert len(found) == len(words)
    assert all(word in text for text, word in zip(found, words, strict=True))


def test_fleets_that_share_a_pool_do_not_change_their_sizes() -> None:
    fleets: list[dict[str, Any]] = [
        {"name": name, "pool": "p", "replicas": 1, "autoscaling": {}} for name in ("chat", "chat.canary")
    ]
    alone = {"name": "chat.code", "pool": "q", "replicas": 1, "autoscaling": {}}
    found = kept_fleets([*fleets, alone], {"services": [{"type": kind} for kind in WHOLE]}, (), ())
    assert [fleet["elastic"] for fleet in found] == [False, False, True]


@pytest.mark.parametrize(
    ("given", "low", "high"),
    [
        ({}, 3, 3),
        ({"max_size": 9}, 3, 9),
        ({"min_size": 1}, 1, 3),
        ({"min_size": 1, "max_size": 4}, 1, 4),
    ],
)
def test_sizes_that_are_left_out(given: dict[str, int], low: int, high: int) -> None:
    found = sizes({"replicas": 3, "autoscaling": {"min_size": None, "max_size": None, **given}})
    assert (found["min_size"], found["max_size"], found["desired_capacity"]) == (low, high, None)


def test_fleets_inherit_all_but_the_sizes() -> None:
    common = {"enabled": True, "min_size": 2, "max_size": 9, "desired_capacity": 3, "readiness_timeout": 60}
    assert inherited(common, None) == {"enabled": True, "readiness_timeout": 60}
    assert inherited(common, {"max_size": 4}) == {"max_size": 4}
    assert inherited(None, None) == {}
