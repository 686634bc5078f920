# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What containers with models may do, and where they are reached: the whole command of each."""

from __future__ import annotations

import pytest

from ansible_collections.model_serving.openstack.plugins.plugin_utils._units import command_line

from .profiles import RUNTIMES, profile, raw, server

FETCH = ["/usr/bin/python3", "/usr/local/lib/model-server/model_fetch.py", "/etc/model-server/sources.json", "--"]
MODELS = "/var/lib/model-server/models"
# All share the server's network, so that the load balancer reaches their port, and may read models but not change them.
COMMON = f"--rm --name=model-server --network=host --log-driver=none --volume={MODELS}:{MODELS}:ro,z"
OPTIONS = {
    "kserve": "--entrypoint=python --cap-drop=all --security-opt=no-new-privileges",
    "llama_cpp": "",
    "triton": "--user=triton-server --shm-size=1g --ulimit=memlock=-1",
    "vllm": "--ipc=host --user=2000:0",
}
ARGUMENTS = {
    "kserve": f"--model_name=a --model_dir={MODELS}/a/3 --http_port=8000 --enable_grpc=false",
    "llama_cpp": f"--model {MODELS}/a/3/model.gguf --alias a --host 0.0.0.0 --port 8000 --metrics --no-ui --no-slots",
    "triton": f"tritonserver --model-repository={MODELS} --http-port=8000 --allow-grpc=false --metrics-port=8002"
    " --strict-readiness=true --exit-timeout-secs=30",
    "vllm": f"{MODELS}/a/3 --served-model-name=a --host=0.0.0.0 --port=8000 --disable-uvicorn-access-log",
}
PROGRAMS = {"kserve": 2, "triton": 4}
"""Arguments before those: programs around the server, which test_closed.py runs."""
VARIABLES = {"kserve": "--env=KSERVE_MODULE", "vllm": "--env=HF_HUB_OFFLINE"}
FILES = {"docker": "--ulimit=nofile=65536:524288", "podman": ""}
GPUS = {"docker": "--gpus=all", "podman": "--device=nvidia.com/gpu=all"}


def words(*parts: str) -> list[str]:
    return " ".join(parts).split()


def test_no_container_is_forgotten_here() -> None:
    assert [runtime for runtime in RUNTIMES if raw(runtime).get("container")] == sorted(OPTIONS) == sorted(ARGUMENTS)


@pytest.mark.parametrize("engine", FILES)
@pytest.mark.parametrize("runtime", OPTIONS)
def test_the_container_of_a_runtime(runtime: str, engine: str) -> None:
    unit = server(runtime, options={"container_engine": engine}).unit()
    gpus = GPUS[engine] if runtime == "vllm" else ""
    own = words(VARIABLES.get(runtime, ""), FILES[engine], gpus, "--stop-signal=SIGTERM", OPTIONS[runtime])
    container = profile(runtime)["container"]

    assert unit.command == [
        *FETCH,
        *words(f"/usr/bin/{engine} run", COMMON),
        *own,
        container["image"],
        *container["arguments"][: PROGRAMS.get(runtime, 0)],
        *words(ARGUMENTS[runtime]),
    ]
    assert f"ExecStart={command_line(unit.command)}" in unit.text("x").splitlines()


@pytest.mark.parametrize("engine", FILES)
@pytest.mark.parametrize("runtime", ["custom", "onnxruntime"])
def test_a_container_of_the_users_own(runtime: str, engine: str) -> None:
    image = "registry.example.com/own:1"
    given = {"container_image": image, "container_options": ["--cap-drop=all"], "arguments": ["--port={port}"]}
    unit = server(runtime, options={**given, "command": None, "container_engine": engine}).unit()
    own = words(FILES[engine], "--stop-signal=SIGTERM --cap-drop=all", image, "--port=8000")

    assert unit.command == [*FETCH, *words(f"/usr/bin/{engine} run", COMMON), *own]


def test_options_of_the_user_take_the_place_of_those_of_the_profile() -> None:
    options = profile("vllm", container_options=["--user=1:1"])["container"]["options"]

    assert options == ["--user=1:1"]
