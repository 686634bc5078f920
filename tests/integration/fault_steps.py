# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done while requests fail: a service module by module, or all of it by the playbooks."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playing import HungError, run
from sources import ROOT

RUN_MODULE = Path(__file__).parent / "live" / "run_module.py"
NAME = "faults"
PHASES = ("make", "change", "remove")
PORT = 8080
# Seconds after which a module hangs: the longest timeout is 300, and each of its last requests may take a while.
LONGEST = 900.0

Step = tuple[str, dict[str, Any]]


@dataclass
class Outcome:
    """How a phase went.

    :param where: the module or task that failed, "" when none did
    :param said: its message
    :param failure: the facts in the answer of a module that failed, C(None) when no module's answer is known
    :param output: everything that was printed
    """

    where: str = ""
    said: str = ""
    failure: dict[str, Any] | None = None
    output: str = ""
    changed: list[str] = field(default_factory=list)


def security_group(changed: bool) -> dict[str, Any]:
    ports = [PORT, PORT + 1] if changed else [PORT]
    rules = [{"protocol": "tcp", "port_range_min": port, "remote_ip_prefix": "10.20.0.0/24"} for port in ports]
    return {"name": NAME, "description": f"rules for {len(ports)}", "rules": rules, "tags": [f"ports-{len(ports)}"]}


def server_fleet(changed: bool) -> dict[str, Any]:
    return {
        "name": NAME,
        "replicas": 2,
        "image": "model-server",
        "flavor": "serving.small",
        "networks": ["private"],
        "security_groups": [NAME],
        "server_group": NAME,
        "metadata": {"stage": "changed" if changed else "made"},
        "timeout": 180,
    }


def load_balancer(changed: bool) -> dict[str, Any]:
    return {
        "name": NAME,
        "provider": "ovn",
        "vip_network": "private",
        "floating_ip_network": "public",
        "listeners": [{"name": "tcp", "protocol": "TCP", "protocol_port": 80, "default_pool": NAME}],
        "pools": [
            {
                "name": NAME,
                "protocol": "TCP",
                "lb_algorithm": "SOURCE_IP_PORT",
                "healthmonitor": {"type": "TCP", "delay": 4 if changed else 5, "timeout": 3, "max_retries": 2},
            }
        ],
        "timeout": 180,
    }


def autoscaling_group(changed: bool) -> dict[str, Any]:
    return {
        "name": NAME,
        "min_size": 1,
        "max_size": 3 if changed else 2,
        "image": "model-server",
        "flavor": "serving.small",
        "networks": ["private"],
        "timeout": 300,
    }


def members(answers: Mapping[str, Mapping[str, Any]], changed: bool) -> dict[str, Any]:
    replicas = answers["server_fleet"]["fleet"]["replicas"]
    # One member leaves by the change: all of them would still be members if nothing were purged.
    kept = sorted(replica["addresses"]["private"][0] for replica in replicas)[: 1 if changed else 2]
    return {
        "load_balancer": NAME,
        "pool": NAME,
        "members": [{"address": address, "protocol_port": PORT} for address in kept],
        "purge": True,
    }


class Modules:
    """The modules that write, one after the other, each in a process as under Ansible."""

    def __init__(self, groups: bool) -> None:
        self.groups = groups
        self.name = "groups" if groups else "fleet"
        # What it cannot do without.
        self.services = ("identity", "compute", "network", "orchestration" if groups else "load-balancer")

    def steps(self, phase: str, answers: Mapping[str, Mapping[str, Any]]) -> Iterator[Step]:
        changed = phase == "change"
        if phase == "remove":
            names = ["autoscaling_group"] if self.groups else ["load_balancer", "server_fleet", "server_group"]
            yield from ((name, {"name": NAME, "state": "absent", "timeout": 180}) for name in names)
            yield "security_group", {"name": NAME, "state": "absent"}
            return
        yield "security_group", security_group(changed)
        if self.groups:
            yield "autoscaling_group", autoscaling_group(changed)
            return
        yield "server_group", {"name": NAME, "policy": "anti-affinity"}
        yield "server_fleet", server_fleet(changed)
        yield "load_balancer", load_balancer(changed)
        yield "pool_members", members(answers, changed)

    def play(self, phase: str, clouds_yaml: Path) -> Outcome:
        """Do a phase; the first module that fails is its end."""
        answers: dict[str, dict[str, Any]] = {}
        outcome = Outcome()
        for name, arguments in self.steps(phase, answers):
            if name == "server_group":
                arguments.pop("timeout", None)
            answer, printed = run_module(name, arguments, clouds_yaml)
            outcome.output += printed
            answers[name] = answer
            if answer.get("failed", not answer):
                outcome.where, outcome.said = name, answer.get("msg", "")
                outcome.failure = answer.get("failure") or {}
                return outcome
            if answer["changed"]:
                outcome.changed.append(f"{name}: {', '.join(answer['actions'])}")
        return outcome


def environment(clouds_yaml: Path) -> dict[str, str]:
    return {**os.environ, "OS_CLIENT_CONFIG_FILE": str(clouds_yaml), "OS_CLOUD": "local"}


def run_module(name: str, arguments: Mapping[str, Any], clouds_yaml: Path) -> tuple[dict[str, Any], str]:
    """Run a module; return its answer, empty when it gave none, and everything that it printed."""
    paths = os.pathsep.join([str(ROOT / ".venv" / "collections"), *sys.path])
    words = [sys.executable, str(RUN_MODULE), name, json.dumps(arguments)]
    try:
        done = run(words, {**environment(clouds_yaml), "PYTHONPATH": paths, "PYTHONWARNINGS": "ignore"}, LONGEST)
    except HungError as hung:
        return {"failed": True, "msg": str(hung)}, hung.said
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        answer = {}
    return answer, done.stdout + done.stderr
