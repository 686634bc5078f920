# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The profiles as the role uses them, and model servers that are made from them."""

from __future__ import annotations

import gzip
from base64 import b64decode
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.model_serving.openstack.plugins.plugin_utils._model_server import ModelServer
from ansible_collections.model_serving.openstack.plugins.plugin_utils._runtimes import BOOTSTRAP, runtime_profile

ROLE = Path(__file__).resolve().parents[4] / "roles" / "model_server"
SPECS = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]
SPEC = SPECS["runtime"]["options"]["model_server_profile"]["options"]
OPTIONS_SPEC = SPECS["main"]["options"]["model_server_runtime_options"]["options"]
RUNTIMES = sorted(path.stem for path in (ROLE / "vars" / "runtimes").glob("*.yml"))
ANSWER = {"request": {"x": 1}, "expected": {"y": [2]}}
URL = "https://models.example/chat.bin?signature=s3cr3t"
# What the profile itself leaves to the user.
OPTIONS: dict[str, dict[str, Any]] = {
    "custom": {"command": ["/opt/my server/bin/serve", "--greeting=100% $HOME", "--port", "{port}", "--model={models}"]}
}


def raw(runtime: str) -> dict[str, Any]:
    text = (ROLE / "vars" / "runtimes" / f"{runtime}.yml").read_text()
    return dict(yaml.safe_load(text)["model_server_profile"])


def profile(runtime: str, **options: Any) -> dict[str, Any]:
    complete, problems = runtime_profile(raw(runtime), SPEC, {**OPTIONS.get(runtime, {}), **options}, OPTIONS_SPEC)
    assert not problems
    return complete


def model(**changes: Any) -> dict[str, Any]:
    """A model as the lookup returns it."""
    read = {"name": "a", "version": "3", "content": "QQ==", "url": None, "unpack": False, "sha256": "ab" * 32}
    return {**read, "known_answer": None, "problems": [], **changes}


def fetched(**changes: Any) -> dict[str, Any]:
    return model(content="", url=URL, **changes)


def server(runtime: str, *models: dict[str, Any], options: dict[str, Any] | None = None, **more: Any) -> ModelServer:
    complete = profile(runtime, **(options or {}))
    names = [*complete["programs"], *BOOTSTRAP]
    programs = {name: (ROLE / "files" / name).read_text() for name in names}
    chosen = models or (fetched(unpack=complete["model_file"] is None),)
    return ModelServer(**{"models": chosen, "profile": complete, "programs": programs, "port": 8000, **more})


def config(text: str) -> dict[str, Any]:
    """User data as cloud-init reads it."""
    assert text.startswith("#cloud-config\n")
    return dict(yaml.safe_load(text))


def written(text: str) -> dict[str, dict[str, Any]]:
    return {file["path"]: file for file in config(text)["write_files"]}


def contents(text: str) -> dict[str, bytes]:
    """What cloud-init writes, by path."""
    found = {}
    for path, file in written(text).items():
        encoding = file.get("encoding", "")
        content = b64decode(file["content"]) if "b64" in encoding else file["content"].encode()
        found[path] = gzip.decompress(content) if "gz" in encoding else content
    return found
