# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Program that test_onnx_server.py runs in the model server's own Python environment, and talks to in lines of JSON.

Arguments: folder of onnx_server.py, settings file. Lines in: ["load", name], ["request", method, path, body],
["raw", path, body in base64, headers], ["array", ONNX type, dimensions, V2 input], ["settings", file], ["hold", name,
path, body], ["age", name, seconds], ["release", name]. One line out for each. Requests reach the real application
without a socket, since KServe would listen on every interface.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, sys.argv[1])

import httpx
import onnx_server
from kserve.errors import InvalidInput
from kserve.model_server import app
from kserve.protocol.rest.server import RESTServer
from onnx_model import OnnxModel
from onnx_tensor import ModelError, Tensor

JSON = {"Content-Type": "application/json"}
HELD: dict[str, Held] = {}


def array(onnx_type: str, dimensions: list[Any], given: dict[str, Any]) -> list[Any]:
    """Return the NumPy type and the values that a tensor accepts, or the error."""
    tensor = Tensor.of(SimpleNamespace(name="x", type=onnx_type, shape=dimensions))
    try:
        value = tensor.array(SimpleNamespace(**given))
    except InvalidInput as error:
        return ["error", str(error)]
    return [str(value.dtype), value.tolist()]


def settings(path: str) -> str:
    """Return the settings in a file as text, or the error."""
    try:
        return repr(onnx_server.read_settings(Path(path)))
    except ModelError as error:
        return f"error: {error}"


class Held:
    """A session whose first call does not end before it is released."""

    def __init__(self, model: OnnxModel) -> None:
        self.model, self.session, self.released, self.calls = model, model.session, threading.Event(), 0
        self.request: asyncio.Task[httpx.Response]

    def run(self, *args: Any) -> Any:
        """Answer."""
        self.calls += 1
        if self.calls == 1:
            self.released.wait()
        return self.session.run(*args)

    async def hold(self, client: httpx.AsyncClient, path: str, body: str) -> int:
        """Send a request, and return how many calls are running as soon as it hangs."""
        self.model.session = self
        self.request = asyncio.create_task(client.post(path, content=body, headers=JSON))
        while not self.calls:
            await asyncio.sleep(0.01)
        return len(self.model.calls)

    async def release(self) -> int:
        """Return the status of the request."""
        self.released.set()
        return int((await self.request).status_code)


async def hang(client: httpx.AsyncClient, model: OnnxModel, what: str, *arguments: Any) -> int | None:
    """Let a call hang, let time pass for its model, or let it end."""
    if what == "hold":
        HELD[model.name] = Held(model)
        return await HELD[model.name].hold(client, *arguments)
    if what == "release":
        return await HELD[model.name].release()
    (seconds,) = arguments
    model.ended -= seconds
    model.calls.update({thread: begun - seconds for thread, begun in model.calls.items()})
    return None


async def answer(client: httpx.AsyncClient, models: dict[str, OnnxModel], line: str) -> Any:
    """Carry out one line."""
    match json.loads(line):
        case ["load", name]:
            return models[name].load()
        case ["request", method, path, body]:
            response = await client.request(method, path, content=body, headers=JSON)
            return [response.status_code, response.json()]
        case ["raw", path, body, headers]:
            response = await client.post(path, content=base64.b64decode(body), headers=headers)
            return [response.status_code, response.content.decode("latin-1")]
        case [("hold" | "age" | "release") as what, name, *arguments]:
            return await hang(client, models[name], what, *arguments)
        case ["array", onnx_type, dimensions, given]:
            return array(onnx_type, dimensions, given)
        case ["settings", path]:
            return settings(path)
        case other:
            raise ValueError(other)


async def main() -> None:
    """Answer until the end of the input."""
    server, models = onnx_server.build(onnx_server.read_settings(Path(sys.argv[2])))
    RESTServer("", server.dataplane, server.model_repository_extension, 0).create_application()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://model-server") as client:
        for line in sys.stdin:
            result = await answer(client, {model.name: model for model in models}, line)
            print("ANSWER " + json.dumps(result), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
