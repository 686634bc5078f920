# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One ONNX model behind KServe: load it, try it, answer requests with it."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from anyio import CapacityLimiter, from_thread, to_thread
from kserve import InferRequest, InferResponse, Model
from kserve.errors import InvalidInput, ModelNotReady
from numpy.typing import NDArray
from onnx_tensor import SHORT, ModelError, Output, Tensor, decode, encode, refuse
from onnx_traffic import OPEN, READY
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, RuntimeException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

LOG = logging.getLogger("kserve")
HANGS = 300
"""Seconds without the end of a call, though some are running, after which a model counts as one that hangs."""
WAITING = 256
"""Requests that may wait for a model: a burst of as many clients. More would only be late."""
GONE = 499
"""Status for clients that have gone, after nginx; it is seen in the metrics only."""


@dataclass(frozen=True)
class ModelSettings:
    """One model of the settings file."""

    name: str
    path: Path
    version: str | None = None
    sha256: str | None = None
    known_answer: Path | None = None


class OnnxModel(Model):  # type: ignore[misc]  # KServe ships no type information
    """One ONNX model. Until it is ready, every use of it says why not."""

    def __init__(self, settings: ModelSettings, threads: int) -> None:
        super().__init__(settings.name)
        self.settings = settings
        self.threads = threads
        # One more than the processors carry, so that they are busy while JSON is read and written.
        self.turns = CapacityLimiter(max(1, len(os.sched_getaffinity(0)) // max(1, threads)) + 1)
        self.admitted = 0
        self.reason = "It is being loaded."
        self.session: onnxruntime.InferenceSession
        self.inputs: dict[str, Tensor] = {}
        self.outputs: dict[str, Tensor] = {}
        self.calls: dict[int, float] = {}
        self.ended = 0.0
        READY.labels(self.name, settings.version or "").set_function(lambda: float(self.ready and not self.hangs()))

    def load(self) -> bool:
        """Load the file and try the model. A failure is logged and kept as the reason; it does not raise."""
        try:
            self._load()
            self._try()
        except Exception as error:  # whatever is wrong with a model must not take the other models down
            self.reason = f"{type(error).__name__}: {error}"[:SHORT]
            LOG.exception("Model %s cannot be served", self.name)
            LOG.error("Model %s is not ready: %s", self.name, self.reason)  # noqa: TRY400  # the line that is quoted
        else:
            OPEN.labels(self.name, self.settings.version or "")  # 0: idle replicas count in averages
            self.ready = True
            LOG.info("Model %s is ready", self.name)
        return bool(self.ready)

    def _load(self) -> None:
        path = self.settings.path
        with path.open("rb") as file:
            checksum = self.settings.sha256 and hashlib.file_digest(file, "sha256").hexdigest()
        if checksum != self.settings.sha256:
            raise ModelError(f"{path} has the SHA-256 {checksum}, not {self.settings.sha256}")
        # Weights in files of their own are beside the model in the image, not beside the link to it. Only that link:
        # where the image itself has links, they are beside those.
        path = path.readlink() if path.is_symlink() else path
        options = onnxruntime.SessionOptions()
        options.logid = self.name
        options.intra_op_num_threads = self.threads
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.inputs = {node.name: Tensor.of(node) for node in self.session.get_inputs()}
        self.outputs = {node.name: Tensor.of(node) for node in self.session.get_outputs()}

    def _try(self) -> None:
        if self.settings.known_answer is None:
            self.session.run(None, {name: tensor.zeros() for name, tensor in self.inputs.items()})
            return
        known = json.loads(self.settings.known_answer.read_text(encoding="utf-8"))
        request = InferRequest.from_bytes(body := json.dumps(known["request"]).encode(), len(body), self.name)
        wanted = list(known["expected"])
        for name, value in zip(wanted, self.session.run(wanted, self.feeds(request)), strict=True):
            # An integer is a label or a token, and its neighbour another one.
            real = value.dtype.kind == "f"
            expected = np.array(known["expected"][name], None if real else np.object_).reshape(value.shape)
            same = np.isclose(value, expected, rtol=1e-3, atol=1e-5) if real else value == expected
            if not np.all(same):
                raise ModelError(f"the known answer is {name}={expected.tolist()}, the model says {value.tolist()}")

    def hangs(self) -> bool:
        """Return whether calls are running, and none has ended for a long time."""
        calls = list(self.calls.values())
        return bool(calls) and time.monotonic() - max(self.ended, calls[0]) > HANGS

    async def healthy(self) -> bool:
        """Return True, or raise ModelNotReady with the reason."""
        if not self.ready:
            raise ModelNotReady(self.name, self.reason)
        if self.hangs():
            raise ModelNotReady(self.name, f"It has answered nothing for {HANGS} s.")
        return True

    def get_input_types(self) -> list[dict[str, Any]]:
        """Return the protocol's description of the inputs."""
        return [tensor.metadata() for tensor in self.inputs.values()]

    def get_output_types(self) -> list[dict[str, Any]]:
        """Return the protocol's description of the outputs."""
        return [tensor.metadata() for tensor in self.outputs.values()]

    def feeds(self, request: InferRequest) -> dict[str, NDArray[Any]]:
        """Return what ONNX Runtime is fed with; raise InvalidInput when the request does not fit the model."""
        given = {tensor.name: tensor for tensor in request.inputs}
        if len(given) < len(request.inputs) or given.keys() != self.inputs.keys():
            names = [tensor.name for tensor in request.inputs]
            raise InvalidInput(f"inputs are {names}, must be {list(self.inputs)}, each once")
        return {name: tensor.array(given[name]) for name, tensor in self.inputs.items()}

    async def answer(self, request: Request) -> Response:
        """Answer a request, in a thread and in its turn. Raises ModelNotReady."""
        try:
            body = await request.body()
        except ClientDisconnect:
            return Response(status_code=GONE)
        await self.healthy()
        # Counted here: the limiter does so only after other requests had their turn of the loop.
        if self.admitted >= WAITING + self.turns.total_tokens:
            return refuse(503, f"{WAITING} requests are waiting for {self.name}", {"Retry-After": "1"})
        self.admitted += 1
        try:
            return await to_thread.run_sync(self._turn, request, body, limiter=self.turns)
        finally:
            self.admitted -= 1

    def _turn(self, request: Request, body: bytes) -> Response:
        """Answer, unless nobody waits any more, and note when: nothing ends a call that hangs."""
        if from_thread.run(request.is_disconnected):
            return Response(status_code=GONE)
        thread = threading.get_ident()
        self.calls[thread] = time.monotonic()
        try:
            return self._answer(decode(request.headers, body, self.name))
        except InvalidInput as error:
            return refuse(400, error)
        finally:
            del self.calls[thread]
            self.ended = time.monotonic()

    def _answer(self, request: InferRequest) -> Response:
        asked = request.request_outputs
        wanted = [output.name for output in asked] if asked else list(self.outputs)
        if not set(wanted) <= self.outputs.keys() or len(set(wanted)) < len(wanted):
            raise InvalidInput(f"outputs asked for are {wanted}, the model has {list(self.outputs)}, each once")
        feeds = self.feeds(request)
        try:
            values = self.session.run(wanted, feeds)
        except (Fail, InvalidArgument, RuntimeException) as error:  # ONNX Runtime has logged it
            # Most often sizes that do not fit inside the graph: the model itself has answered when it was loaded.
            raise InvalidInput(str(error)) from error
        outputs = [
            Output(name, list(value.shape), self.outputs[name].datatype, value)
            for name, value in zip(wanted, values, strict=True)
        ]
        answer = InferResponse(
            request.id or str(uuid.uuid4()),
            self.name,
            outputs,
            model_version=self.settings.version,
            use_binary_outputs=request.use_binary_outputs,
            requested_outputs=asked,
        )
        return encode(answer)

    async def predict(self, *_: Any) -> None:
        """Refuse what comes by KServe's own ways."""
        raise InvalidInput(f"use version 2 of the protocol: POST /v2/models/{self.name}/infer")
