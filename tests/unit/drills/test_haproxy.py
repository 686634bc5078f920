# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets requests, from what HAProxy says."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import haproxy
import pytest
from haproxy import Watch
from scene import wait_for
from traffic import DrillError

HEAD = "# pxname,svname,scur,status,weight,\n"


@pytest.mark.parametrize(
    ("status", "weight", "expected"),
    [
        ("UP", 1, True),
        ("UP 1/2", 1, True),  # going down, but still asked
        ("no check", 1, True),
        ("UP", 0, False),  # drained by weight
        ("DRAIN", 1, False),
        ("DOWN", 1, False),
        ("DOWN 1/2", 1, False),
        ("MAINT", 1, False),
        ("NOLB", 1, False),
    ],
)
def test_in_rotation(status: str, weight: int, expected: bool) -> None:
    statistics = f"{HEAD}listener,FRONTEND,3,OPEN,,\npool,a,3,{status},{weight},\npool,BACKEND,3,UP,1,\n"
    assert haproxy.in_rotation(statistics) == ({"a"} if expected else set())


def test_addresses() -> None:
    config = """
backend pool
    server a-1 10.20.0.5:8080 weight 1 check inter 2s
    server b-2 [fd00::5]:8080 weight 0 check
    timeout server 50000
"""
    assert haproxy.addresses(config) == {"a-1": "10.20.0.5", "b-2": "fd00::5"}


@contextmanager
def answering(root: Path, answer: bytes) -> Iterator[None]:
    """Answer one question as HAProxy of the balancer "lb" would, from below a root directory."""
    folder = root / "var/lib/octavia"
    (folder / "lb").mkdir(parents=True)
    (folder / "lb" / "haproxy.cfg").write_text("    server a 10.20.0.5:8080 weight 1\n")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "lb.sock"))
        listener.listen()

        def serve() -> None:
            connection, _peer = listener.accept()
            with connection:
                connection.recv(100)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a root directory; sockets have short names."""
    monkeypatch.chdir(tmp_path)
    return Path("root")


def test_look(root: Path) -> None:
    with answering(root, f"{HEAD}pool,a,3,UP,1,\npool,BACKEND,3,UP,1,\n\n".encode()):
        assert haproxy.look(root, "lb") == {"10.20.0.5"}


@pytest.mark.parametrize("answer", ["", "# pxname,sv", f"{HEAD}pool,a"])
def test_half_an_answer_does_not_say_who_is_in_rotation(root: Path, answer: str) -> None:
    with answering(root, answer.encode()), pytest.raises(OSError, match="ended"):
        haproxy.look(root, "lb")


class Fake(Watch):
    """Sees what it is told; nothing more when that is over."""

    def __init__(self, *seen: frozenset[str] | Exception | None, patience: float = 5.0) -> None:
        super().__init__("lb", patience)
        self._seen = iter(seen)

    def look(self) -> frozenset[str] | None:
        found = next(self._seen, None)
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(haproxy, "EVERY", 0.02)
    monkeypatch.setattr(haproxy, "amphorae", lambda _name: [])


BOTH = frozenset({"a", "b"})


def test_one_look_in_vain_is_no_gap() -> None:
    watch = Fake(*[BOTH] * 2, None, *[BOTH] * 1000)
    with watch.running():
        wait_for(lambda: len(watch.rotations) > 4, 10, "looks", every=0.02)
        assert watch.now() == BOTH
    assert watch.unseen() < watch.patience


def test_moments_at_which_nobody_says_anything_are_a_gap() -> None:
    watch = Fake(BOTH, patience=0.5)
    with watch.running():
        wait_for(lambda: watch.rotations, 10, "a look", every=0.02)
        time.sleep(0.6)
    assert watch.unseen() > watch.patience


def test_a_watch_that_failed_says_so() -> None:
    watch = Fake(BOTH, TypeError("no text"))
    with pytest.raises(DrillError, match="no text"), watch.running():
        wait_for(lambda: watch._error, 10, "the failure", every=0.02)


def test_nobody_waits_for_a_watch_that_failed() -> None:
    watch = Fake(TypeError("no text"))
    with pytest.raises(DrillError, match="no text"), watch.running():
        wait_for(lambda: watch.now() == BOTH, 60, "both", every=0.02)
