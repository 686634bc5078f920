# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The profiles that are shipped, what their user data is to cloud-init and systemd, and what is wrong with others."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.model_serving.openstack.plugins.plugin_utils._runtimes import runtime_profile

from ...cloud_init import cloud_init
from ...templates import read, value_of
from .profiles import (
    OPTIONS_SPEC,
    ROLE,
    RUNTIMES,
    SPEC,
    SPECS,
    config,
    contents,
    fetched,
    model,
    profile,
    raw,
    server,
    written,
)

EXECUTABLES = ("bin/sh", "usr/bin/podman", "usr/bin/docker", "usr/bin/python3", "opt/model-server/bin/python")
UNITS = Path("/usr/lib/systemd/system")
every_runtime = pytest.mark.parametrize("runtime", RUNTIMES)


def test_every_profile_can_be_chosen_in_both_places() -> None:
    choices = SPECS["main"]["options"]["model_server_runtime"]["choices"]
    assert sorted(choices) == RUNTIMES


@every_runtime
def test_the_role_takes_a_profile_as_it_is(runtime: str) -> None:
    """As a variable that is included, hash_behaviour=merge would lay it over the one of the fleet before."""
    facts = {"role_path": str(ROLE), "model_server_runtime": runtime, "model_server_profile": raw("triton")}
    # Ansible finds a plugin of its own by its full name in a run only.
    chosen = read("roles/model_server/vars/main.yml")["model_server_chosen"].replace("ansible.builtin.", "")

    assert "include_vars" not in (ROLE / "tasks" / "main.yml").read_text(encoding="utf-8")
    assert value_of(chosen, facts) == raw(runtime)


def test_the_role_is_told_by_texts() -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in (ROLE / "files").glob("*.py")}
    facts = {
        **read("roles/model_server/defaults/main.yml"),
        **read("roles/model_server/vars/main.yml"),
        "model_server_specs": SPECS,
        "model_server_chosen": raw("onnxruntime"),
        "model_server_runtime_options": '{"container_engine": null, "environment": {"LOG": "1"}}',
        "model_server_object_storage": "s3_endpoint=https://s3.example",
        "model_server_read": [model(content="", url="s3://models/a.onnx")],
        "model_server_programs": files,
    }
    made = value_of("{{ model_server_made }}", facts)

    assert not made["problems"]
    assert b"https://s3.example" in b"".join(contents(made["user_data"]).values())


@every_runtime
def test_a_shipped_profile_is_right_and_says_where_its_facts_are_from(runtime: str) -> None:
    complete = profile(runtime)
    assert complete["drain"]["signal"] == "SIGTERM"
    if runtime != "custom":
        assert complete["documentation"]
        assert complete["metrics"]["path"]
        assert complete["infer_path"]
    if complete["several_models"]:
        assert server(runtime, fetched(), fetched(name="b")).problems() == []


@every_runtime
@pytest.mark.parametrize("engine", ["podman", "docker"])
def test_cloud_init_accepts_the_user_data(runtime: str, engine: str, tmp_path: Path) -> None:
    path = tmp_path / "user-data"
    path.write_text(server(runtime, options={"container_engine": engine}).user_data())
    result = cloud_init("-m", "cloudinit.cmd.main", "schema", "--config-file", str(path))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Valid" in result.stdout
    # Its schema lets keys pass that it does not know.
    assert config(path.read_text()).keys() <= {"packages", "write_files", "runcmd"}


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file system with systemd's own units and what our units run."""
    if not shutil.which("systemd-analyze") or not UNITS.is_dir():
        pytest.skip("there is no systemd-analyze")
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(UNITS, root / "usr/lib/systemd/system", symlinks=True)
    for name in EXECUTABLES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch(0o755)
    (root / "etc/systemd/system").mkdir(parents=True)
    return root


def verified(root: Path, unit: str) -> str:
    path = root / "etc/systemd/system/model-server.service"
    path.write_text(unit)
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--root={root}", str(path)]
    return subprocess.run(command, check=False, capture_output=True, text=True).stderr


@every_runtime
@pytest.mark.parametrize("engine", ["podman", "docker"])
def test_systemd_accepts_the_unit(runtime: str, engine: str, tree: Path) -> None:
    made = server(runtime, options={"container_engine": engine, "environment": {"A": "b"}})
    assert verified(tree, made.unit().text("model-server")) == ""


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Restart=allways", "allways"),
        ("ExecStart=/usr/bin/absent", "absent"),
        ("StandarOutput=journal", "StandarOutput"),
    ],
)
def test_systemd_would_say_what_is_wrong(line: str, message: str, tree: Path) -> None:
    unit = server("vllm").unit().text("model-server")
    key = line.partition("=")[0]
    kept = [one for one in unit.splitlines() if not one.startswith(f"{key}=")]
    assert message in verified(tree, "\n".join(kept).replace("[Service]", f"[Service]\n{line}"))


@every_runtime
def test_secrets_are_in_no_file_that_everybody_may_read(runtime: str) -> None:
    storage = {"application_credential_secret": "s3cr3t"}
    made = server(runtime, options={"environment": {"HF_TOKEN": "s3cr3t"}}, object_storage=storage)
    for path, file in written(made.user_data()).items():
        assert "s3cr3t" not in file["content"] or file.get("permissions") == "0600", path


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        ({"ready_paths": "/x"}, {}, "unknown option ready_paths"),
        ({"protocol": "soap"}, {}, "protocol is 'soap', but must be one of open_inference, openai, none"),
        ({"gpus": None, "model_folder": None}, {}, "model_folder is missing"),
        ({"command": None}, {}, "needs either a command or a container"),
        ({}, {"command": ["/bin/a"], "container_image": "a:1"}, "needs either a command or a container"),
        ({}, {"command": ["serve"]}, "must begin with an absolute path"),
        ({}, {"container_image": "example/serve"}, "must have a tag or a digest"),
        ({}, {"ready_path": "health"}, "ready_path is 'health', but must be a path: it begins with one '/'"),
        ({}, {"infer_path": "/v1/{name} x"}, "infer_path is '/v1/{name} x', but must be a path"),
        ({}, {"arguments": ["--x={colour}"]}, "command has {colour}, which nothing is known to fill in"),
        ({}, {"arguments": ["--share", 0.50]}, "options.arguments[1] is the number 0.5: put it into quotes"),
        ({}, {"ready_path": 1.10}, "ready_path is the number 1.1: put it into quotes"),
        ({}, {"gpus": "perhaps"}, "model_server_runtime_options.gpus is 'perhaps', but must be of type bool"),
        ({}, {"argument": ["--x"]}, "model_server_runtime_options has the unknown option argument"),
        ({}, {"user": "a\nExecStartPre=+/bin/sh"}, "must be the name of a user"),
        ({}, {"environment": {"A B": "x"}}, "environment has 'A B'"),
        ({}, {"environment": {"A": ["s3cr3t"]}}, "environment.A is a list, but a variable is one text"),
        ({}, {"environment": {"A": {"b": "s3cr3t"}}}, "environment.A is a mapping, but a variable is one text"),
        ({}, {"environment": {"A": "x\ny"}}, "no variable with a value of one line"),
    ],
)
def test_a_wrong_profile_is_refused(changes: dict[str, Any], options: dict[str, Any], message: str) -> None:
    _profile, problems = runtime_profile({**raw("onnxruntime"), **changes}, SPEC, options, OPTIONS_SPEC)
    assert len(problems) == 1
    assert message in problems[0]
    assert "s3cr3t" not in problems[0]


@pytest.mark.parametrize("image", ["a:1", "host.example:5000/a/b:v1.2-3", f"a@sha256:{'0' * 64}"])
def test_an_image_with_tag_or_digest_is_taken(image: str) -> None:
    assert profile("vllm", container_image=image)["container"]["image"] == image


def test_options_change_what_they_name_and_nothing_else() -> None:
    shipped = profile("vllm")
    own = profile("vllm", arguments=["--x"], environment={"A": "b"}, gpus=False, packages=[], metrics_port=9)
    assert own["container"] == {**shipped["container"], "arguments": [*shipped["container"]["arguments"], "--x"]}
    assert own["environment"] == {**shipped["environment"], "A": "b"}
    assert (own["gpus"], own["packages"], own["metrics"]) == ("none", [], {"path": "/metrics", "port": 9})
    same = ("container", "environment", "gpus", "packages", "metrics")
    assert {key: value for key, value in own.items() if key not in same} == {
        key: value for key, value in shipped.items() if key not in same
    }


def test_options_may_be_written_as_texts() -> None:
    arguments = profile("vllm")["container"]["arguments"]
    own = profile("vllm", gpus="false", arguments="--x,--y", environment="A=b")
    assert own["gpus"] == "none"
    assert own["container"]["arguments"] == [*arguments, "--x", "--y"]
    assert own["environment"]["A"] == "b"


@every_runtime
def test_cloud_init_can_write_every_character(runtime: str) -> None:
    smile, umlaut = "\N{SLIGHTLY SMILING FACE}", "\N{LATIN SMALL LETTER A WITH DIAERESIS}"
    made = server(runtime, options={"environment": {"A": smile, "B": umlaut}, "arguments": [f"--greeting={smile}"]})

    raw = contents(made.user_data()).values()
    assert sum(smile.encode() in content for content in raw) == 2
    assert any(umlaut.encode() in content for content in raw)
    assert made.user_data().isascii()
