# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import InvalidInputError
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports import (
    ChangePort,
    CreatePort,
    DeletePort,
    FixedNetwork,
    FixedPort,
    port_name,
    slot_of,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._fixed_ports_plan import (
    removals,
    shown_ports,
    with_slots,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import (
    SLOT_KEY,
    Reference,
    Template,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._ownership import SERVICE_KEY
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_actions import (
    CreateReplicas,
    DeleteReplica,
    FleetAction,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica

if TYPE_CHECKING:
    from collections.abc import Sequence

FIXED = FixedNetwork(id="n1", name="private")
GIVEN = FixedNetwork(id="n1", name="private", ports=(Reference(id="pa", name="a"), Reference(id="pb", name="b")))
PLAIN = Reference(id="n2", name="storage")
TEMPLATE = Template(
    image=Reference(id="i1", name="model-server"), flavor=Reference(id="f1", name="m1"), networks=(FIXED, PLAIN)
)


def replica(number: int, slot: int | None) -> Replica:
    metadata = {SERVICE_KEY: "chat", **({SLOT_KEY: str(slot)} if slot else {})}
    return Replica(id=f"s{number}", name=f"chat-1-{number}", status="ACTIVE", metadata=metadata)


def delete(number: int) -> FleetAction:
    return DeleteReplica(service="chat", id=f"s{number}", name=f"chat-1-{number}", reason="test")


def create(count: int, template: Template = TEMPLATE) -> CreateReplicas:
    names = tuple(f"chat-2-{index}" for index in range(1, count + 1))
    return CreateReplicas(service="chat", names=names, zone=None, template=template)


def port(slot: int, **values: Any) -> FixedPort:
    defaults = {"id": f"p{slot}", "name": port_name("chat", slot), "network_id": "n1", "service": "chat"}
    return FixedPort(slot=slot, **{**defaults, **values})


def slots(actions: Sequence[FleetAction]) -> list[tuple[int, ...]]:
    return [action.slots for action in actions if isinstance(action, CreateReplicas)]


def made(actions: Sequence[FleetAction]) -> list[int]:
    return [action.slot for action in actions if isinstance(action, CreatePort)]


def test_without_fixed_ports_nothing_changes() -> None:
    actions = [delete(1), create(2, replace(TEMPLATE, networks=(PLAIN,)))]

    assert with_slots(actions, [replica(1, None)], []) == actions


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        pytest.param([create(2)], [(3, 4)], id="more replicas"),
        pytest.param([delete(1), create(1)], [(1,)], id="one is replaced"),
        pytest.param([create(1), delete(1)], [(3,)], id="before the old one goes"),
        pytest.param([create(1), delete(1), create(1), delete(2)], [(3,), (1,)], id="rolling"),
        pytest.param([delete(1), delete(2), create(3)], [(1, 2, 3)], id="all are replaced and one more"),
        pytest.param([create(1), create(1)], [(3,), (4,)], id="two zones"),
    ],
)
def test_slots_are_taken_in_the_order_of_the_actions(
    actions: Sequence[FleetAction], expected: list[tuple[int, ...]]
) -> None:
    decided = with_slots(actions, [replica(1, 1), replica(2, 2)], [])

    assert slots(decided) == expected


def test_ports_are_made_where_they_lack() -> None:
    decided = with_slots([create(3)], [], [port(2)])

    assert made(decided) == [1, 3]
    assert isinstance(decided[-1], CreateReplicas)


def test_ports_of_every_fixed_network_are_made_once() -> None:
    template = replace(TEMPLATE, networks=(FIXED, FixedNetwork(id="n3", name="lan")))

    decided = with_slots([create(1, template), delete(1), create(1, template)], [replica(1, 2)], [])

    assert [(action.slot, action.network.id) for action in decided if isinstance(action, CreatePort)] == [
        (1, "n1"),
        (1, "n3"),
        (2, "n1"),
        (2, "n3"),
    ]


def test_a_slot_whose_metadata_was_lost_shows_in_the_port() -> None:
    decided = with_slots([create(1)], [replica(1, None)], [port(1, device_id="s1")])

    assert slots(decided) == [(2,)]


def test_ports_that_others_use_are_left_alone() -> None:
    decided = with_slots([create(1)], [], [port(1, device_id="theirs", foreign=True)])

    assert slots(decided) == [(2,)]


def test_a_port_whose_server_is_gone_is_used_again() -> None:
    assert slots(with_slots([create(1)], [], [port(1, device_id="gone")])) == [(1,)]


@pytest.mark.parametrize(
    ("network", "attributes"),
    [
        (FIXED, {"security_group_ids": ["sg1"]}),
        (replace(FIXED, port_security_enabled=False), {"port_security_enabled": False, "security_group_ids": []}),
        (
            replace(FIXED, subnet=Reference(id="sub", name="v4"), vnic_type="direct"),
            {"fixed_ips": [{"subnet_id": "sub"}], "binding_vnic_type": "direct", "security_group_ids": ["sg1"]},
        ),
    ],
)
def test_ports_are_made_and_changed_as_declared(network: FixedNetwork, attributes: dict[str, Any]) -> None:
    groups = (Reference(id="sg1", name="web"),)
    template = replace(TEMPLATE, networks=(network,), security_groups=groups)
    there = port(1, security_group_ids=frozenset({"other"}), port_security_enabled=True, vnic_type="normal")

    new = with_slots([create(1, template)], [], [])[0]
    changed = with_slots([create(1, template)], [], [there])[0]

    assert isinstance(new, CreatePort)
    assert isinstance(changed, ChangePort)
    assert new.attributes == changed.attributes == attributes


def test_a_port_that_is_right_is_not_changed() -> None:
    template = replace(TEMPLATE, security_groups=(Reference(id="sg1", name="web"),))
    there = port(1, security_group_ids=frozenset({"sg1"}))

    assert len(with_slots([create(1, template)], [], [there])) == 1
    assert len(with_slots([create(1)], [], [there])) == 1


def test_given_ports_are_used_in_order_and_only_their_security_groups_are_changed() -> None:
    template = replace(TEMPLATE, networks=(GIVEN,), security_groups=(Reference(id="sg1", name="web"),))
    given = [port(1, id="pa", service=None), port(2, id="pb", service=None)]

    first, second, creation = with_slots([create(2, template)], [], [*given, port(1)])

    assert isinstance(first, ChangePort)
    assert isinstance(second, ChangePort)
    assert (first.id, second.id) == ("pa", "pb")
    assert first.attributes == {"security_group_ids": ["sg1"]}
    assert isinstance(creation, CreateReplicas)
    assert creation.slots == (1, 2)


def test_too_few_given_ports_are_told() -> None:
    template = replace(TEMPLATE, networks=(GIVEN,))
    given = [port(1, id="pa", service=None, name="a", foreign=True), port(2, id="pb", service=None)]

    with pytest.raises(InvalidInputError, match=r"2 ports on 'private', but 3 are needed.*; a cannot be used"):
        with_slots([create(2, template)], [], given)


@pytest.mark.parametrize(
    ("change", "drifted"),
    [
        ({}, False),
        ({"networks": (Reference(id="n1", name="private"), PLAIN)}, True),
        ({"networks": (replace(FIXED, name="renamed"), PLAIN)}, False),
        ({"networks": (replace(FIXED, vnic_type="direct"), PLAIN)}, True),
        ({"networks": (replace(FIXED, subnet=Reference(id="sub", name="v4")), PLAIN)}, True),
        ({"networks": (replace(FIXED, port_security_enabled=False), PLAIN)}, True),
        ({"networks": (GIVEN, PLAIN)}, True),
    ],
)
def test_drift_of_ports(change: dict[str, Any], drifted: bool) -> None:
    changed = replace(TEMPLATE, **change)

    assert (TEMPLATE.digests(1)["networks"] != changed.digests(1)["networks"]) is drifted
    assert TEMPLATE.digests(1) == TEMPLATE.digests(2)


def test_more_given_ports_are_no_drift_and_another_one_is() -> None:
    given = replace(TEMPLATE, networks=(GIVEN,))
    more = replace(TEMPLATE, networks=(replace(GIVEN, ports=(*(GIVEN.ports or ()), Reference(id="pc", name="c"))),))
    other = replace(TEMPLATE, networks=(replace(GIVEN, ports=(Reference(id="px", name="x"),)),))

    assert given.digests(1) == more.digests(1)
    assert given.digests(1) != given.digests(2)
    assert given.digests(1) != other.digests(1)
    assert given.digests(2) != other.digests(2)


def test_names() -> None:
    assert slot_of("a.b", port_name("a.b", 12)) == 12
    assert slot_of("a.b", "axb-port-1") is None
    assert slot_of("chat", "chat-port-0") is None


def test_own_ports_are_removed_and_shown() -> None:
    ports = [port(1), port(2, service=None, id="theirs")]

    # Something else uses the last one.
    assert removals([*ports, port(3, device_id="x", foreign=True)]) == removals(ports)
    assert removals(ports) == [DeletePort(id="p1", name="chat-port-1")]
    assert shown_ports(ports) == ["chat-port-1 on n1"]
    assert shown_ports(ports, removals(ports)) == []
    assert shown_ports(ports, with_slots([create(2)], [], ports)) == ["chat-port-1 on n1", "chat-port-2 on n1"]
