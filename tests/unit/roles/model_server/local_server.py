# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Program that runs the model server as it is, but on the loopback only, and with less patience.

Arguments: folder of onnx_server.py, settings file, seconds after which a model hangs, bytes of all bodies together.
Beside the settings file, each call of the model in a file FILE adds a line to FILE.calls. As long as there is a file
FILE.hold, calls hang; the text of FILE.error is raised.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SILENCE = 3.0
"""Seconds until connections that send nothing are closed, so that nobody waits for it longer."""
WAITING = 20
LATE = 1.5 * SILENCE
LOOPBACK = ("127.0.0.1", "::1")


@dataclass
class Late:
    """ASGI middleware that leaves requests with the header ``late`` alone for so many seconds."""

    app: Any

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if any(name == b"late" for name, _value in scope.get("headers", ())):
            await asyncio.sleep(LATE)
        await self.app(scope, receive, send)


def is_there(address: str) -> bool:
    with contextlib.suppress(OSError), socket.create_server((address, 0), family=family(address)):
        return True
    return False


def family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Session:
    """A session whose calls can be seen and changed from outside."""

    def __init__(self, path: str, *args: Any, **kwargs: Any) -> None:
        self.real = REAL(path, *args, **kwargs)
        self.path = Path(sys.argv[1]).with_name(Path(path).name)
        self.get_inputs, self.get_outputs = self.real.get_inputs, self.real.get_outputs

    def run(self, *args: Any) -> Any:
        """Answer."""
        with Path(f"{self.path}.calls").open("a", encoding="utf-8") as calls:
            calls.write("call\n")
        while Path(f"{self.path}.hold").exists():
            time.sleep(0.01)
        if (error := Path(f"{self.path}.error")).exists():
            raise RuntimeError(error.read_text(encoding="utf-8"))
        return self.real.run(*args)


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    import onnx_model
    import onnx_server
    import onnx_traffic
    import onnxruntime
    from kserve.model_server import app

    app.add_middleware(Late)
    onnx_traffic.SILENCE = SILENCE
    onnx_model.WAITING = WAITING
    if sys.argv[3:]:
        onnx_model.HANGS = int(sys.argv[3])
    if sys.argv[4:]:
        onnx_traffic.ROOM = int(sys.argv[4])
    REAL, onnxruntime.InferenceSession = onnxruntime.InferenceSession, Session
    onnx_server.EVERY_ADDRESS = [address for address in LOOPBACK if is_there(address)]
    sys.argv = [sys.argv[0], sys.argv[2]]
    sys.exit(onnx_server.main())
