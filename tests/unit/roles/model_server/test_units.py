# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands and variables, written so that systemd reads what was meant."""

from __future__ import annotations

from ansible_collections.model_serving.openstack.plugins.plugin_utils._units import command_line, environment_file

from .profiles import server, written


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
    assert 'HF_HUB_OFFLINE="1"' in written(made.user_data())["/etc/model-server/environment"]["content"]


def test_no_file_is_written_for_variables_without_values() -> None:
    made = server("onnxruntime", options={"environment": {"HTTP_PROXY": None}})
    assert "/etc/model-server/environment" not in written(made.user_data())
    assert "EnvironmentFile" not in made.unit().text("x")
