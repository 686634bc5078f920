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

from figures import Rotation

EVERY = 0.25  # seconds
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
    """Return the addresses of the members in rotation; raises OSError when HAProxy does not answer."""
    folder = root / "var/lib/octavia"
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        connection.connect(str(folder / f"{load_balancer}.sock"))
        connection.sendall(b"show stat\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    where = addresses((folder / load_balancer / "haproxy.cfg").read_text(encoding="utf-8"))
    return {where.get(name, name) for name in in_rotation(answer)}


class Watch:
    """Looks every quarter of a second, in a thread, while the context is open."""

    def __init__(self, load_balancer: str) -> None:
        self.load_balancer = load_balancer
        self.rotations: list[Rotation] = []
        self._end = threading.Event()
        self._roots: list[Path] = []

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
        """Return what was seen last."""
        return self.rotations[-1].members if self.rotations else frozenset()

    @contextlib.contextmanager
    def running(self) -> Iterator[Watch]:
        """Look until the context ends."""
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._end.set()
            thread.join(10)

    def _run(self) -> None:
        fresh = 0.0
        while not self._end.wait(EVERY):
            if time.monotonic() - fresh > 5:  # an amphora may have been replaced
                self._roots, fresh = amphorae(self.load_balancer), time.monotonic()
            seen = self.look()
            if seen is not None:
                self.rotations.append(Rotation(time.time(), seen))
