# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services whose runs are killed: what their files say in each phase, and which version of the model answers."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import openstack
import requests
from cloud import floating_ips, here
from examples import OVN, example, fleet_of
from sources import ROOT

SAMPLE = ROOT / "playbooks" / "files" / "models" / "digits.sample.json"

CHANGES = {
    "update": {"deployment": "site", "update": "site", "teardown": "teardown"},
    "move": {"deployment": "site", "move": "site", "move back": "site", "teardown": "teardown"},
}
"""The phases by what is changed, and the playbook of each: all replicas get another version; or one of two models moves
to a fleet of its own, which has a route, and back."""
# Enough for every step of a roll, and quick.
REPLICAS = 2
# Requests for the model: far more than there are replicas, because a balancer of the provider ovn selects by chance.
ASKED = 20
PROVIDERS: dict[str, dict[str, Any]] = {"amphora": {"provider": "amphora"}, "ovn": OVN}
KEEPERS = {"group": True, "fleet": False}


def version(change: str, phase: str) -> str:
    """Return the version of the model digits in a phase: each has another one, a teardown that of the phase before."""
    phases = list(CHANGES[change])
    return str(min(phases.index(phase), len(phases) - 2) + 1)


def service(name: str, change: str, phase: str, *, provider: str, keeper: str) -> dict[str, Any]:
    """Return the service of a phase."""
    found = example() | {"name": name, "replicas": REPLICAS, "rollout": {"drain_timeout": 2}}
    found["load_balancer"] |= PROVIDERS[provider]
    found["autoscaling"] = {"enabled": KEEPERS[keeper]}
    (digits,) = found["models"]
    digits["version"] = version(change, phase)
    return found if change == "update" else found | _two_models(digits, apart=phase == "move")


def _two_models(digits: dict[str, Any], *, apart: bool) -> dict[str, Any]:
    (iris,) = example("two_models")["fleets"][0]["models"]
    return {"models": [iris], "fleets": [fleet_of(digits)]} if apart else {"models": [iris, digits]}


def answers(conn: openstack.connection.Connection) -> Counter[str]:
    """Ask the model digits through the balancer; return how often each version answered, or what went wrong."""
    known = json.loads(SAMPLE.read_text(encoding="utf-8"))
    counted: Counter[str] = Counter()
    for ip in floating_ips(conn).values():
        url = f"http://{here(ip['name'])}/v2/models/digits/infer"
        for _time in range(ASKED):
            try:
                answer = requests.post(url, json=known["request"], timeout=10)
                answer.raise_for_status()
                counted[str(answer.json().get("model_version"))] += 1
            except requests.RequestException as error:
                counted[str(error)] += 1
    return counted
