# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight says about availability zones: az1 is available, az2 is not, and az3 is not there."""

from __future__ import annotations

from typing import Any

import pytest

from .preflight_values import CAPACITY, SERVICE, problems_of, quota, warnings_of

UNAVAILABLE = "availability zone 'az2' is not available at the moment"
NEEDED = (
    f"autoscaling group 'chat' needs new replicas in each of its zones, but {UNAVAILABLE}: run this again when it takes"
    " servers, or take the zone out of availability_zones"
)
UNKNOWN = "there is no availability zone 'az3' (there are: az1, az2)"
PLENTY = {
    **CAPACITY,
    "quotas": {name: quota(9999, 9999) for name in CAPACITY["quotas"]},
    "services": [*CAPACITY["services"], *({"type": kind} for kind in ("orchestration", "alarming"))],
}
REPLICA = {"name": "chat-1-1", "availability_zone": "az3"}
THERE = {"name": "chat", "replicas": [REPLICA], "ports": [], "server_groups": []}
FLEET, GROUP = {"autoscaling": {"enabled": False}}, {"autoscaling": {"enabled": True}}
BALANCED = {**FLEET, "availability_zone_distribution": "balanced-only"}


def said(options: dict[str, Any], capacity: dict[str, Any], **existing: Any) -> tuple[list[str], list[str]]:
    """Return the problems and the warnings that are about zones."""
    service = {**SERVICE, **options}
    warned = warnings_of(service, capacity, {"actions": []}, **existing)
    found = problems_of(service, capacity, {"actions": []}, **existing)
    return found, [text for text in warned if "zone" in text]


@pytest.mark.parametrize(
    ("options", "zones", "existing", "needed", "warned"),
    [
        (FLEET, ["az1", "az2"], {}, [], [UNAVAILABLE]),
        (FLEET, ["az1", "az2"], {"fleets": [THERE]}, [], [UNAVAILABLE]),
        (FLEET, ["az2"], {"fleets": [THERE]}, [UNAVAILABLE], []),
        (FLEET, ["az2", "az3"], {"fleets": [THERE]}, [UNAVAILABLE, UNKNOWN], []),
        (BALANCED, ["az1", "az2"], {}, [UNAVAILABLE], []),
        (FLEET, ["az1", "az2", "az3"], {}, [UNKNOWN], [UNAVAILABLE]),
        # Its hosts have left it, and the replicas run on.
        (FLEET, ["az1", "az3"], {"fleets": [THERE]}, [], [UNKNOWN]),
        # Each zone has a part of a group.
        (GROUP, ["az1", "az2"], {}, [NEEDED], []),
        (GROUP, ["az1", "az3"], {"fleets": [THERE]}, [UNKNOWN], []),
        # Only the module sees whether it gets new replicas.
        (GROUP, ["az1", "az2"], {"groups": [THERE]}, [], [UNAVAILABLE]),
        (GROUP, ["az2"], {"groups": [THERE]}, [], [UNAVAILABLE]),
        (GROUP, ["az1", "az3"], {"groups": [THERE]}, [], [UNKNOWN]),
        (GROUP, ["az1", "az3"], {"groups": [{**THERE, "replicas": []}]}, [UNKNOWN], []),
    ],
)
def test_zones(
    options: dict[str, Any], zones: list[str], existing: dict[str, Any], needed: list[str], warned: list[str]
) -> None:
    found, warnings = said({**options, "availability_zones": zones}, PLENTY, **existing)

    assert found == needed
    assert len(warnings) == len(warned)
    subject = "Autoscaling group 'chat' gets no" if options is GROUP else "New replicas of fleet 'chat' go"
    assert all(text.startswith(subject) for text in warnings)
    assert all(text.endswith(f"because {why}") for text, why in zip(warnings, warned, strict=True))


def test_nothing_is_said_when_nova_lists_no_zones() -> None:
    assert said({**FLEET, "availability_zones": ["az1"]}, {**PLENTY, "availability_zones": []}) == ([], [])
