# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the user data that signals, as the e-mail parser sees it (as cloud-init does), and as it runs."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
import time
from email import message_from_string
from email.message import Message
from typing import TYPE_CHECKING, cast

import pytest
import vermin

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import (
    SIGNAL_PLACE,
    TOKEN_PLACE,
    Readiness,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_user_data import (
    FILLED_IN,
    SIGNAL_ROOM,
    content_type,
    with_signal,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import encoded

from ...cloud_init import cloud_init

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READINESS = Readiness(url="http://127.0.0.1:8080/ready", timeout=60)
FOREIGN = "\u00e4\u20ac\N{GRINNING FACE}"
READ = """
import json, sys
from cloudinit.helpers import Paths
from cloudinit.user_data import UserDataProcessor
from cloudinit.util import fully_decoded_payload
message = UserDataProcessor(Paths({"cloud_dir": sys.argv[1]})).process(sys.stdin.buffer.read())
parts = [part for part in message.walk() if not part.is_multipart()]
print(json.dumps([[part.get_content_type(), fully_decoded_payload(part)] for part in parts]))
"""
"""Shows the parts that cloud-init's handlers get."""


def parts(text: str) -> list[Message]:
    return [part for part in message_from_string(text).walk() if not part.is_multipart()]


@pytest.mark.parametrize(
    ("user_data", "expected"),
    [
        ("#cloud-config\n{}\n", "text/cloud-config"),
        ("#!/bin/sh\ntrue\n", "text/x-shellscript"),
        ("#cloud-boothook\ntrue\n", "text/cloud-boothook"),
        ("## template: jinja\n#cloud-config\n{}\n", "text/jinja2"),
        ("#include\nhttp://127.0.0.1/\n", "text/x-include-url"),
    ],
)
def test_the_users_data_stay_what_they_are(user_data: str, expected: str) -> None:
    theirs, ours = parts(with_signal(user_data, READINESS))

    assert content_type(user_data) == theirs.get_content_type() == expected
    assert str(theirs.get_payload()).rstrip() == user_data.rstrip()
    assert ours.get_content_type() == "text/x-shellscript"
    assert ours.get_filename() == "model-serving-ready"


def test_user_data_in_parts_keep_them() -> None:
    inner = with_signal("#cloud-config\n{}\n", READINESS).replace("==model-serving-part==", "theirs")

    assert [part.get_content_type() for part in parts(with_signal(inner, READINESS))] == [
        "text/cloud-config",
        "text/x-shellscript",
        "text/x-shellscript",
    ]


@pytest.mark.parametrize(
    ("user_data", "expected"),
    [
        (f'#cloud-config\n"content": "{FOREIGN}"\n', "text/cloud-config"),
        ("#cloud-config\n{}\n", "text/cloud-config"),
        (f"#!/bin/sh\necho {FOREIGN}\n", "text/x-shellscript"),
        (f"## template: jinja\n#cloud-config\n# {FOREIGN}\n{{}}\n", "text/jinja2"),
    ],
)
def test_cloud_init_reads_the_characters_that_the_user_wrote(user_data: str, expected: str, tmp_path: Path) -> None:
    result = cloud_init("-c", READ, str(tmp_path), given=with_signal(user_data, READINESS))

    assert result.returncode == 0, result.stderr
    (kind, theirs), (_kind, ours) = json.loads(result.stdout)
    assert (kind, theirs.rstrip()) == (expected, user_data.rstrip())
    assert "json.dumps" in ours


def test_the_places_that_heat_fills_in_stand_open_whatever_the_user_wrote() -> None:
    readiness = Readiness(url=f"http://127.0.0.1/{FOREIGN}", timeout=1, endpoint=f"https://{FOREIGN}.example")
    text = with_signal(f"#cloud-config\n# {FOREIGN}\n", readiness)

    assert text.isascii()
    assert SIGNAL_PLACE in text
    assert TOKEN_PLACE in text
    _theirs, ours = parts(text)
    compile(str(ours.get_payload()), "ready", "exec")


def test_the_room_that_is_left_for_the_signal_is_enough() -> None:
    host = "heat." + "a" * 200
    readiness = Readiness(url=f"http://127.0.0.1:65535/{'b' * 200}", timeout=43200, endpoint=f"https://{host}:65535")
    given = "#cloud-config\n{}\n"
    more = len(encoded(with_signal(given, readiness))) - len(encoded(given)) + FILLED_IN

    assert more <= SIGNAL_ROOM


def test_without_user_data_there_is_the_signal_alone() -> None:
    (ours,) = parts(with_signal(None, READINESS))

    assert SIGNAL_PLACE in str(ours.get_payload())
    assert TOKEN_PLACE in str(ours.get_payload())


class Answers(http.server.BaseHTTPRequestHandler):
    """A model that is ready when asked for the third time, and Heat, which refuses the first signal.

    What listens at first does not speak HTTP.
    """

    asked = 0
    signals: list[tuple[str, str | None, dict[str, str]]]

    def do_GET(self) -> None:
        type(self).asked += 1
        if self.asked == 1:
            self.wfile.write(b"SSH-2.0-x\r\n")
            return
        self.send_response(200 if self.asked > 2 else 503)
        self.end_headers()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.signals.append((self.path, self.headers["X-Auth-Token"], body))
        self.send_response(200 if len(self.signals) > 1 else 500)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[http.server.ThreadingHTTPServer]:
    Answers.asked, Answers.signals = 0, []
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.mark.parametrize(
    ("timeout", "elsewhere"),
    [
        pytest.param(20, False, id="in time"),
        pytest.param(0, False, id="when Heat has given up: the next run finds the signal"),
        pytest.param(20, True, id="under another address than the one in the catalogue"),
    ],
)
def test_the_program_signals_once_the_model_answers(
    server: http.server.ThreadingHTTPServer, tmp_path: Path, timeout: int, elsewhere: bool
) -> None:
    base = f"http://127.0.0.1:{server.server_port}"
    endpoint, catalogued = (base, "http://heat.invalid:8004") if elsewhere else (None, base)
    readiness = Readiness(url=f"{base}/ready", timeout=timeout, interval=0, endpoint=endpoint)
    (program,) = parts(with_signal(None, readiness))
    text = cast("str", program.get_payload()).replace(SIGNAL_PLACE, f"{catalogued}/v1/signal")
    text = text.replace(TOKEN_PLACE, "t0k3n")
    script = tmp_path / "ready"
    script.write_text(text, encoding="utf-8")

    said = tmp_path / "console"
    with said.open("wb") as console:
        command = [sys.executable, str(script)]
        subprocess.run(command, check=True, timeout=10, env={"PATH": os.environ["PATH"]}, stdout=console)

    end = time.monotonic() + 20
    while len(Answers.signals) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    assert Answers.asked == 3
    assert Answers.signals == [("/v1/signal", "t0k3n", {"status": "SUCCESS", "reason": "ready", "id": "replica"})] * 2
    # Each problem is told once, although Heat's was met twice.
    assert said.read_text(encoding="utf-8").splitlines() == [
        "model-serving-ready: the model is not ready: SSH-2.0-x",
        "model-serving-ready: the model is not ready: HTTP Error 503: Service Unavailable",
        "model-serving-ready: Heat cannot be told that the model is ready: HTTP Error 500: Internal Server Error",
    ]


def test_the_program_needs_no_newer_python_than_images_have() -> None:
    (program,) = parts(with_signal(None, Readiness(url="http://127.0.0.1/", timeout=1)))

    _python2, python3 = vermin.detect(str(program.get_payload()))
    assert python3 <= (3, 8)
