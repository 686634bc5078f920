# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets requests, as HAProxy inside a load balancer's amphorae says: Octavia's API says it seconds later.

The amphorae are containers on this machine, so their files are below /proc. On another cloud this is not to be seen.
"""

from __future__ import annotations

import contextlib
import csv
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from figures import Rotation, longest_unseen
from traffic import DrillError

EVERY = 0.25  # seconds
ANSWERS_WITHIN = 2.0  # seconds
# HAProxy is reloaded for every change of a member, so that it may leave one question without an answer.
PATIENCE = ANSWERS_WITHIN + 1.0  # seconds
_SERVER = re.compile(r"^\s*server (\S+) (\S+):\d+ ", re.MULTILINE)


def in_rotation(statistics: str) -> set[str]:
    """Return the servers that `show stat` says get new requests: up, or not tested at all, and with a weight."""
    rows = csv.DictReader(statistics.removeprefix("# ").splitlines())
    return {
        row["svname"]
        for row in rows
        if row["svname"] not in ("FRONTEND", "BACKEND")
        and re.match(r"UP|no check", row["status"])
        and row["weight"] not in ("", "0")
    }


def addresses(config: str) -> dict[str, str]:
    """Return the address of each server in HAProxy's configuration."""
    return {name: address.strip("[]") for name, address in _SERVER.findall(config)}


def amphorae(load_balancer: str) -> list[Path]:
    """Return the root directories of the running amphorae of a load balancer."""
    marker = f"/var/lib/octavia/{load_balancer}/haproxy.cfg".encode()
    roots: dict[int, Path] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"haproxy") and marker in words:
                roots.setdefault((process / "root").stat().st_dev, process / "root")
        except OSError:  # it ended meanwhile
            continue
    return list(roots.values())


def look(root: Path, load_balancer: str) -> set[str]:
    """Return the addresses of the members in rotation; raises OSError when HAProxy gives no whole answer."""
    folder = root / "var/lib/octavia"
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ANSWERS_WITHIN)
        connection.connect(str(folder / f"{load_balancer}.sock"))
        connection.sendall(b"show stat\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    if not (answer.startswith("# ") and answer.endswith("\n")):
        raise OSError("HAProxy ended while it answered")
    where = addresses((folder / load_balancer / "haproxy.cfg").read_text(encoding="utf-8"))
    return {where.get(name, name) for name in in_rotation(answer)}


class Watch:
    """Looks every quarter of a second, in a thread, while the context is open.

    :ivar patience: seconds for which nobody may say who is in rotation: what is not seen is not known to hold
    """

    def __init__(self, load_balancer: str, patience: float = PATIENCE) -> None:
        self.load_balancer, self.patience = load_balancer, patience
        self.rotations: list[Rotation] = []
        self._end = threading.Event()
        self._roots: list[Path] = []
        self._error: Exception | None = None
        self._open = (0.0, 0.0)

    def look(self) -> frozenset[str] | None:
        """Return who gets requests from any of the amphorae, or None when none of them answers."""
        found: set[str] | None = None
        for root in list(self._roots):
            try:
                found = (found or set()) | look(root, self.load_balancer)
            except OSError:
                self._roots.remove(root)
        if found is None:
            self._roots = amphorae(self.load_balancer)
        return None if found is None else frozenset(found)

    def now(self) -> frozenset[str]:
        """Return what was seen last; raise DrillError when looking has failed."""
        self._check()
        return self.rotations[-1].members if self.rotations else frozenset()

    def unseen(self) -> float:
        """Return the longest time in seconds for which nobody said who is in rotation, when the context has ended."""
        return longest_unseen(self.rotations, *self._open)

    @contextlib.contextmanager
    def running(self) -> Iterator[Watch]:
        """Look until the context ends; raise DrillError when looking has failed before."""
        thread = threading.Thread(target=self._run, daemon=True)
        begin = time.time()
        thread.start()
        try:
            yield self
        finally:
            self._open = (begin, time.time())
            self._end.set()
            thread.join(10)
        self._check()

    def _check(self) -> None:
        if self._error:
            raise DrillError(f"nobody looks who is in rotation any more: {self._error!r}") from self._error

    def _run(self) -> None:
        try:
            self._look_often()
        except Exception as error:  # noqa: BLE001 -- whatever it is, the drill's thread says it
            self._error = error

    def _look_often(self) -> None:
        fresh = 0.0
        while not self._end.wait(EVERY):
            if time.monotonic() - fresh > 5:  # an amphora may have been replaced
                self._roots, fresh = amphorae(self.load_balancer), time.monotonic()
            seen = self.look()
            if seen is not None:
                self.rotations.append(Rotation(time.time(), seen))
