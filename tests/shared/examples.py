# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped service files, and what tests change in them."""

from __future__ import annotations

from typing import Any

import yaml
from sources import ROOT

EXAMPLES = ROOT / "playbooks" / "examples"
OVN = {"provider": "ovn", "protocol": "TCP", "lb_algorithm": "SOURCE_IP_PORT"}
"""What a service file says of a load balancer of the provider ovn, which knows no HTTP and one algorithm."""


def example(name: str = "digits") -> dict[str, Any]:
    """Return the service of a shipped file, each time anew."""
    text = (EXAMPLES / f"{name}.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)["model_service"]
    return found


def fleet_of(model: dict[str, Any]) -> dict[str, Any]:
    """Return a fleet that has one model only, and gets the requests for it."""
    name = model["name"]
    return {"name": name, "replicas": 1, "models": [model], "routes": [{"path": f"/v2/models/{name}"}]}
