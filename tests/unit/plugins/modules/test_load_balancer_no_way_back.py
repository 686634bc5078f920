# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Without a refusal nothing is undone, and what is not known is not called lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .fake_octavia import CHAT, only, response
from .shared_balancer import BALANCERS, LISTENER, LISTENERS, POOL, SAME_PORT, TCP, broken, told
from .test_load_balancer_guests import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..conftest import RunModule
    from .fake_neutron import Neutron
    from .fake_octavia import Octavia

UNKNOWN = "What had been deleted for it: Not known to be there: "
POLICIES = "/lbaas/l7policies"


@pytest.fixture
def outage(octavia: Octavia) -> Iterator[Any]:
    """The API answers a request with 503, and every read after it."""
    proxy = octavia._conn.load_balancer

    def down(refused: str, below: str) -> None:
        def refuse(method: str, path: str) -> Any:
            if method != refused or not path.startswith(below):
                return None
            proxy.get.side_effect = lambda *_asked, **_query: response(503, {"faultstring": "down"})
            return response(503, {"faultstring": "down"})

        octavia.refuse = refuse

    yield down
    proxy.get.side_effect = octavia.get


@pytest.mark.usefixtures("former")
@pytest.mark.parametrize("looks", [9, 12, 15, 100])
def test_a_new_listener_stays_when_time_is_up(looks: int, octavia: Octavia, run_module: RunModule) -> None:
    def slow(method: str, path: str) -> None:
        if method != "GET":
            octavia.looks_until_active = looks if path == LISTENERS else 1

    octavia.refuse = slow

    answer = run_module("load_balancer", {**SAME_PORT, "timeout": 10})

    assert "Timed out waiting for load balancer 'chat'" in answer["msg"]
    assert f"{UNKNOWN}L7 policy 'http/b', L7 policy 'http/hand'. The next run makes again" in answer["msg"]
    assert only(octavia.rows["listeners"])["protocol"] == "TERMINATED_HTTPS"


@pytest.mark.usefixtures("former")
@pytest.mark.parametrize("status", [408, 429, 500, 504])
def test_nothing_is_undone_when_an_answer_was_lost(status: int, octavia: Octavia, run_module: RunModule) -> None:
    octavia.refuse = lambda _method, path: response(status, {"faultstring": "slow"}) if path == POLICIES else None

    answer = run_module("load_balancer", SAME_PORT)

    assert f"{UNKNOWN}L7 policy 'http/b', L7 policy 'http/hand'." in answer["msg"]
    assert only(octavia.rows["listeners"])["protocol"] == "TERMINATED_HTTPS"


@pytest.mark.usefixtures("former")
def test_nor_when_octavia_is_busy_with_others_until_time_is_up(octavia: Octavia, run_module: RunModule) -> None:
    fault = {"faultstring": "Load Balancer loadbalancer1 is immutable and cannot be updated."}
    octavia.refuse = lambda _method, path: response(409, fault) if path == POLICIES else None

    answer = run_module("load_balancer", {**SAME_PORT, "timeout": 5})

    assert "is immutable" in answer["msg"]
    assert f"{UNKNOWN}L7 policy 'http/b'" in answer["msg"]
    assert only(octavia.rows["listeners"])["protocol"] == "TERMINATED_HTTPS"


def test_the_way_back_from_a_refusal_has_time_of_its_own(
    former: dict[str, Any], octavia: Octavia, run_module: RunModule, clock: Any
) -> None:
    def refuse(method: str, path: str) -> Any:
        if (method, path) != ("POST", POLICIES) or clock.now > 1000:
            return None
        clock.now += 10000
        octavia.looks_until_active = 5
        return response(400, {"faultstring": "no"})

    octavia.refuse = refuse

    answer = run_module("load_balancer", {**SAME_PORT, "timeout": 10})

    assert "made again as it was: listener 'http'." in answer["msg"]
    assert told(octavia) == former


def test_a_deletion_without_an_answer_is_not_called_done(
    former: dict[str, Any], octavia: Octavia, run_module: RunModule, outage: Any
) -> None:
    outage("DELETE", LISTENERS)

    answer = run_module("load_balancer", SAME_PORT)

    assert "Could not delete listener 'http'" in answer["msg"]
    assert f"{UNKNOWN}listener 'http', L7 policy 'http/b', L7 policy 'http/hand'." in answer["msg"]
    assert told(octavia) == former


def test_what_was_to_go_or_was_replaced_already_is_not_told(
    octavia: Octavia, neutron: Neutron, run_module: RunModule, outage: Any
) -> None:
    other = {**LISTENER, "name": "other", "protocol_port": 81}
    run_module("load_balancer", {**CHAT, "listeners": [LISTENER, other], "pools": [POOL, {**POOL, "name": "old"}]})
    assert neutron.ports
    outage("DELETE", "/lbaas/pools")

    answer = run_module("load_balancer", {**CHAT, "pools": [{**POOL, "healthmonitor": TCP}]})

    assert "Could not delete pool 'old'" in answer["msg"]
    assert "deleted for it" not in answer["msg"]
    assert names(octavia, "listeners") == ["http"]
    assert [row["type"] for row in octavia.rows["healthmonitors"].values()][-1] == "TCP"


@pytest.mark.usefixtures("former")
def test_nothing_is_called_missing_when_the_balancer_cannot_be_read(octavia: Octavia, run_module: RunModule) -> None:
    proxy = octavia._conn.load_balancer

    def no(_method: str, path: str) -> Any:
        if path != LISTENERS:
            return None
        proxy.get.side_effect = lambda *_asked, **_query: response(500, {"faultstring": "down"})
        return response(400, {"faultstring": "no"})

    octavia.refuse = no
    answer = run_module("load_balancer", SAME_PORT)
    proxy.get.side_effect = octavia.get

    assert "was not made again (down). Not known to be there: listener 'http', L7 policy 'http/b'," in answer["msg"]


@pytest.mark.usefixtures("former")
def test_a_balancer_is_not_made_a_second_time_when_the_answer_was_lost(octavia: Octavia, run_module: RunModule) -> None:
    broken(octavia)
    octavia.requests.clear()
    octavia.refuse = lambda _method, path: response(504, {"faultstring": "slow"}) if path == BALANCERS else None

    answer = run_module("load_balancer", CHAT)

    assert f"{UNKNOWN}load balancer 'chat', listener 'http', L7 policy 'b'" in answer["msg"]
    assert octavia.writes.count(("POST", BALANCERS)) == 1


@pytest.mark.usefixtures("former")
def test_a_listener_that_another_run_has_made_meanwhile_stays(octavia: Octavia, run_module: RunModule) -> None:
    def race(method: str, path: str) -> Any:
        if (method, path) != ("POST", LISTENERS):
            return None
        balancer, (listener,) = only(octavia.rows["loadbalancers"]), SAME_PORT["listeners"]
        values = {key: listener[key] for key in ("name", "protocol", "protocol_port")}
        octavia.add("listeners", loadbalancer_id=balancer["id"], **values, tags=["model_serving.load_balancer=chat"])
        return response(409, {"faultstring": "Another Listener is already using protocol_port 80"})

    octavia.refuse = race

    answer = run_module("load_balancer", SAME_PORT)

    assert "already using protocol_port 80" in answer["msg"]
    assert "in their place that others have made or use. Not known to be there: listener 'http'," in answer["msg"]
    assert only(octavia.rows["listeners"])["protocol"] == "TERMINATED_HTTPS"


@pytest.mark.usefixtures("former")
@pytest.mark.parametrize("place", [0, 3])
def test_so_does_one_to_which_another_service_has_added_something(
    place: int, octavia: Octavia, run_module: RunModule
) -> None:
    """Whether it has all its policies, and something is refused that comes after it, or not."""
    run_module("load_balancer", {**CHAT, "pools": [POOL, {**POOL, "name": "old", "healthmonitor": None}]})
    where = ("DELETE", "/lbaas/pools/") if place else ("POST", POLICIES)

    def race(method: str, path: str) -> Any:
        if method != where[0] or not path.startswith(where[1]):
            return None
        listener = only(octavia.rows["listeners"])
        octavia.add("l7policies", listener_id=listener["id"], name="c", action="REJECT", position=place)
        return response(400, {"faultstring": "no"})

    octavia.refuse = race

    answer = run_module("load_balancer", SAME_PORT)

    assert ("others have made or use" in answer["msg"]) is not bool(place)
    assert only(octavia.rows["listeners"])["protocol"] == "TERMINATED_HTTPS"
    assert "c" in names(octavia, "l7policies")
