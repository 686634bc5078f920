# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project in which a contestant works: made with enough quota, looked at by other means, emptied afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openstack
from bench_check import problems
from shapes import EMPTY, Project
from sources import ROOT

PROGRAM = ROOT / "tests" / "integration" / "project.py"
OPERATOR = "local-admin"
UNLIMITED = -1
# A network of its own, in which hundreds of servers have room.
NETWORK, ADDRESSES = "bench", "10.30.0.0/20"
# What the API says may be behind what a contestant was told; how long it was is measured, too.
PATIENCE = 30.0  # seconds
EMPTIED_WITHIN = 900.0  # seconds


class Workplace:
    """The project of a contestant."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.clouds_yaml = folder / "clouds.yaml"
        self._project("make", name, str(self.clouds_yaml))
        self.project = Project(self.clouds_yaml, healthy=False)
        self.conn = self.project.conn
        self.balancing: Any = self.conn.load_balancer
        self.operator: Any = openstack.connect(cloud=OPERATOR)
        self._enlarge()
        self.empty()
        network = self.conn.network.create_network(name=NETWORK)
        self.conn.network.create_subnet(name=NETWORK, network_id=network.id, ip_version=4, cidr=ADDRESSES)

    def _project(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "-W", "ignore", str(PROGRAM), *arguments], check=True, env=os.environ)

    def _enlarge(self) -> None:
        """Lift the limits that a deployment of hundreds of servers would meet."""
        own = str(self.conn.current_project_id)
        compute = ("instances", "cores", "ram", "server_group_members", "server_groups")
        self.operator.set_compute_quotas(own, **dict.fromkeys(compute, UNLIMITED))
        self.operator.set_network_quotas(
            own, **dict.fromkeys(("ports", "security_groups", "security_group_rules"), UNLIMITED)
        )
        self.operator.load_balancer.update_quota(own, members=UNLIMITED, pools=UNLIMITED)

    def problems(self, wanted: Mapping[str, Any]) -> tuple[list[str], float]:
        """Return what is not as the variables say, after some patience, and the seconds until the last look."""
        began = time.monotonic()
        while True:
            waited = time.monotonic() - began
            found = problems(self.conn, self.operator, wanted)
            if not found or waited > PATIENCE:
                return found, waited
            time.sleep(0.5)

    def servers(self) -> set[str]:
        return {server.id for server in self.conn.compute.servers(details=False)}

    def empty(self) -> None:
        """Remove everything, and wait until it is gone."""
        for balancer in self.balancing.load_balancers():
            self._removable(balancer.id)
            self.balancing.delete_load_balancer(balancer.id, cascade=True, ignore_missing=True)
        for server in self.conn.compute.servers(details=False):
            self.conn.compute.delete_server(server.id, ignore_missing=True)
        end = time.monotonic() + EMPTIED_WITHIN
        while any(self.balancing.load_balancers()) or any(self.conn.compute.servers(details=False)):
            if time.monotonic() > end:
                raise SystemExit(f"project {self.name} could not be emptied")
            time.sleep(1)
        self._sweep()
        if left := self.project.shape().keys() - EMPTY.keys():
            raise SystemExit(f"left behind in project {self.name}: {left}")

    def _sweep(self) -> None:
        """Remove what servers and load balancers used."""
        for group in self.conn.compute.server_groups():
            self.conn.compute.delete_server_group(group.id)
        own = self.conn.current_project_id
        for port in self.conn.network.ports(project_id=own):
            self.conn.network.delete_port(port.id, ignore_missing=True)
        for found in self.conn.network.security_groups(project_id=own):
            if found.name != "default":
                self.conn.network.delete_security_group(found.id, ignore_missing=True)
        for network in self.conn.network.networks(name=NETWORK, project_id=own):
            self.conn.network.delete_network(network.id)

    def _removable(self, balancer: str) -> None:
        end = time.monotonic() + EMPTIED_WITHIN
        while time.monotonic() < end:
            found = self.balancing.find_load_balancer(balancer, ignore_missing=True)
            if found is None or not found.provisioning_status.startswith("PENDING"):
                return
            time.sleep(1)

    def remove(self) -> None:
        self.empty()
        self._project("remove", self.name)
