# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hypervisor is killed, and what was there."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from types import SimpleNamespace

import guests
import host_killed
import pytest
from scene import Scene
from traffic import DrillError

ALL = ("c1", "c2", "c3")


@pytest.mark.parametrize(
    ("replicas", "amphorae", "pair", "host"),
    [
        (ALL, ("c1",), False, "c2"),
        (("c1", "c3"), ("c1",), False, "c3"),
        (ALL, ("c2", "c3"), True, "c2"),
        (("c1", "c3"), ("c2", "c3"), True, "c3"),
    ],
)
def test_choice(replicas: tuple[str, ...], amphorae: tuple[str, ...], pair: bool, host: str) -> None:
    assert host_killed.choose(replicas, Counter(amphorae), pair=pair) == host


@pytest.mark.parametrize(
    ("replicas", "amphorae", "pair"),
    [
        (("c1",), ("c1",), False),  # the only amphora must live
        (ALL, ("c2", "c2"), True),  # both at once are another drill
        (ALL, ("c2",), True),  # no pair
        (ALL, ("c2", "c3"), False),
    ],
)
def test_no_choice(replicas: tuple[str, ...], amphorae: tuple[str, ...], pair: bool) -> None:
    with pytest.raises(DrillError, match="no hypervisor fits"):
        host_killed.choose(replicas, Counter(amphorae), pair=pair)


@pytest.mark.parametrize(
    ("replicas", "holder", "host"),
    [
        (ALL, "c3", "c3"),
        (ALL, "c2", "c2"),
        (("c1", "c2"), "c3", "c2"),  # without a replica, nothing could be repaired there
    ],
)
def test_of_a_pair_the_one_with_the_address_if_that_is_possible(
    replicas: tuple[str, ...], holder: str, host: str
) -> None:
    assert host_killed.choose(replicas, Counter(("c2", "c3")), {holder}, pair=True) == host


def test_where_the_address_is(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    interfaces = {"c2": ["10.0.0.3"], "c3": ["10.0.0.4", "10.0.0.9"]}
    found = [SimpleNamespace(compute_id=host, status="ALLOCATED") for host in interfaces]
    stage.operator.load_balancer.amphorae.return_value = found
    stage.operator.compute.get_server = lambda host: SimpleNamespace(hypervisor_hostname=host, instance_name=host)
    monkeypatch.setattr(stage, "balancer", lambda: SimpleNamespace(id="lb", vip_address="10.0.0.9"))
    monkeypatch.setattr(guests, "init_of", lambda name: name)

    def ip(command: list[str], **_more: object) -> subprocess.CompletedProcess[str]:
        (host,) = [name for name in interfaces if command[1] == f"--net=/proc/{name}/root/run/netns/amphora-haproxy"]
        links = [{"ifname": "lo", "addr_info": []}, {"addr_info": [{"local": one} for one in interfaces[host]]}]
        return subprocess.CompletedProcess(command, 0, json.dumps(links), "")

    monkeypatch.setattr(subprocess, "run", ip)
    assert host_killed.with_address(stage) == {"c3"}


def test_addresses_that_cannot_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guests, "init_of", lambda _name: 7)
    failed = subprocess.CompletedProcess([], 1, "", "no such namespace")
    monkeypatch.setattr(subprocess, "run", lambda *_words, **_more: failed)
    with pytest.raises(DrillError, match="the addresses of instance-1 cannot be seen: no such namespace"):
        guests.addresses("instance-1", "amphora-haproxy")
