# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serve ONNX models by the Open Inference Protocol V2 over HTTP, with KServe and ONNX Runtime.

Run it with the path of a settings file, a JSON object:

    {"http_port": 8080, "threads": 1, "drain_seconds": 30, "models": [
        {"name": "digits", "version": "1", "path": "/srv/digits.onnx", "sha256": "...",
         "known_answer": "/srv/digits.sample.json"}]}

``threads`` is the number of threads that one request may use. ``version``, ``sha256`` and ``known_answer`` are
optional: every answer names the version; the second is the file's checksum; the last names a JSON file with a V2
``request`` and the ``expected`` values of some of the model's outputs.

The server listens at once. A model is ready when its file has the checksum, ONNX Runtime has loaded it and it has
answered one request: the known answer, correctly, or else a request of zeros. The server is ready when every model
is. Until then, and while calls of a model hang, readiness is answered with 503 and the reason. Models cannot be loaded
or unloaded from outside. ``/metrics`` has requests, their duration and the models for Prometheus. SIGTERM: see
onnx_traffic.py.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kserve import ModelServer, model_server
from kserve.errors import InvalidInput, ModelNotFound, ModelNotReady, ServerNotReady
from kserve.model_server import app
from kserve.protocol.dataplane import DataPlane
from kserve.protocol.model_repository_extension import ModelRepositoryExtension
from kserve.protocol.rest.server import RESTServer
from onnx_model import ModelSettings, OnnxModel
from onnx_tensor import ModelError
from onnx_traffic import LARGEST, RESERVE, Impatient, Traffic
from starlette.requests import Request
from starlette.responses import Response

LOG = logging.getLogger("kserve")
EVERY_ADDRESS: str | list[str] = ""
"""As asyncio says it: all of IPv4 and of IPv6."""


@dataclass(frozen=True)
class Settings:
    """The settings file."""

    models: tuple[ModelSettings, ...]
    http_port: int = 8080
    threads: int = 1
    drain_seconds: int = 30


def model_settings(
    name: str, path: str, version: str | None = None, sha256: str | None = None, known_answer: str | None = None
) -> ModelSettings:
    """Return one model's settings from their JSON form; raise TypeError for a member that is missing or unknown."""
    return ModelSettings(name, Path(path), version, sha256, None if known_answer is None else Path(known_answer))


def read_settings(path: Path) -> Settings:
    """Return the settings in a file; raise ModelError when they cannot be used."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        models = tuple(model_settings(**model) for model in raw.pop("models"))
        settings = Settings(models=models, **raw)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"settings file {path}: {type(error).__name__}: {error}") from error
    names = [model.name for model in settings.models]
    if not names or len(set(names)) < len(names):
        raise ModelError(f"settings file {path}: needs at least one model, and each name once; it has {names}")
    return settings


class StrictDataPlane(DataPlane):  # type: ignore[misc]
    """KServe's data plane, but its readiness means that every model answers."""

    async def ready(self) -> bool:
        """Return True; raise ModelNotReady with the reason while a model does not answer."""
        for model in self.model_registry.get_models().values():
            if not await model.healthy():
                return False
        return True

    async def model_metadata(self, model_name: str) -> dict[str, Any]:
        """Return the protocol's description of a model; raise ModelNotReady before it is known."""
        await self.get_model_from_registry(model_name).healthy()
        metadata: dict[str, Any] = await super().model_metadata(model_name)
        return metadata | {"platform": "onnxruntime_onnx"} | self._versions(model_name)

    def _versions(self, model_name: str) -> dict[str, Any]:
        version = self.get_model_from_registry(model_name).settings.version
        return {"versions": [version]} if version else {}

    def decode(self, *_args: Any, **_kwargs: Any) -> Any:
        """Read nothing: what comes here, such as version 1 of the protocol, is refused by the models."""
        return {}, {}

    async def answer(self, request: Request) -> Response:
        """Answer an inference request. KServe itself reads and writes JSON where readiness is answered, too."""
        return await self.get_model_from_registry(request.path_params["name"]).answer(request)


class FixedModels(ModelRepositoryExtension):  # type: ignore[misc]
    """The models are those of the settings: no client may unload a replica's model."""

    async def load(self, model_name: str) -> None:
        """Refuse."""
        raise NotImplementedError("the models of this server are fixed")

    async def unload(self, model_name: str) -> None:
        """Refuse."""
        raise NotImplementedError("the models of this server are fixed")


class BothVersions(RESTServer):  # type: ignore[misc]
    """KServe itself listens on IPv4 only, and takes no address or other protocol."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.config.host = EVERY_ADDRESS
        self.config.http = Impatient


def answered(record: logging.LogRecord) -> bool:
    """Return whether to log a record: not the errors that the client is told about, such as each failed probe."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, (InvalidInput, ModelNotFound, ModelNotReady, ServerNotReady))


def build(settings: Settings) -> tuple[ModelServer, list[OnnxModel]]:
    """Return a server with all models registered and none loaded."""
    grace = max(1, round(settings.drain_seconds * RESERVE))
    model_server.RESTServer = BothVersions
    server = ModelServer(http_port=settings.http_port, enable_grpc=False, grace_period=grace)
    models = [OnnxModel(model, settings.threads) for model in settings.models]
    for model in models:
        server.register_model(model)
    server.dataplane = StrictDataPlane(server.registered_models)
    server.model_repository_extension = FixedModels(server.registered_models)
    app.max_body_size = LARGEST
    app.add_route("/v2/models/{name}/infer", server.dataplane.answer, ["POST"])  # before KServe's own
    versions = {model.name: model.settings.version or "" for model in models}
    app.add_middleware(Traffic, versions=versions, drain_seconds=settings.drain_seconds)
    LOG.addFilter(answered)
    # KServe has logged it.
    logging.getLogger("uvicorn.error").addFilter(lambda record: "Exception in ASGI" not in str(record.msg))
    for chatty in ("uvicorn.access", "kserve.trace"):  # several lines for each request
        logging.getLogger(chatty).disabled = True
    return server, models


def main() -> int:
    """Serve until SIGTERM. Returns the exit status."""
    if not sys.argv[1:] or sys.argv[2:]:
        # What somebody asks for by a further argument must not be passed over in silence.
        print(f"usage: onnx_server.py SETTINGS, not {sys.argv[1:]}", file=sys.stderr)
        return 2
    try:
        settings = read_settings(Path(sys.argv[1]))
    except ModelError as error:
        print(f"onnx_server: {error}", file=sys.stderr)
        return 2
    server, models = build(settings)
    threading.Thread(target=lambda: [model.load() for model in models], daemon=True).start()
    server.start([])
    return 0  # SIGTERM is answered with the end that it stands for


if __name__ == "__main__":
    sys.exit(main())
