# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From models to user data: where files are placed, what is started, and the text that is made of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.filter.model_server import model_server
from ansible_collections.model_serving.openstack.plugins.plugin_utils._units import Unit, user_data

from .profiles import ANSWER, URL, config, fetched, model, server, written

FOLDER = "/var/lib/model-server/models/a/3"
SOURCES = "/etc/model-server/sources.json"
SETTINGS = "/etc/model-server/settings.json"


def test_a_model_file_is_placed_by_the_profile() -> None:
    files = written(server("onnxruntime", model(known_answer=ANSWER), model(name="b")).user_data())
    assert files[f"{FOLDER}/model.onnx"]["content"] == "QQ=="
    assert json.loads(files[f"{FOLDER}/known_answer.json"]["content"]) == ANSWER
    first, second = json.loads(files[SETTINGS]["content"])["models"]
    path, answer = f"{FOLDER}/model.onnx", f"{FOLDER}/known_answer.json"
    assert first == {"name": "a", "version": "3", "path": path, "sha256": "ab" * 32, "known_answer": answer}
    assert "known_answer" not in second
    assert SOURCES not in files


def test_each_model_is_asked_at_a_path_of_its_own() -> None:
    made = server("onnxruntime", model(known_answer=ANSWER), model(name="b"))
    first, second = made.served()
    assert (first["ready_path"], second["ready_path"]) == ("/v2/models/a/ready", "/v2/models/b/ready")
    assert (first["infer_path"], first["known_answer"]) == ("/v2/models/a/infer", ANSWER)
    assert made.ready_path == "/v2/health/ready"
    assert server("kserve").ready_path == "/v2/models/a/ready"


@pytest.mark.parametrize(
    ("runtime", "changes", "path"),
    [
        ("onnxruntime", {}, f"{FOLDER}/model.onnx"),
        ("vllm", {"unpack": True}, FOLDER),
        ("triton", {}, f"{FOLDER}/model.onnx"),
        # An archive has the folders of the versions in it.
        ("triton", {"unpack": True}, FOLDER.removesuffix("/3")),
    ],
)
def test_a_model_is_fetched_to_its_place(runtime: str, changes: dict[str, bool], path: str) -> None:
    storage = {"auth_url": "https://identity.example", "s3_region": None}
    made = server(runtime, fetched(**changes), object_storage=storage)
    sources = json.loads(written(made.user_data())[SOURCES]["content"])
    unpack = changes.get("unpack", False)
    assert sources["models"] == [{"name": "a", "url": URL, "path": path, "unpack": unpack, "sha256": "ab" * 32}]
    assert sources["storage"] == {"auth_url": "https://identity.example"}
    assert made.unit().command[:4] == ["/usr/bin/python3", "/usr/local/lib/model-server/model_fetch.py", SOURCES, "--"]
    assert "RestartPreventExitStatus=78" in made.unit().text("x").splitlines()


def test_a_container_sees_the_model_of_the_image() -> None:
    baked = fetched(sha256=None) | {"url": "file:///srv/llama", "sha256": ""}
    command = server("vllm", baked).unit().command
    assert "--volume=/srv/llama:/srv/llama:ro" in command
    assert f"{FOLDER}" in command


def test_without_a_container_a_path_in_the_image_may_have_a_colon() -> None:
    assert server("onnxruntime", fetched() | {"url": "file:///srv/llama3:8b"}).problems() == []


@pytest.mark.parametrize(("engine", "gpu"), [("podman", "--device=nvidia.com/gpu=all"), ("docker", "--gpus=all")])
def test_a_container_gets_gpus_and_variables_and_is_stopped(engine: str, gpu: str) -> None:
    made = server("vllm", options={"container_engine": engine, "environment": {"HF_TOKEN": "secret"}}, drain_seconds=7)
    unit = made.unit()
    assert {gpu, "--env=HF_TOKEN", "--port=8000", "--served-model-name=a"} <= set(unit.command)
    assert "secret" not in " ".join(unit.command)
    lines = unit.text("x").splitlines()
    assert f"ExecStop=/usr/bin/{engine} stop -t 7 model-server" in lines
    assert f"ExecStartPre=-/usr/bin/{engine} rm --force model-server" in lines
    assert "TimeoutStopSec=17" in lines
    assert gpu not in server("llama_cpp", options={"container_engine": engine}).unit().command
    assert gpu in server("llama_cpp", options={"container_engine": engine, "gpus": True}).unit().command


IN_CONTAINER = {"container_image": "registry.example.com/own:1", "command": None}


@pytest.mark.parametrize(
    ("runtime", "options", "packages"),
    [
        ("vllm", {}, ["podman"]),
        ("vllm", {"container_engine": "docker"}, []),
        ("vllm", {"command": ["/opt/vllm"]}, []),
        ("vllm", {"packages": ["podman", "jq"]}, ["podman", "jq"]),
        ("onnxruntime", {}, []),
        ("onnxruntime", IN_CONTAINER, ["podman"]),
        ("custom", IN_CONTAINER, ["podman"]),
        ("custom", {**IN_CONTAINER, "container_engine": "docker"}, []),
        ("custom", {**IN_CONTAINER, "packages": []}, []),
    ],
)
def test_what_runs_containers_is_installed(runtime: str, options: dict[str, Any], packages: list[str]) -> None:
    assert config(server(runtime, options=options).user_data()).get("packages", []) == packages


@pytest.mark.parametrize(
    ("one", "missing"), [(model(), ["onnx_tensor.py"]), (fetched(), ["onnx_tensor.py", "model_fetch.py"])]
)
def test_programs_that_are_missing_are_told(one: dict[str, Any], missing: list[str]) -> None:
    there = {name: "" for name in server("onnxruntime").programs if name not in missing}
    assert server("onnxruntime", one, programs=there).problems() == [
        f"the program {name} is missing" for name in missing
    ]


def test_variables_of_a_shell_are_not_filled_in() -> None:
    script = "port={port}; exec serve --port=${port}"
    command = server("custom", options={"command": ["/bin/sh", "-c", script]}).unit().command
    assert command[-1] == "port=8000; exec serve --port=${port}"
    # Nor do they stand for one of several models.
    each = ["/bin/sh", "-c", "for name in a b; do echo ${name}; done"]
    assert server("custom", model(), model(name="b"), options={"command": each}).problems() == []


def test_credentials_that_yaml_has_shortened_are_refused_and_not_shown() -> None:
    (problem,) = server("onnxruntime", object_storage={"s3_region": "eu", "s3_secret_key": 1.10}).problems()
    assert problem.startswith("object_storage.s3_secret_key is a number: put it into quotes")


@pytest.mark.parametrize(
    ("runtime", "models", "message"),
    [
        ("vllm", [fetched(unpack=True), fetched(name="b", unpack=True)], "serves one model, not 2"),
        ("triton", [fetched(version="v1")], "version is 'v1', but NVIDIA Triton Inference Server takes numbers only"),
        ("vllm", [fetched()], "takes a directory"),
        ("vllm", [model()], "takes a directory"),
        ("vllm", [fetched() | {"url": "file:///srv/llama3:8b"}], "model 'a': the path in its url has a ':'"),
        ("onnxruntime", [model(name="../../../etc/cron.d/x")], "name is '../../../etc/cron.d/x', but must be letters"),
        ("onnxruntime", [model(version="..")], "version is '..', but must be letters"),
        ("onnxruntime", [model(), model()], "model_server_models has 2 models named 'a'"),
        ("onnxruntime", [], "model_server_models is empty: name at least one model"),
    ],
)
def test_models_that_a_runtime_cannot_serve(runtime: str, models: list[dict[str, object]], message: str) -> None:
    made = server(runtime, models=models)
    told = model_server(models, made.profile, programs=made.programs, port=made.port)
    assert (told["user_data"], told["ready_path"], told["models"]) == (None, None, [])
    assert any(message in problem for problem in told["problems"])


@pytest.mark.parametrize(
    ("runtime", "options", "where"),
    [
        ("custom", {"command": ["/opt/srv", "--model", "{path}"]}, "command"),
        ("custom", {"ready_path": "/ready/{path}"}, "ready_path"),
        ("onnxruntime", {"arguments": ["{path}"]}, "command"),
        ("triton", {"arguments": ["{path}"]}, "container.arguments"),
    ],
)
def test_what_stands_for_a_model_is_filled_in_when_there_is_one(
    runtime: str, options: dict[str, Any], where: str
) -> None:
    alone = server(runtime, model(), options=options)
    assert alone.problems() == []
    assert any(f"{FOLDER}/model" in text for text in (*alone.unit().command, alone.ready_path))
    several = server(runtime, model(), model(name="b"), options=options)
    assert several.problems() == [
        f"runtime profile.{where} has {{path}}, which says nothing when there are several models"
    ]


def test_the_log_goes_to_the_console_unless_it_must_not() -> None:
    assert "StandardOutput=journal+console" in server("triton").unit().text("x")
    assert "console" not in server("triton", log_to_console=False).unit().text("x")


@pytest.mark.parametrize(
    ("runtime", "options", "confined"),
    [("onnxruntime", {}, True), ("custom", {}, True), ("custom", {"user": "root"}, False), ("vllm", {}, False)],
)
def test_a_program_cannot_get_more_rights_than_its_user_has(
    runtime: str, options: dict[str, str], confined: bool
) -> None:
    # Containers are started by root, and are kept from it by the options of their profiles.
    lines = server(runtime, options=options).unit().text("x").splitlines()
    assert ("NoNewPrivileges=true" in lines) == confined


def test_user_data_is_the_same_text_for_ever() -> None:
    # Other user data means other servers, so a change of this text replaces every replica of every user.
    unit = Unit(description="Web", command=["/bin/web", "--port", "80"], user="www")
    files = [{"path": "/etc/web", "content": "a: ä\n"}, {"path": "/srv/x", "base64": "QQ==", "permissions": "0600"}]
    assert user_data("web", unit, files, ["nginx"]) == (
        '#cloud-config\n{\n "packages": [\n  "nginx"\n ],\n'
        ' "write_files": [\n  {\n   "path": "/etc/web",\n   "content": "a: \\u00e4\\n"\n  },\n'
        '  {\n   "path": "/srv/x",\n   "encoding": "b64",\n   "content": "QQ==",\n   "permissions": "0600"\n  },\n'
        '  {\n   "path": "/etc/systemd/system/web.service",\n   "content": "[Unit]\\nDescription=Web\\n'
        "Wants=network-online.target\\nAfter=network-online.target\\n"
        "StartLimitIntervalSec=0\\n\\n[Service]\\nUser=www\\nNoNewPrivileges=true\\n"
        "LimitNOFILE=65536:524288\\nSyslogIdentifier=web\\nStandardOutput=journal+console\\nStandardError=journal+console\\n"
        "ExecStart=/bin/web --port 80\\nRestart=always\\nRestartSec=2\\nKillSignal=SIGTERM\\nKillMode=mixed\\n"
        'TimeoutStopSec=40\\n\\n[Install]\\nWantedBy=multi-user.target\\n"\n  }\n ],\n'
        ' "runcmd": [\n  [\n   "systemctl",\n   "daemon-reload"\n  ],\n'
        '  [\n   "systemctl",\n   "enable",\n   "--now",\n   "--no-block",\n   "web.service"\n  ]\n ]\n}\n'
    )
