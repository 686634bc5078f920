# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What playbooks and roles hand on that keeps a service from harm: modules only do what they are told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from ..plugins.filter.preflight_values import CAPACITY, FIRST, SERVICE, kept
from ..templates import OMIT, ROOT, handed_on, read, tasks_of, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BALANCER = "model_serving.openstack.load_balancer"
USES = [{"pool": "replicas-http", "protocol_port": 8080}]
ROLE = "ansible.builtin.include_role"


def uses_of_roles() -> Iterator[Any]:
    """Yield the roles that the playbooks use on a service, and the options that these get."""
    for path in sorted([*ROOT.glob("playbooks/*.yml"), *ROOT.glob("playbooks/tasks/*.yml")]):
        content = read(str(path.relative_to(ROOT)))
        found = [(task[ROLE]["name"], task["vars"]) for task in tasks_of(content) if ROLE in task]
        found += [(role["role"], role) for each in content for role in each.get("roles", ())]
        for name, given in found:
            role = name.removeprefix("model_serving.openstack.")
            if role != "local_cloud":
                yield pytest.param(role, given, id=f"{path.stem}-{role}")


@pytest.mark.parametrize(("role", "given"), list(uses_of_roles()))
def test_what_a_service_is_says_its_file_and_no_inventory(role: str, given: Mapping[str, Any]) -> None:
    options = set(read(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"]["options"])
    if given.get(f"{role}_state") == "absent":
        used = (ROOT / f"roles/{role}/tasks/absent.yml").read_text(encoding="utf-8")
        options &= {*re.findall(r"\w+", used), f"{role}_security_group"}
    else:
        options -= {"load_balancer_keep_address"}  # of removal only
    of_a_run = set(re.findall(r"`(\w+)`", (ROOT / "docs/operations.md").read_text(encoding="utf-8")))

    assert options - of_a_run - set(given) == set()


@pytest.mark.parametrize(
    ("file", "role", "fleet"), [("fleet", "compute", "site_fleet"), ("group", "autoscaling", "site_wanted")]
)
def test_the_security_group_has_the_name_that_is_looked_for(file: str, role: str, fleet: str) -> None:
    (given,) = [
        task["vars"] for task in read(f"playbooks/tasks/{file}.yml") if role in task.get(ROLE, {}).get("name", "")
    ]
    option = f"{role}_security_group"
    usual = value_of(read(f"roles/{role}/defaults/main.yml")[option], {f"{role}_name": "chat.eu"})

    assert value_of(given[option], {fleet: {"name": "chat.eu"}}) == usual == "model_serving.chat.eu"


@pytest.mark.parametrize(
    ("service", "told"),
    [
        ({}, ("chat", None)),
        ({"load_balancer": {"join": None}}, ("chat", None)),
        ({"load_balancer": {"join": "front"}}, ("front", "chat")),
    ],
)
def test_the_teardown_of_a_guest_takes_its_own_parts_only(
    service: dict[str, Any], told: tuple[str, str | None]
) -> None:
    (play,) = read("playbooks/teardown.yml")
    (role,) = play["roles"]
    facts = {**play["vars"], "model_service": {"name": "chat", **service}}

    assert tuple(value_of(role[f"load_balancer_{name}"], facts) for name in ("name", "service")) == told


def test_a_service_that_left_a_load_balancer_takes_its_own_parts_only() -> None:
    (task,) = [each for each in read("playbooks/tasks/surplus.yml") if BALANCER in each]
    for gone, service in (({"name": "front", "service": "chat"}, "chat"), ({"name": "chat", "service": None}, OMIT)):
        assert value_of(task[BALANCER]["service"], {"site_gone": gone, "omit": OMIT}) == service
        assert value_of(task[BALANCER]["name"], {"site_gone": gone}) == gone["name"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_the_role_says_whose_parts_they_are(state: str) -> None:
    own = handed_on("load_balancer", state, "load_balancer", {"load_balancer_network": "lan"})
    guest = handed_on(
        "load_balancer", state, "load_balancer", {"load_balancer_network": "lan", "load_balancer_service": "guest"}
    )

    assert "service" not in own
    assert guest["service"] == "guest"
    # Those are the owner's.
    assert not {"keep_address", "vip_network"} & set(guest)


def test_the_playbook_hands_on_whom_it_joins() -> None:
    (task,) = [each for each in read("playbooks/tasks/balancer.yml") if "ansible.builtin.include_role" in each]
    for join, told in ((None, ("chat", None)), ("front", ("front", "chat"))):
        service = {"name": "chat", "load_balancer": {"join": join}}
        facts = {**read("playbooks/vars/service.yml"), "preflight_result": {"service": service}}
        assert tuple(value_of(task["vars"][f"load_balancer_{name}"], facts) for name in ("name", "service")) == told


def test_what_somebody_drained_stays_drained() -> None:
    assert (
        handed_on("load_balancer", "present", "load_balancer", {"load_balancer_network": "lan"})["keep_drained"] is True
    )


@pytest.mark.parametrize(
    ("given", "goes_on"),
    [({}, True), ({"lock": None}, True), ({"lock": False}, True), ({"lock": True}, False), ({"lock": "yes"}, False)],
)
def test_a_protected_service_stays(given: dict[str, Any], goes_on: bool) -> None:
    (play,) = read("playbooks/teardown.yml")
    (refuse,) = [each for each in play["pre_tasks"] if "protected" in each["name"]]
    condition = refuse["ansible.builtin.assert"]["that"]

    assert value_of(f"{{{{ {condition} }}}}", {"model_service": {"name": "chat", **given}}) is goes_on


@pytest.mark.parametrize(("given", "lock"), [(None, None), (True, True), (False, False)])
def test_a_protected_fleet_stays(given: bool | None, lock: bool | None) -> None:
    assert handed_on("compute", "absent", "server_fleet", {"compute_lock": given}).get("lock") is lock


def test_a_fleet_that_leaves_is_drained_in_its_pools() -> None:
    (servers, _group) = read("playbooks/tasks/no_fleet.yml")

    assert value_of(servers["vars"]["compute_pools"], {"site_fleet_pools": USES}) == USES
    for state in ("present", "absent"):
        assert handed_on("compute", state, "server_fleet", {"compute_pools": USES})["pools"] == USES


def preflight_knows(project: str | None, locked: list[str], **change: Any) -> dict[str, Any]:
    """Return what preflight knows about a cloud that has room for everything.

    :param change: what it has decided otherwise about the fleet
    """
    nothing: dict[str, Any] = {key: [] for key in ("fleets", "groups", "security_groups", "server_groups")}
    surplus = {"locked": locked, "load_balancers": []}
    return {
        **read("roles/preflight/vars/main.yml"),
        "preflight_result": {
            "service": {**SERVICE, "project": project},
            "surplus": surplus,
            "fleets": [fleet | change for fleet in kept(SERVICE, CAPACITY)],
            "problems": [],
        },
        "preflight_found": {"capacity": CAPACITY},
        "preflight_rehearsal": {"actions": FIRST},
        "preflight_existing": {"project": {"id": "5a3c", "name": "serving"}, **nothing},
    }


def preflight_tells(project: str | None, locked: list[str]) -> list[str]:
    """Return what preflight refuses."""
    told: list[str] = value_of("{{ preflight_problems }}", preflight_knows(project, locked))
    return told


def test_preflight_warns_of_what_it_has_decided() -> None:
    (note,) = [each for each in read("roles/preflight/tasks/main.yml") if "preflight_warnings" in each.get("vars", {})]
    knows = preflight_knows(None, [], elastic=False, obstacles=["there is no Heat"])

    warned = value_of(note["vars"]["preflight_warnings"], knows)

    assert any("'chat' is no autoscaling group" in text and "there is no Heat" in text for text in warned)


def test_preflight_tells_what_is_locked_and_where_it_is() -> None:
    assert preflight_tells("serving", []) == preflight_tells(None, []) == []
    assert preflight_tells("serving", ["chat-1-1 is locked"]) == ["chat-1-1 is locked"]
    (elsewhere,) = preflight_tells("prod", [])
    assert "'prod'" in elsewhere
