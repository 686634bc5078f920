# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services whose runs are killed: what their files say in each phase."""

from __future__ import annotations

from typing import Any

from examples import OVN, example, fleet_of

CHANGES = {
    "update": {"deployment": "site", "update": "site", "teardown": "teardown"},
    "move": {"deployment": "site", "move": "site", "move back": "site", "teardown": "teardown"},
}
"""The phases by what is changed, and the playbook of each: all replicas get another version; or one of two models moves
to a fleet of its own, which has a route, and back."""
# Enough for every step of a roll, and quick.
REPLICAS = 2
PROVIDERS: dict[str, dict[str, Any]] = {"amphora": {"provider": "amphora"}, "ovn": OVN}
KEEPERS = {"group": True, "fleet": False}


def service(name: str, change: str, phase: str, *, provider: str, keeper: str) -> dict[str, Any]:
    """Return the service of a phase: each has another version of the model, a teardown what the phase before had."""
    phases = list(CHANGES[change])
    number = min(phases.index(phase), len(phases) - 2)
    found = example() | {"name": name, "replicas": REPLICAS, "rollout": {"drain_timeout": 2}}
    found["load_balancer"] |= PROVIDERS[provider]
    found["autoscaling"] = {"enabled": KEEPERS[keeper]}
    (digits,) = found["models"]
    digits["version"] = str(number + 1)
    return found if change == "update" else found | _two_models(digits, apart=phase == "move")


def _two_models(digits: dict[str, Any], *, apart: bool) -> dict[str, Any]:
    (iris,) = example("two_models")["fleets"][0]["models"]
    return {"models": [iris], "fleets": [fleet_of(digits)]} if apart else {"models": [iris, digits]}
