# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the load generator, Locust, does: ask a model at a constant rate, and write down every request.

    locust --locustfile load.py --headless --host URL --users N --rate R --known-answer FILE --model NAME --records FILE

Each user keeps a connection and asks R/N times a second, unless an answer takes longer than that. A line of the records
is: start in seconds since the epoch, latency in ms, HTTP status or 0, version of the model that answered, and what went
wrong, empty when nothing did.
"""

from __future__ import annotations

import csv
import json
import random
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import gevent
from locust import FastHttpUser, events, task
from locust.env import Environment

GIVE_UP_AFTER = 10.0  # seconds


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def add_options(parser: ArgumentParser) -> None:
    """Take what a drill says."""
    parser.add_argument("--rate", type=float, required=True, help="requests a second, of all users together")
    parser.add_argument("--known-answer", type=Path, required=True, help="JSON file with request and expected outputs")
    parser.add_argument("--model", required=True)
    parser.add_argument("--records", type=Path, required=True)


class Client(FastHttpUser):  # type: ignore[misc]  # Locust is not among the tools, so its types are unknown
    """One client of the model."""

    connection_timeout = GIVE_UP_AFTER
    network_timeout = GIVE_UP_AFTER
    body: bytes
    expected: dict[str, list[Any]]
    path: str
    rate: float

    def on_start(self) -> None:
        """Keep the users from asking all at the same moment, which constant_throughput of Locust leads to."""
        self.due = time.monotonic() + random.uniform(0, 1 / self.rate)  # noqa: S311 -- no secret
        gevent.sleep(self.due - time.monotonic())

    def wait_time(self) -> float:
        """Return how long to wait until the next request is due; a request that took too long delays the next."""
        self.due = max(self.due + 1 / self.rate, time.monotonic())
        return self.due - time.monotonic()

    @task  # type: ignore[untyped-decorator]
    def ask(self) -> None:
        """Send the known request; anything but the known answer is a failure."""
        headers = {"Content-Type": "application/json"}
        with self.client.post(self.path, data=self.body, headers=headers, catch_response=True) as response:
            if response.status_code != 200:
                response.failure(f"{response.error or ''} {response.text or ''}".strip()[:200] or "no answer")
                return
            try:
                said = json.loads(response.content)
                response.request_meta["context"]["version"] = said["model_version"]
                outputs = {output["name"]: output["data"] for output in said["outputs"]}
            except (ValueError, KeyError, TypeError) as error:
                response.failure(f"malformed answer: {error!r}")
                return
            if any(outputs.get(name) != value for name, value in self.expected.items()):
                response.failure(f"wrong answer: {outputs}"[:200])


@events.init.add_listener  # type: ignore[untyped-decorator]
def begin(environment: Environment, **_rest: Any) -> None:
    """Read the known answer and open the records."""
    options = environment.parsed_options
    known = json.loads(options.known_answer.read_text(encoding="utf-8"))
    Client.body = json.dumps(known["request"]).encode()
    Client.expected = known["expected"]
    Client.path = f"/v2/models/{options.model}/infer"
    Client.rate = options.rate / options.num_users
    records = options.records.open("w", encoding="utf-8", newline="")
    lines = csv.writer(records, lineterminator="\n")

    def record(
        start_time: float, response_time: float, response: Any, context: Any, exception: Any, **_more: Any
    ) -> None:
        status = getattr(response, "status_code", 0) or 0
        version = context.get("version") or ""
        wrong = str(exception).replace("\n", " ") if exception else ""
        lines.writerow([f"{start_time:.4f}", f"{response_time:.1f}", status, version, wrong])

    def show() -> None:
        """Let the drill see what happens while it happens."""
        while True:
            gevent.sleep(0.5)
            records.flush()

    environment.events.request.add_listener(record)
    environment.events.quit.add_listener(lambda **_rest: records.close())
    gevent.spawn(show)
