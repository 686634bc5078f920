# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking replicas themselves whether they are ready, where they can be reached from the host that runs the module."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.error import URLError

from ansible_collections.model_serving.openstack.plugins.module_utils._parallel import in_parallel
from ansible_collections.model_serving.openstack.plugins.module_utils._url import url_host, web_problem
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._server_fleet_state import Replica
    from ansible_collections.model_serving.openstack.plugins.module_utils._wait import Deadline

    LogsOf = Callable[[Mapping[str, str]], Mapping[str, Sequence[str]]]

PLACEHOLDER = "{address}"
TIMEOUT = 5
"""Seconds that a replica has for an answer."""
ASKED_AT_ONCE = 64
"""Replicas that are asked at a time. Each is another host, and one that is silent takes all of C(TIMEOUT)."""
LOOKS = 3
"""How often a replica is asked before it counts as silent."""
OK = 200
SILENT = "does not answer"


def problem_of(url: str | None) -> list[str]:
    """Return what is wrong with a readiness URL."""
    if url is None or (PLACEHOLDER in url and not web_problem(url, "readiness_url")):
        return []
    return [f"'readiness_url: {url}' must be an http or https URL with {PLACEHOLDER} in place of the address"]


def answer(url: str, address: str | None) -> str | None:
    """Return None when a replica is ready, else what it said instead."""
    if not address:
        return "has no address"
    # Imported here: with the certificates it reads it takes a tenth of a second, which most fleets need not cost.
    from http.client import HTTPException  # noqa: PLC0415

    from ansible.module_utils.urls import open_url  # noqa: PLC0415

    try:
        # A certificate names the service, not the address of a replica. A replica that redirects is not ready: it may
        # want a login, or lead to whatever else this host reaches.
        response = open_url(
            url.replace(PLACEHOLDER, url_host(address)),
            timeout=TIMEOUT,
            validate_certs=False,
            http_agent="model_serving.openstack",
            follow_redirects="none",
            use_netrc=False,
        )
    except URLError as error:
        return f"answers with {error}" if hasattr(error, "code") else f"{SILENT} ({error.reason})"
    except (OSError, ValueError, HTTPException) as error:
        return f"{SILENT} ({error})"
    return None if response.status == OK else f"answers with status {response.status}"


def _ask(url: str, replicas: Sequence[Replica]) -> dict[str, str]:
    answers = in_parallel(lambda replica: answer(url, replica.address), replicas, workers=ASKED_AT_ONCE)
    return {replica.id: said for replica, said in zip(replicas, answers, strict=True) if said}


def asked(
    deadline: Deadline, url: str, replicas: Sequence[Replica], tested: Collection[str] = ()
) -> Mapping[str, str | None] | None:
    """Return what is wrong with replicas, by id, that are not ready although others are; None for those that are.

    None when no replica is: then this host may have no way to them, and nothing is known.

    :param tested: ids of replicas that a health monitor asks like this and finds ready. When one of them does not
        answer this host, it is the way to it that is broken.
    """
    found = _ask(url, replicas)
    for _look in range(LOOKS - 1):
        if not found or len(found) == len(replicas):
            break
        deadline.sleep(1)
        again = _ask(url, [replica for replica in replicas if replica.id in found])
        found = {key: said for key, said in found.items() if key in again}
    if replicas and len(found) == len(replicas):
        return None
    told = {
        key: f"it {said} at {url}, though other replicas are ready"
        for key, said in found.items()
        if key not in tested or not said.startswith(SILENT)
    }
    return {replica.id: told.get(replica.id) for replica in replicas}


def unready(url: str, replicas: Sequence[Replica]) -> frozenset[str]:
    """Return the ids of replicas that are not ready at this moment."""
    return frozenset(_ask(url, replicas))


def wait_until_answering(deadline: Deadline, url: str, replicas: Sequence[Replica], logs: LogsOf | None = None) -> None:
    """Wait until all replicas are ready.

    :param logs: what replicas logged; asked at the deadline
    :raises WaitTimeoutError: naming those that are not
    """
    missing: dict[str, str] = {}
    names = {replica.id: replica.name for replica in replicas}

    def look() -> bool | None:
        missing.clear()
        missing.update(_ask(url, replicas))
        return None if missing else True

    wait_until(
        look,
        deadline,
        attempted="become ready",
        kind="replicas",
        progress=lambda: "; ".join(f"{names[key]!r} {said}" for key, said in missing.items()),
        logs=(lambda: logs({names[key]: key for key in missing})) if logs else None,
    )
