# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from .preflight_values import CAPACITY, OWN_TAGS, SERVICE, looked_up, problems, quota


def test_what_just_fits_is_no_problem() -> None:
    assert problems() == []


@pytest.mark.parametrize("kind", ["instances", "cores", "ram", "ports", "floating_ips", "load_balancers"])
def test_a_quota_that_is_one_too_small(kind: str) -> None:
    needed = {"instances": 3, "cores": 6, "ram": 1536, "ports": 4, "floating_ips": 1, "load_balancers": 1}[kind]
    counted = "MiB of RAM" if kind == "ram" else kind
    found = problems({"quotas": {**CAPACITY["quotas"], kind: quota(50, needed - 1)}})
    assert found == [f"{needed} more {counted} are needed, but only {needed - 1} of the project's quota of 50 are free"]


def test_only_what_is_added_counts() -> None:
    used_up = {name: quota(3, 0) for name in ("instances", "cores", "ram", "ports", "floating_ips", "load_balancers")}
    assert problems({"quotas": used_up}, replicas=3, balancer={"actions": []}) == []
    assert problems({"quotas": used_up}, replicas=5, balancer={"actions": []}) == []
    found = problems({"quotas": used_up}, replicas=2, balancer={"actions": []})
    assert [text.partition(" are needed")[0] for text in found] == [
        "1 more instances",
        "2 more cores",
        "512 more MiB of RAM",
        "1 more ports",
    ]


def test_a_load_balancer_that_is_made_again_needs_no_room_for_a_second_one() -> None:
    actions = ["delete load balancer 'chat' (1), it is in ERROR", "create load balancer 'chat'"]
    change = {"quotas": {**CAPACITY["quotas"], "load_balancers": quota(1, 0)}}

    assert problems(change, balancer={"actions": actions}) == []
    (problem,) = problems(change, balancer={"actions": actions[1:]})
    assert problem.startswith("1 more load_balancers are needed")


def test_unlimited_quotas_and_unknown_ones_are_no_problem() -> None:
    assert problems({"quotas": {"instances": {"limit": None, "used": 9, "free": None}}}) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"flavors": [{"reference": "small", "found": False, "problems": ["there is no flavor 'small'"]}]},
            "there is no flavor 'small'",
        ),
        (
            {"images": [looked_up("server", size=3 * 2**30, min_ram=0, min_disk=0)]},
            "image 'server' needs 3 GiB of disk, flavor 'small' has 2",
        ),
        (
            {"images": [looked_up("server", size=None, min_ram=1024, min_disk=0)]},
            "image 'server' needs 1024 MiB of RAM",
        ),
        (
            {"networks": [looked_up("private", subnet_ids=[], external=False)]},
            "network 'private' has no subnet",
        ),
        (
            {"networks": [looked_up("private", subnet_ids=["s"]), looked_up("public", subnet_ids=[], external=False)]},
            "network 'public' is not external",
        ),
        (
            {"services": [{"type": kind} for kind in ("compute", "image", "network")]},
            "the cloud has no service of type 'load-balancer' (Octavia)",
        ),
        ({"problems": [{"service": "compute", "message": "Could not read", "status": 503}]}, "Could not read"),
        (
            {"load_balancer_providers": [{"name": "ovn"}]},
            "there is no load balancer provider 'amphora' (there are: ovn)",
        ),
    ],
)
def test_what_the_cloud_lacks(change: dict[str, Any], message: str) -> None:
    found = problems(change)
    assert len(found) == 1
    assert message in found[0]


def test_a_missing_service_is_told_once() -> None:
    services = [{"type": kind} for kind in ("compute", "image", "network")]
    unread = [{"service": "load-balancer", "message": "Could not read", "status": None}]
    assert len(problems({"services": services, "problems": unread})) == 1


def test_what_the_provider_cannot_do() -> None:
    found = problems(service={"load_balancer": {**SERVICE["load_balancer"], "provider": "ovn"}})
    assert len(found) == 3
    assert all("provider 'ovn' cannot do" in text for text in found)
    able = {"provider": "ovn", "protocol": "TCP", "lb_algorithm": "SOURCE_IP_PORT"}
    assert problems(service={"load_balancer": {**SERVICE["load_balancer"], **able}}) == []


@pytest.mark.parametrize(
    ("rehearsal", "expected"),
    [
        # What a task with failed_when=false registers.
        ({"failed": False, "msg": "no", "failure": {"problems": ["one", "two", "one"]}}, ["one", "two"]),
        ({"failed": False, "msg": "Could not", "failure": {"status": 500}}, ["Could not"]),
        ({"failed": False, "msg": "Unsupported parameters"}, ["Unsupported parameters"]),
        ({"skipped": True}, []),
    ],
)
def test_what_the_rehearsal_says(rehearsal: dict[str, Any], expected: list[str]) -> None:
    assert problems(balancer=rehearsal) == expected


@pytest.mark.parametrize(
    ("there", "join", "refused"),
    [
        ({"tags": ["terraform"]}, None, True),
        ({"tags": OWN_TAGS}, None, False),
        ({"tags": ["model_serving.load_balancer=other"]}, None, True),
        # It is theirs, and so is the wish to have the service on it.
        ({"tags": [], "name": "theirs"}, "theirs", False),
        ({"tags": [], "provisioning_status": "PENDING_DELETE"}, None, False),
    ],
)
def test_a_load_balancer_of_somebody_else(there: dict[str, Any], join: str | None, refused: bool) -> None:
    balancer = {"id": "lb1", "name": "chat", "provider": "amphora", "provisioning_status": "ACTIVE", **there}
    service = {"models": [], "load_balancer": {**SERVICE["load_balancer"], "join": join, "floating_ip_network": None}}

    found = problems(service=service, balancer={"actions": [], "load_balancer": balancer})

    assert ["'chat' (lb1) was made by somebody else" in problem for problem in found] == [True] * refused


def test_a_service_full_of_mistakes_raises_nothing() -> None:
    empty = {
        **dict.fromkeys(SERVICE),
        "load_balancer": {**dict.fromkeys(SERVICE["load_balancer"]), "healthmonitor": {"type": None}},
    }
    assert problems(service=empty, balancer={"skipped": True}) == []
