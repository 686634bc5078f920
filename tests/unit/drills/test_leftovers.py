# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left behind outside a drill's project."""

from __future__ import annotations

from types import SimpleNamespace as Thing
from typing import Any

import hypervisors
import leftovers
import pytest
from endings import told
from scene import Scene
from traffic import DrillError

MINE, THEIRS, GONE = "mine", "theirs", "gone"
OCTAVIA = "octavia's project"


def amphora(number: int, balancer: str | None, status: str = "ALLOCATED") -> Any:
    return Thing(
        loadbalancer_id=balancer,
        status=status,
        compute_id=f"server-{number}",
        vrrp_port_id=f"vrrp-{number}",
        ha_port_id=f"ha-{number}",
    )


def policy(number: str, name: str, project: str = OCTAVIA) -> Any:
    return Thing(id=f"policy-{number}", name=name, project_id=project)


@pytest.fixture
def octavia(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what Octavia's project has: the amphora of another balancer and the controllers' port."""
    monkeypatch.setattr(hypervisors, "guests", lambda _scene: [])
    monkeypatch.setattr(leftovers, "loop_devices", set)
    monkeypatch.setattr(leftovers, "PATIENCE", 0.0)
    has = Thing(
        balancers=[Thing(id=THEIRS, name="theirs")],
        groups=[Thing(id="sg-1", name=f"lb-{THEIRS}"), Thing(id="default", name="default")],
        policies=[policy("1", f"octavia-lb-{THEIRS}")],
        amphorae=[amphora(1, THEIRS)],
        servers=[Thing(id="server-1", name="amphora-1")],
        ports=[
            Thing(id="health", name="octavia-health", device_id="host"),
            Thing(id="vrrp-1", name="vrrp", device_id=""),
            Thing(id="port-1", name="", device_id="server-1"),
        ],
    )
    stage.operator.identity.find_project = lambda *_words, **_more: Thing(id=OCTAVIA)
    stage.operator.network.security_groups = lambda **_words: iter(has.groups)
    stage.operator.compute.server_groups = lambda **_words: iter(has.policies)
    stage.operator.load_balancer.load_balancers = lambda: iter(has.balancers)
    stage.operator.load_balancer.amphorae = lambda: iter(has.amphorae)
    stage.operator.compute.servers = lambda **_words: iter(has.servers)
    stage.operator.network.ports = lambda **_words: iter(has.ports)
    return has


def add(octavia: Any, number: int) -> None:
    octavia.servers.append(Thing(id=f"server-{number}", name=f"amphora-{number}"))
    octavia.ports.append(Thing(id=f"port-{number}", name="", device_id=f"server-{number}"))
    octavia.ports.append(Thing(id=f"vrrp-{number}", name="vrrp", device_id=""))


def test_nothing(stage: Scene, octavia: Any) -> None:
    with leftovers.counted(stage):
        add(octavia, 2)
        octavia.servers.pop()
        del octavia.ports[-2:]
    assert stage.left_behind == []


@pytest.mark.usefixtures("octavia")
def test_a_count_that_fails_does_not_hide_what_stopped_the_drill(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "left", None)
    with pytest.raises(DrillError, match="no host") as stopped, leftovers.counted(stage):
        raise DrillError("no host")
    assert "then TypeError: " in told(stopped.value)


def test_an_amphora_without_its_balancer(stage: Scene, octavia: Any) -> None:
    with leftovers.counted(stage):
        add(octavia, 2)
        octavia.amphorae.append(amphora(2, GONE, "ERROR"))
    assert [text.split()[2:5] for text in stage.left_behind] == [
        ["port", "(port-2)", "in"],
        ["port", "vrrp", "(vrrp-2)"],
        ["server", "amphora-2", "(server-2)"],
    ]


def test_amphorae_of_others_and_spare_ones_are_not_ours(stage: Scene, octavia: Any) -> None:
    with leftovers.counted(stage):
        add(octavia, 2)
        add(octavia, 3)
        octavia.amphorae += [amphora(2, THEIRS), amphora(3, None, "READY")]
    assert stage.left_behind == []


def test_what_the_scenes_own_balancer_has_is_left(stage: Scene, octavia: Any) -> None:
    with leftovers.counted(stage):
        add(octavia, 2)
        octavia.balancers.append(Thing(id=MINE, name=stage.project))
        octavia.amphorae.append(amphora(2, MINE))
    assert len(stage.left_behind) == 3


def test_groups_without_their_balancer(stage: Scene, octavia: Any) -> None:
    with leftovers.counted(stage):
        octavia.groups.append(Thing(id="sg-2", name=f"lb-{GONE}"))
        octavia.policies += [policy("2", f"octavia-lb-{GONE}"), policy("3", "of a tenant", "another project")]
    assert stage.left_behind == [
        "left behind: security group lb-gone (sg-2) in project service",
        "left behind: server group octavia-lb-gone (policy-2) in project service",
    ]


def test_groups_of_others_are_not_ours(stage: Scene, octavia: Any) -> None:
    with leftovers.counted(stage):
        octavia.balancers.append(Thing(id="new", name="of others"))
        octavia.groups.append(Thing(id="sg-2", name="lb-new"))
        octavia.policies.append(policy("2", "octavia-lb-new"))
    assert stage.left_behind == []


def test_what_was_there_before_is_not_left_behind(stage: Scene, octavia: Any) -> None:
    add(octavia, 2)
    with leftovers.counted(stage):
        octavia.servers.pop(0)
    assert stage.left_behind == []


def test_the_machine_is_looked_at(stage: Scene, octavia: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert octavia
    monkeypatch.setattr(leftovers, "loop_devices", lambda: {"loop device /dev/loop1"})
    with leftovers.counted(stage):
        monkeypatch.setattr(leftovers, "loop_devices", lambda: {"loop device /dev/loop1", "loop device /dev/loop2"})
        monkeypatch.setattr(hypervisors, "guests", lambda _scene: ["guest x, which Nova does not know"])
    assert stage.left_behind == ["guest x, which Nova does not know", "loop device /dev/loop2"]


def test_what_is_being_deleted_gets_some_time(stage: Scene, octavia: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert octavia
    looks = iter([set(), {"loop device /dev/loop1"}, set()])
    monkeypatch.setattr(leftovers, "PATIENCE", 20.0)
    monkeypatch.setattr(leftovers, "loop_devices", lambda: next(looks))
    with leftovers.counted(stage):
        pass
    assert stage.left_behind == []


def test_a_count_that_fails_is_no_count(stage: Scene, octavia: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_scene: Scene) -> list[str]:
        raise ConnectionError("no Nova")

    assert octavia
    with pytest.raises(ConnectionError, match="no Nova"), leftovers.counted(stage):
        monkeypatch.setattr(hypervisors, "guests", fails)
