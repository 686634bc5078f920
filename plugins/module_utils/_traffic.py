# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steady requests to a service, while the members of its pool are looked at."""

from __future__ import annotations

import os
import ssl
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    InvalidInputError,
    sdk_errors,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_read import read_members
from ansible_collections.model_serving.openstack.plugins.module_utils._load_balancer_tree import serves
from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_api import Api
from ansible_collections.model_serving.openstack.plugins.module_utils._pool_members_read import find_pools
from ansible_collections.model_serving.openstack.plugins.module_utils._traffic_figures import (
    Answer,
    Look,
    capacity_back,
    figures,
    out_of_rotation,
    recovered,
)

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._module import Context, Params

LOOK_EVERY = 1.0
"""Seconds between looks: Octavia updates what it says about members every few seconds."""
FASTEST = 1000
"""Requests a second that are still asked for; beyond, another load generator is the right one."""
OK = 200
OWN_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Variables of the environment by which users tell C(requests) whom to trust."""


def collect(context: Context, params: Params) -> dict[str, Any]:
    """Return what C(traffic_info) returns."""
    _refuse(params)
    traffic = Traffic(context, params, pool_id=_pool_id(context, params))
    traffic.run()
    looks, lost, wanted = traffic.looks, params["lost"], params["replicas"]
    return {
        **figures(traffic.answers),
        "out_of_rotation_at": out_of_rotation(looks, lost) if lost else None,
        "capacity_back_at": capacity_back(looks, wanted, lost) if wanted else None,
        "recovered": traffic.recovered(),
    }


def _refuse(params: Params) -> None:
    """Refuse what cannot be sent.

    :raises InvalidInputError: with every problem
    """
    problems = []
    try:
        address = urlsplit(params["url"])
        whole = address.scheme in ("http", "https") and bool(address.hostname)
    except ValueError:
        whole = False
    if not whole:
        problems.append(f"'url' is {params['url']!r}, but must begin with http:// or https:// and a host")
    # pathlib raises errors about paths that are too long.
    if params["ca_path"] and not os.path.isfile(params["ca_path"]):  # noqa: PTH113
        problems.append(f"'ca_path' is {params['ca_path']!r}, which is no file")
    if not 0 < params["rate"] <= FASTEST:
        problems.append(f"'rate' must be more than 0 and at most {FASTEST}")
    problems += [
        f"'{name}' must be at least 1" for name in ("clients", "answer_timeout", "timeout") if params[name] < 1
    ]
    problems += [f"'{name}' must not be negative" for name in ("duration", "replicas", "settle") if params[name] < 0]
    if params["replicas"] and not params["pool"]:
        problems.append("'replicas' needs 'pool': who is in rotation is seen there")
    if problems:
        raise InvalidInputError(problems)


def _pool_id(context: Context, params: Params) -> str | None:
    if not params["pool"]:
        return None
    found = find_pools(context, params["pool"], params["load_balancer"])
    if len(found) != 1:
        where = f" of load balancer {params['load_balancer']!r}" if params["load_balancer"] else ""
        raise InvalidInputError([f"there are {len(found)} pools {params['pool']!r}{where}, but one is needed"])
    return found[0].pool.id


def authorities(params: Params) -> str | bool:
    """Return what C(requests) is told about certificates: whom to trust, or whether to look at them.

    Of its own accord it trusts only what it brings along, not the system's store, as Ansible's C(uri) does.
    """
    told: str | bool = params["ca_path"] or params["ca_cert"] or params["validate_certs"] is not False
    # Told a path, it does not look at the environment any more.
    if told is not True or any(os.environ.get(name) for name in OWN_AUTHORITIES):
        return told
    store = ssl.get_default_verify_paths()
    # There are systems with a directory that nobody has put anything into.
    filled = bool(store.capath) and any(Path(store.capath).iterdir())
    return store.cafile or (store.capath if filled else True)


@dataclass
class Traffic:
    """Sends requests at a rate until what is waited for has come. A client that waits for an answer sends nothing."""

    context: Context
    params: Params
    pool_id: str | None
    answers: list[Answer] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)

    def run(self) -> None:
        """Send; end after C(duration), or when it has recovered, at the deadline in any case."""
        deadline, sending, looking = self.context.deadline, set[Future[None]](), set[Future[None]]()
        shortest, next_look = deadline.fresh(self.params["duration"]), deadline.fresh(0)
        next_request = deadline.elapsed()
        with ThreadPoolExecutor(self.params["clients"] + 1) as workers:
            while not deadline.expired() and not (shortest.expired() and self.recovered()):
                sending = {each for each in sending if not each.done()}
                looking = {each for each in looking if not each.done()}
                if len(sending) < self.params["clients"]:
                    sending.add(workers.submit(self.ask))
                if self.pool_id and not looking and next_look.expired():
                    looking.add(workers.submit(self.look))
                    next_look = deadline.fresh(LOOK_EVERY)
                # What the loop itself takes is not added to the pauses; what was missed is not made up for in a burst.
                next_request = max(next_request + 1 / self.params["rate"], deadline.elapsed())
                deadline.sleep(max(0.0, next_request - deadline.elapsed()))

    @cached_property
    def verify(self) -> str | bool:
        return authorities(self.params)

    def recovered(self) -> bool:
        """Return whether all wanted replicas are in rotation; also when nobody said how many."""
        wanted = self.params["replicas"]
        return not wanted or recovered(list(self.looks), wanted, self.params["lost"], self.params["settle"])

    def ask(self) -> None:
        """Send one request, on a connection of its own, and note how it ended."""
        import requests  # noqa: PLC0415 -- comes with openstacksdk, whose absence _connection reports

        start, begin = time.time(), time.perf_counter()
        try:
            answer = requests.request(
                self.params["method"],
                self.params["url"],
                json=self.params["body"],
                headers=self.params["headers"],
                timeout=self.params["answer_timeout"],
                # The headers would go along to whatever host the service names, and its answer would count.
                allow_redirects=False,
                verify=self.verify,
            )
            error = "" if answer.status_code == OK else f"status {answer.status_code}"
        except (requests.RequestException, ValueError) as problem:
            error = type(problem).__name__
        self.answers.append(Answer(start=start, seconds=time.perf_counter() - begin, error=error))

    def look(self) -> None:
        """Note who is in rotation; when the API does not answer, nothing is known."""
        try:
            members = read_members(Api(self.context.conn.load_balancer), str(self.pool_id))
        except sdk_errors():
            return
        found = [each for each in members if serves(each.operating_status, each.settings.get("weight"))]
        self.looks.append(Look(at=time.time(), members=frozenset(each.address for each in found)))
