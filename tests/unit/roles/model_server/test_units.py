# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands and variables, written so that systemd reads what was meant."""

from __future__ import annotations

import pytest

from ansible_collections.model_serving.openstack.plugins.plugin_utils._units import command_line, environment_file

from .profiles import RUNTIMES, config, model, server, written

VARIABLES = {"environment": {"A": "b"}}


def test_words_of_commands_are_what_systemd_gives_the_program() -> None:
    given = ["/a", "b c", 'q"\\', "100%", "$HOME", "", "x\ny", "x\ry", "x\ty"]
    assert command_line(given) == r'/a "b c" "q\"\\" 100%% $$HOME "" "x\ny" "x\ry" "x\ty"'


def test_variables_are_quoted() -> None:
    assert environment_file({"B": 'a"b$c`\\', "A": "x y"}) == 'A="x y"\nB="a\\"b\\$c\\`\\\\"\n'


def test_variables_are_what_yaml_has_and_those_without_a_value_are_left_out() -> None:
    given = {"HTTP_PROXY": None, "OFFLINE": True, "DEBUG": False, "LEVEL": 3, "EMPTY": ""}
    assert environment_file(given) == 'DEBUG="false"\nEMPTY=""\nLEVEL="3"\nOFFLINE="true"\n'
    made = server("vllm", options={"environment": {**given, "HF_HUB_OFFLINE": None}})
    passed = [word for word in made.unit().command if word.startswith("--env=")]
    assert sorted(passed) == [f"--env={name}" for name in ("DEBUG", "EMPTY", "HF_HUB_OFFLINE", "LEVEL", "OFFLINE")]
    assert 'HF_HUB_OFFLINE="1"' in written(made.user_data())["/etc/model-server.environment"]["content"]


def test_no_file_is_written_for_variables_without_values() -> None:
    made = server("onnxruntime", options={"environment": {"HTTP_PROXY": None}})
    assert "/etc/model-server.environment" not in written(made.user_data())
    assert "EnvironmentFile" not in made.unit().text("x")


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_what_root_reads_is_in_no_folder_of_the_model_server(runtime: str) -> None:
    # Who may write LD_PRELOAD where systemd reads variables is root at the next start.
    made = server(runtime, options=VARIABLES)
    folders = made.unit().owned
    assert bool(folders) is not bool(made.profile["container"])
    unit = [line.split("=", 1) for line in made.unit().text("x").splitlines() if "=" in line]
    as_root = [word for command in config(made.user_data())["runcmd"] for word in command if word not in folders]
    as_root += [value for key, value in unit if key == "EnvironmentFile"]
    assert "/etc/model-server.environment" in as_root
    assert [path for path in as_root if path.startswith(tuple(f"{folder}/" for folder in folders))] == []
    # The variables themselves may name such a folder (LD_LIBRARY_PATH), so no command that gets them is root's.
    assert [value for key, value in unit if key.startswith("Exec") and value.lstrip("-@:|")[0] in "+!"] == []


def test_folders_belong_to_the_model_server_before_it_is_started() -> None:
    commands = config(server("onnxruntime").user_data())["runcmd"]
    assert [command[0] for command in commands] == ["systemd-sysusers", "chown", "systemctl", "systemctl"]
    assert commands[1][-3:] == ["model-server:", "/var/lib/model-server", "/etc/model-server"]
    assert "chown" not in [command[0] for command in config(server("vllm").user_data())["runcmd"]]


def test_folders_of_the_model_server_are_made_though_it_has_no_files_in_them() -> None:
    made = server("custom", model(), options={"command": ["/opt/serve"], **VARIABLES})
    for folder in made.unit().owned:
        assert any(path.startswith(f"{folder}/") for path in written(made.user_data())), folder


def test_a_server_may_have_many_connections() -> None:
    limit = "65536:524288"
    assert f"LimitNOFILE={limit}" in server("onnxruntime").unit().text("x").splitlines()
    for engine, told in (("podman", False), ("docker", True)):
        unit = server("vllm", options={"container_engine": engine}).unit()
        # What systemd limits is the engine's client, not the container.
        assert "LimitNOFILE" not in unit.text("x")
        assert (f"--ulimit=nofile={limit}" in unit.command) == told
