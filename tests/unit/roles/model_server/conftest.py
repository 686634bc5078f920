# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers for the tests of the adapter, run with the real KServe and ONNX Runtime.

They are not among the tools' packages. MODEL_SERVER_PYTHON names a Python that has those of
roles/local_cloud/files/images/guest-requirements.txt; without one, what needs them is skipped.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .object_server import Objects, objects_served
from .running_server import Server, running

ROOT = Path(__file__).resolve().parents[4]
FILES = ROOT / "roles" / "model_server" / "files"
MODELS = ROOT / "playbooks" / "files" / "models"
DRIVER = Path(__file__).with_name("onnx_server_driver.py")
DIGITS = MODELS / "digits.onnx"
SAMPLE = json.loads((MODELS / "digits.sample.json").read_text(encoding="utf-8"))

# What the program that fetches models gets.
CONTENT = random.Random(0).randbytes(3_000_000)  # noqa: S311
SHA256 = hashlib.sha256(CONTENT).hexdigest()
SIGNED = "temp_url_sig=s3cr3t"

Ask = Callable[..., Any]
Fetch = Callable[..., Any]


@pytest.fixture(scope="session")
def python() -> str:
    """The interpreter of the model server's environment."""
    given = os.environ.get("MODEL_SERVER_PYTHON")
    path = given or sys.executable
    tried = subprocess.run([path, "-c", "import kserve, onnxruntime"], check=False, capture_output=True, text=True)
    if tried.returncode and given:
        pytest.fail(f"MODEL_SERVER_PYTHON names no Python with kserve and onnxruntime: {tried.stderr}", pytrace=False)
    if tried.returncode:
        pytest.skip("MODEL_SERVER_PYTHON names no Python with kserve and onnxruntime")
    return path


def run(python: str, settings: Path) -> Iterator[Ask]:
    """Yield a function that sends a line to a new driver and returns the answer."""
    with subprocess.Popen(
        [python, str(DRIVER), str(FILES), str(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        requests, answers = process.stdin, process.stdout

        def ask(*line: Any) -> Any:
            requests.write(json.dumps(line) + "\n")
            requests.flush()
            found = next(text for text in answers if text.startswith("ANSWER "))
            return json.loads(found.removeprefix("ANSWER "))

        yield ask
        requests.close()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("models")
    (folder / "text.onnx").write_bytes(b"this is no model")
    known_answer = MODELS / "digits.sample.json"
    wrong = {**SAMPLE, "expected": {"label": [9, 9, 9, 9]}}
    (folder / "wrong.json").write_text(json.dumps(wrong), encoding="utf-8")
    return [
        {
            "name": "digits",
            "version": "7",
            "path": str(DIGITS),
            "sha256": SAMPLE["sha256"],
            "known_answer": str(known_answer),
        },
        {"name": "plain", "path": str(DIGITS)},
        {"name": "absent", "path": str(folder / "absent.onnx")},
        {"name": "corrupt", "path": str(folder / "text.onnx")},
        {"name": "changed", "path": str(DIGITS), "sha256": "0" * 64},
        {"name": "mistaken", "path": str(DIGITS), "known_answer": str(folder / "wrong.json")},
    ]


def settings_file(folder: Path, models: list[dict[str, Any]]) -> Path:
    path = folder / "settings.json"
    path.write_text(json.dumps({"models": models}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def serving(python: str, models: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """A server whose model digits is ready."""
    for ask in run(python, settings_file(tmp_path_factory.mktemp("serving"), models[:1])):
        assert ask("load", "digits") is True
        yield ask


@pytest.fixture(scope="module")
def starting(python: str, models: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """A server that has loaded nothing yet; each test lets it load models of its own."""
    yield from run(python, settings_file(tmp_path_factory.mktemp("starting"), models))


@pytest.fixture
def server(python: str, tmp_path: Path) -> Iterator[Server]:
    with running(python, FILES, {"name": "digits", "version": "7", "path": str(DIGITS)}, tmp_path) as server:
        yield server


@pytest.fixture
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, direct: None) -> ModuleType:
    del direct
    monkeypatch.syspath_prepend(str(FILES))
    import model_fetch  # noqa: PLC0415  # found only now

    monkeypatch.setattr(model_fetch, "WAITS", (0, 0.01))
    return model_fetch


@pytest.fixture
def source() -> Iterator[Objects]:
    with objects_served(Objects({"/model": CONTENT})) as objects:
        yield objects


@pytest.fixture
def fetch(program: ModuleType, source: Objects, tmp_path: Path) -> Fetch:
    def run(storage: dict[str, str] | None = None, **changes: Any) -> Path:
        given = {"name": "m", "url": f"{source.url}/model?{SIGNED}", "sha256": SHA256, "path": tmp_path / "m" / "file"}
        model = program.Model(**{**given, **changes})
        program.fetch(model, storage or {})
        return Path(model.path)

    return run
