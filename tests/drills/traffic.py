# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load generator as a process: started, seen while it runs, and stopped so that no answer is lost."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from figures import Request, failures, read_requests
from sources import ROOT

LOCUST = ROOT / ".cache" / "drills" / "bin" / "locust"
MODELS = ROOT / "playbooks" / "files" / "models"
# From inside the external network, as an outsider: the machine's relay to floating IPs is no part of a service.
OUTSIDE = ("nsenter", "--net=/run/netns/lc-external")
STEADY = 5.0  # seconds without failure and at the rate asked for
LONGEST = 900.0  # seconds; no drill sends for longer


class DrillError(Exception):
    """Something that a drill needs did not come about; the text says what."""


@dataclass
class Traffic:
    """Requests at a constant rate from clients that keep their connections; one that waits sends nothing meanwhile."""

    url: str
    records: Path
    rate: float = 220.0
    users: int = 40
    model: str = "digits"
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _told: float = field(default=0.0, init=False)

    @property
    def _log(self) -> Path:
        return self.records.with_suffix(".log")

    def command(self) -> list[str]:
        """Return the load generator's command line."""
        return [
            *OUTSIDE,
            str(LOCUST),
            f"--locustfile={Path(__file__).with_name('load.py')}",
            "--headless",
            "--only-summary",
            f"--host={self.url}",
            f"--users={self.users}",
            f"--spawn-rate={self.users}",
            f"--rate={self.rate:g}",
            f"--run-time={LONGEST:.0f}s",
            "--stop-timeout=15s",  # longer than a client waits for an answer
            f"--model={self.model}",
            f"--known-answer={MODELS / 'digits.sample.json'}",
            f"--records={self.records}",
        ]

    @contextlib.contextmanager
    def running(self) -> Iterator[Traffic]:
        """Send until the context ends, and let every request that has begun end.

        :raises DrillError: the load generator ended before; what it did not send cannot fail
        """
        self.records.unlink(missing_ok=True)
        with self._log.open("w", encoding="utf-8") as log:
            self._process = process = subprocess.Popen(self.command(), stdout=log, stderr=subprocess.STDOUT)
            try:
                yield self
                self.check()
            finally:
                self._told = time.time()
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def ended(self) -> bool:
        """Return whether the load generator has ended."""
        return self._process is not None and self._process.poll() is not None

    def check(self) -> None:
        """Raise DrillError if the load generator has ended."""
        if self.ended():
            raise DrillError(f"the load generator ended by itself, see {self._log}")

    def due(self) -> float:
        """Return how many requests were due from the first one until the clients were told to end."""
        first = next(iter(self.requests()), None)
        return self.rate * (self._told - first.start) if first else 0.0

    def requests(self) -> list[Request]:
        """Return what has ended so far."""
        if not self.records.exists():
            return []
        with self.records.open(encoding="utf-8", newline="") as lines:
            return read_requests(lines)

    def wait_until_steady(self, timeout: float = 60.0) -> None:
        """Wait for some seconds at the rate without failure; raise DrillError when they do not come."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            time.sleep(1)
            self.check()
            last = [request for request in self.requests() if request.start > time.time() - STEADY - 1]
            spread = last[-1].start - last[0].start if last else 0.0
            if spread >= STEADY - 1 and len(last) / spread > 0.9 * self.rate and not failures(last):
                return
        seen = self.requests()
        raise DrillError(
            f"no steady {self.rate:g} requests/s at {self.url} within {timeout:.0f} s: {len(seen)} sent,"
            f" {failures(seen)} failed; see {self._log}"
        )

    def wait_for(self, count: int, timeout: float) -> None:
        """Wait until this many requests have ended; raise DrillError when they do not."""
        end = time.monotonic() + timeout
        while len(self.requests()) < count:
            self.check()
            if time.monotonic() > end:
                raise DrillError(f"only {len(self.requests())} of {count} requests within {timeout:.0f} s")
            time.sleep(1)
