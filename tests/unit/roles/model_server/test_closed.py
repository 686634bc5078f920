# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No client can change a server for all the others: what containers run, with a stand-in for the server in them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from .profiles import profile, server

# Made as KServe's servers are. They would listen on every interface, so requests reach the application without sockets.
KSERVE = """
import asyncio, pickle
import httpx, kserve
from kserve.model_server import app, args
from kserve.protocol.rest.server import RESTServer

server, model = kserve.ModelServer(), kserve.Model(args.model_name)
model.ready = True
server.register_model(model)
RESTServer("", server.dataplane, server.model_repository_extension, 0).create_application()

async def ask():
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://model-server") as client:
        for what in ("load", "unload"):
            print((await client.post(f"/v2/repository/models/{args.model_name}/{what}")).status_code)
        print((await client.get(f"/v2/models/{args.model_name}/ready")).status_code)

asyncio.run(ask())
print(__name__, args.http_port, args.enable_grpc)
try:
    pickle.dumps(server.model_repository_extension)  # as it would get to another process
except (AttributeError, pickle.PicklingError):
    print("stays here")
"""


def inside(runtime: str) -> list[str]:
    """What runs in the container: the entrypoint, if it is not the image's own, and the arguments."""
    container, command = profile(runtime)["container"], list(server(runtime).unit().command)
    entrypoint = container["entrypoint"]
    return [*([entrypoint] if entrypoint else []), *command[command.index(container["image"]) + 1 :]]


def test_nobody_unloads_the_model_of_kserve(python: str, tmp_path: Path) -> None:
    (tmp_path / "stand_in").mkdir()
    (tmp_path / "stand_in" / "__main__.py").write_text(KSERVE, encoding="utf-8")
    entrypoint, *arguments = inside("kserve")
    variables = {**os.environ, "PYTHONPATH": str(tmp_path), "KSERVE_MODULE": "stand_in"}

    run = subprocess.run([python, *arguments], env=variables, check=True, stdout=subprocess.PIPE, text=True, timeout=60)

    assert entrypoint == "python"
    assert profile("kserve")["environment"] == {"KSERVE_MODULE": "sklearnserver"}
    assert run.stdout.splitlines()[-5:] == ["501", "501", "200", "__main__ 8000 False", "stays here"]


def test_the_users_options_do_not_open_kserve() -> None:
    assert "--entrypoint=python" in server("kserve", options={"container_options": ["--cpus=2"]}).unit().command


def test_nobody_knows_the_header_by_which_triton_can_be_changed(tmp_path: Path) -> None:
    program = tmp_path / "tritonserver"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$$" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    values = set()
    for _start in range(2):
        variables = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        with subprocess.Popen(inside("triton"), env=variables, stdout=subprocess.PIPE, text=True) as process:
            pid, *arguments = process.communicate(timeout=60)[0].splitlines()
        # No shell stays before it, so signals reach it.
        assert int(pid) == process.pid
        assert "--allow-grpc=false" in arguments
        found = re.fullmatch(r"--http-restricted-api=([a-z,-]+):x-restricted=([0-9a-f-]{36})", arguments[-1])
        assert found
        # Health, metadata and inference stay open.
        assert found[1].split(",") == ["logging", "model-repository", "shared-memory", "trace"]
        values.add(found[2])
    assert len(values) == 2
