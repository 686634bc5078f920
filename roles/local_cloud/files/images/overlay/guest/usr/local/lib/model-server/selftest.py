# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prove that the inference server runs in this image: serve a trivial model and ask it once.

The image's builder runs this inside the new file system, with a loopback of its own, as root: what Python
imports on the way it also compiles, so that replicas start without compiling anything.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import urllib.request
from importlib.metadata import version
from typing import Any

import onnxruntime
from kserve import InferOutput, InferResponse, Model, ModelServer

PORT = 8080
PATIENCE = 30.0  # seconds


class Echo(Model):  # type: ignore[misc]  # KServe ships no type information
    """Answer with the input."""

    def predict(self, payload: Any, *_: Any) -> InferResponse:
        """Return the first input as the only output."""
        output = InferOutput("echo", payload.inputs[0].shape, "FP32")
        output.set_data_from_numpy(payload.inputs[0].as_numpy(), binary_data=False)
        return InferResponse("selftest", self.name, [output])


def ask() -> Any:
    """Return the answer to one request; raise OSError as long as the server does not accept it."""
    body = {"inputs": [{"name": "x", "shape": [2], "datatype": "FP32", "data": [1, 2]}]}
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}/v2/models/echo/infer",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return json.load(response)["outputs"][0]["data"]


def check(result: list[Any]) -> None:
    """Ask until an answer comes or patience ends, note it in result, then stop the server."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            result.append(ask())
            break
        except OSError:
            time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> int:
    """Run the test. Returns the exit status."""
    result: list[Any] = []
    model = Echo("echo")
    model.load()
    threading.Thread(target=check, args=(result,), daemon=True).start()
    ModelServer(http_port=PORT, enable_grpc=False).start([model])
    print(f"kserve {version('kserve')}, onnxruntime {onnxruntime.__version__}, answer {result}")
    return 0 if result == [[1.0, 2.0]] else 1


if __name__ == "__main__":
    sys.exit(main())
