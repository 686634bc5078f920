# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""User data with a part that tells Heat when the replica is ready. Pure.

The part is a program for cloud-init's last stage beside the user's own data, which stay as they are: merging our
commands into theirs would need to understand them. It is Python, because cloud-init has brought that along;
images of model servers often have neither curl nor wget.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import (
    SIGNAL_PLACE,
    TOKEN_PLACE,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._console import READY_TAG

if TYPE_CHECKING:
    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_replica import Readiness

BOUNDARY = "==model-serving-part=="
_TYPES = {
    "#cloud-config": "text/cloud-config",
    "#cloud-config-archive": "text/cloud-config-archive",
    "#include": "text/x-include-url",
    "#cloud-boothook": "text/cloud-boothook",
    "## template: jinja": "text/jinja2",
    "#!": "text/x-shellscript",
}
TOKEN_LIFETIME = 3600
"""Seconds that a token of Keystone lasts by default, and with it the replica's right to signal."""
FILLED_IN = 1200
"""Characters of base64 that Heat adds to user data at most: the URL and the token of the signal."""
SIGNAL_ROOM = 4000
"""Characters of base64 that the part that signals takes, with what Heat adds to it and with long URLs."""
# Its texts are written in ASCII, so that it stays as it is here, with the places that Heat fills in.
# The boot goes on meanwhile: what makes the replica ready may be started after this stage.
# It reports late rather than never: a replica that Heat has given up is then taken up by the next run.
_PROGRAM = """\
#!/usr/bin/env python3
import http.client, json, os, sys, time, urllib.request

URL, INTERVAL, END = {url!a}, {interval!r}, time.monotonic() + {patience!r}
SIGNAL, TOKEN = {signal}, "{token}"

def wait(what, request):
    told = None
    while time.monotonic() < END:
        try:
            with urllib.request.build_opener().open(request, timeout=10) as answer:
                problem = None if 200 <= answer.status < 300 else f"status {{answer.status}}"
        except (OSError, ValueError, http.client.HTTPException) as error:
            problem = str(error).strip()
        if problem is None:
            return
        if problem != told:
            print("{tag}", what, problem, flush=True)
            told = problem
        time.sleep(INTERVAL)

if os.fork():
    sys.exit(0)
os.setsid()
wait("the model is not ready:", URL)
body = json.dumps({{"status": "SUCCESS", "reason": "ready", "id": "replica"}}).encode()
headers = {{"Content-Type": "application/json", "X-Auth-Token": TOKEN}}
wait("Heat cannot be told that the model is ready:", urllib.request.Request(SIGNAL, body, headers))
"""


def with_signal(user_data: str | None, readiness: Readiness) -> str:
    """Return user data in several parts: the given ones, and the one that signals.

    The places that Heat fills in for each replica are left open.
    """
    program = _PROGRAM.format(
        url=readiness.url,
        interval=readiness.interval,
        patience=max(readiness.timeout, TOKEN_LIFETIME),
        signal=_signal(readiness.endpoint),
        token=TOKEN_PLACE,
        tag=READY_TAG,
    )
    parts = [_given_part(user_data)] if user_data else []
    parts.append(_part(program, "text/x-shellscript", "model-serving-ready"))
    head = f'Content-Type: multipart/mixed; boundary="{BOUNDARY}"\nMIME-Version: 1.0\n\n'
    return head + "".join(f"--{BOUNDARY}\n{part}\n" for part in parts) + f"--{BOUNDARY}--\n"


def _signal(endpoint: str | None) -> str:
    """Return the address for the signal as an expression of the program's language."""
    place = f'"{SIGNAL_PLACE}"'
    if endpoint is None:
        return place
    # Only the path is of Heat's own making: the host that the catalogue names may be out of a replica's reach.
    return f"{endpoint.rstrip('/') + '/'!a} + {place}.split('/', 3)[3]"


def content_type(user_data: str) -> str:
    """Return what cloud-init would take user data for by their first line."""
    first = user_data.partition("\n")[0].strip()
    exact = _TYPES.get(first)
    return exact or next((found for begin, found in _TYPES.items() if first.startswith(begin)), "text/cloud-config")


def _given_part(user_data: str) -> str:
    # What is in parts already brings its own header and may stand inside another one as it is.
    if user_data.lower().startswith(("content-type:", "mime-version:")):
        return user_data
    return _part(user_data, content_type(user_data))


def _part(text: str, kind: str, name: str | None = None) -> str:
    disposition = f'Content-Disposition: attachment; filename="{name}"\n' if name else ""
    encoding = "8bit"
    if not text.isascii():
        # cloud-init parses a text and not bytes, and Python's parser then mangles other characters in a part of 8bit.
        encoding, text = "base64", base64.b64encode(text.encode()).decode()
    return (
        f'Content-Type: {kind}; charset="utf-8"\nMIME-Version: 1.0\nContent-Transfer-Encoding: {encoding}\n'
        f"{disposition}\n{text}"
    )
