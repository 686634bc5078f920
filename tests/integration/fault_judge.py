# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which faults there are, and what a run that met some of them must do."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from fault_steps import Outcome

KINDS = {
    "500": "the service answers 500 and does nothing",
    "502": "a gateway answers 502, the service never saw the request",
    "502_after": "a gateway answers 502, but the service did what was asked",
    "503": "503",
    "429": "429 with Retry-After",
    "409": "409; Octavia's says that the load balancer is being changed",
    "slow": "the answer comes after 3 s",
    "silent": "the service did what was asked, but the answer comes after the time limit of a request",
    "reset_before": "the connection is closed, the service never saw the request",
    "reset_after": "the connection is closed after the service did what was asked",
    "truncated": "half of the JSON is missing",
    "expired": "the token is not valid any more",
}
STATUSES = {"500": 500, "502": 502, "502_after": 502, "503": 503, "409": 409}
# What never fails a run, whatever the request was.
HARMLESS = {"slow", "expired", "429"}
# What the message of a failed run begins with, or has in it.
FAILED = ("Could not", "Timed out waiting for", "did not", "the cloud answered")

Fault = Mapping[str, Any]


def draw(seed: int, number: int, counted: Mapping[str, int]) -> list[dict[str, Any]]:
    """Choose two faults of a round: one hits a write, one any request. Every kind has its turn, in a random order."""
    chance = random.Random(f"{seed} {number}")  # noqa: S311  # no secret
    turns = len(KINDS) // 2
    order = random.Random(f"{seed} turn {number // turns}").sample(sorted(KINDS), len(KINDS))  # noqa: S311
    return [
        {"kind": order[2 * (number % turns) + which], "of": of, "at": chance.randint(1, counted[of])}
        for which, of in enumerate(("writes", "requests"))
    ]


def harmless(fault: Fault) -> bool:
    """Return whether a run must succeed all the same: what only read, or got no further than the door, is repeated."""
    return fault["kind"] in HARMLESS or (not fault["writing"] and fault["kind"] != "409")


def wrong(outcome: Outcome, fired: Sequence[Fault]) -> list[str]:
    """Return what a run that met these faults should not have done."""
    found = []
    if "Traceback" in outcome.output:
        found.append("there is a traceback")
    if not outcome.where:
        return found
    harmful = [fault for fault in fired if not harmless(fault)]
    if not harmful:
        return [*found, "it failed, though every fault could be got over"]
    if not outcome.said:
        return [*found, "it says nothing"]
    if outcome.failure is not None:
        found += unclear(outcome.failure)
    elif not any(words in outcome.said for words in FAILED):
        found.append("it does not say what it could not do")
    return found + untold(outcome.said, harmful)


def unclear(failure: Mapping[str, Any]) -> list[str]:
    """Return what a module's facts lack: what was attempted, on which resource, and what the cloud said."""
    found = [f"its facts lack {key!r}" for key in ("attempted", "kind", "answer") if not failure.get(key)]
    if failure.get("attempted") == "finish the task":
        found.append("it does not say which request failed")
    return found


def untold(said: str, harmful: Sequence[Fault]) -> list[str]:
    """Return what a message lacks when it tells of none of the faults that could have ended the run.

    Requests are made beside each other, so the last one need not be the one that ended it.
    """
    missing = [lacking(said, fault) for fault in harmful]
    return missing[-1] if all(missing) else []


def lacking(said: str, fault: Fault) -> list[str]:
    """Return what a message lacks of what is known about a fault: its answer, or the address that gave none."""
    kind = fault["kind"]
    if kind in STATUSES:
        whole = str(STATUSES[kind]) in said and fault["request_id"] in said
        return [] if whole else ["it lacks the status or the request id"]
    request_id = fault.get("request_id")
    # Not every service gives its answers an id.
    if kind == "truncated" and request_id:
        return [] if request_id in said else ["it lacks the request id of the answer that is not whole"]
    # Of a request without an answer only the address is known; the SDK tells it without the query.
    return [] if fault["path"].partition("?")[0] in said else ["it lacks the address of the request that was lost"]
