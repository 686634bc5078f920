# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The adapter between ONNX models and KServe; conftest.py starts it."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[4]
FILES = ROOT / "roles" / "model_server" / "files"
MODELS = ROOT / "playbooks" / "files" / "models"
DIGITS = MODELS / "digits.onnx"
SAMPLE = json.loads((MODELS / "digits.sample.json").read_text(encoding="utf-8"))
INFER = "/v2/models/digits/infer"

Ask = Callable[..., Any]


def infer(**changes: Any) -> str:
    """The body of a good request for one image, with some members of its input changed."""
    one = {"name": "image", "datatype": "FP32", "shape": [1, 64], "data": [0] * 64} | changes
    return json.dumps({"inputs": [one]})


def test_known_answer_was_made_from_the_model_beside_it() -> None:
    assert hashlib.sha256(DIGITS.read_bytes()).hexdigest() == SAMPLE["sha256"]


def test_model_fits_into_user_data() -> None:
    assert len(base64.b64encode(DIGITS.read_bytes())) < 8192


def test_known_answer(serving: Ask) -> None:
    status, body = serving("request", "POST", INFER, json.dumps(SAMPLE["request"] | {"id": "42"}))
    assert status == 200
    outputs = {output["name"]: output for output in body["outputs"]}
    assert body["id"] == "42"
    assert body["model_version"] == "7"
    assert outputs["label"]["data"] == SAMPLE["expected"]["label"]
    assert outputs["probabilities"]["shape"] == [4, 10]
    assert sum(outputs["probabilities"]["data"]) == pytest.approx(4, abs=1e-4)


def test_only_the_outputs_asked_for(serving: Ask) -> None:
    body = json.loads(infer()) | {"outputs": [{"name": "label"}]}
    status, answer = serving("request", "POST", INFER, json.dumps(body))
    assert status == 200
    assert [output["name"] for output in answer["outputs"]] == ["label"]


def test_nested_data_is_the_same_as_flat(serving: Ask) -> None:
    flat = serving("request", "POST", INFER, infer(shape=[2, 64], data=list(range(128))))
    nested = serving("request", "POST", INFER, infer(shape=[2, 64], data=[list(range(64)), list(range(64, 128))]))
    assert flat[0] == nested[0] == 200
    assert flat[1]["outputs"] == nested[1]["outputs"]


def test_metadata(serving: Ask) -> None:
    status, body = serving("request", "GET", "/v2/models/digits", "")
    assert status == 200
    assert body["platform"] == "onnxruntime_onnx"
    assert body["versions"] == ["7"]
    assert body["inputs"] == [{"name": "image", "datatype": "FP32", "shape": [-1, 64]}]
    assert body["outputs"] == [
        {"name": "label", "datatype": "INT64", "shape": [-1]},
        {"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]},
    ]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (infer(datatype="INT64"), "input image: datatype is INT64, must be FP32"),
        (infer(shape=[64]), "input image: shape is [64], must be [-1, 64] (-1: any size)"),
        (infer(shape=[1, 63], data=[0] * 63), "input image: shape is [1, 63], must be [-1, 64] (-1: any size)"),
        (infer(shape=[-1, 64]), "input image: shape is [-1, 64], must be [-1, 64] (-1: any size)"),
        (infer(data=[0] * 63), "input image: has 63 values, shape [1, 64] needs 64"),
        (infer(data=["a"] * 64), "input image: values are not all of datatype FP32"),
        (infer(name="picture"), "inputs are ['picture'], must be ['image'], each once"),
        (json.dumps({"inputs": []}), "inputs are [], must be ['image'], each once"),
        (json.dumps({"inputs": json.loads(infer())["inputs"] * 2}), "each once"),
        (json.dumps(json.loads(infer()) | {"outputs": [{"name": "x"}]}), "the model has ['label', 'probabilities']"),
        ("{}", "malformed request"),
        ("{", "malformed request"),
        ('{"inputs": [{"name": "image"}]}', "malformed request"),
    ],
)
def test_bad_request_is_answered_with_400_and_the_reason(serving: Ask, body: str, message: str) -> None:
    status, answer = serving("request", "POST", INFER, body)
    assert status == 400
    assert message in answer["error"]


def test_version_1_of_the_protocol_is_refused(serving: Ask) -> None:
    status, body = serving("request", "POST", "/v1/models/digits:predict", '{"instances": [[0]]}')
    assert status == 400
    assert "/v2/models/digits/infer" in body["error"]


def test_unknown_model(serving: Ask) -> None:
    assert serving("request", "POST", "/v2/models/other/infer", infer())[0] == 404
    assert serving("request", "GET", "/v2/models/other/ready", "")[0] == 404


@pytest.mark.parametrize("action", ["load", "unload"])
def test_clients_cannot_change_the_models(serving: Ask, action: str) -> None:
    assert serving("request", "POST", f"/v2/repository/models/digits/{action}", "")[0] == 501
    assert serving("request", "GET", "/v2/health/ready", "")[0] == 200


def test_a_model_is_ready_when_it_has_answered_and_the_server_when_all_have(starting: Ask) -> None:
    for path in ("/v2/health/ready", "/v2/models/digits/ready", "/v2/models/digits"):
        status, body = starting("request", "GET", path, "")
        assert status == 503
        assert "being loaded" in body["error"]
    assert starting("request", "POST", INFER, infer())[0] == 503
    assert starting("request", "GET", "/v2/health/live", "")[0] == 200

    assert starting("load", "digits") is True
    assert starting("load", "plain") is True
    assert starting("request", "GET", "/v2/models/digits/ready", "") == [200, {"name": "digits", "ready": True}]
    assert starting("request", "GET", "/v2/models/plain/ready", "")[0] == 200
    assert starting("request", "POST", INFER, infer())[0] == 200
    assert starting("request", "GET", "/v2/health/ready", "")[0] == 503


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("absent", "No such file"),
        ("corrupt", "INVALID_PROTOBUF"),
        ("changed", f"has the SHA-256 {SAMPLE['sha256']}, not {'0' * 64}"),
        ("mistaken", "the known answer is label=[9, 9, 9, 9], the model says [0, 3, 4, 7]"),
    ],
)
def test_model_that_cannot_be_served_says_why(starting: Ask, model: str, reason: str) -> None:
    assert starting("load", model) is False
    status, body = starting("request", "GET", f"/v2/models/{model}/ready", "")
    assert status == 503
    assert reason in body["error"]


@pytest.mark.parametrize(
    ("onnx_type", "dimensions", "given", "expected"),
    [
        ("tensor(float)", ["n"], {"datatype": "FP32", "shape": [2], "data": [1, 2.5]}, ["float32", [1.0, 2.5]]),
        ("tensor(double)", [], {"datatype": "FP64", "shape": [], "data": 3.0}, ["float64", 3.0]),
        ("tensor(int64)", [None], {"datatype": "INT64", "shape": [1], "data": [2**62]}, ["int64", [2**62]]),
        ("tensor(uint64)", ["n"], {"datatype": "UINT64", "shape": [1], "data": [2**64 - 1]}, ["uint64", [2**64 - 1]]),
        ("tensor(bool)", [2], {"datatype": "BOOL", "shape": [2], "data": [True, False]}, ["bool", [True, False]]),
        ("tensor(string)", [2], {"datatype": "BYTES", "shape": [2], "data": ["a", "bc"]}, ["object", ["a", "bc"]]),
        ("tensor(float)", ["n", 3], {"datatype": "FP32", "shape": [0, 3], "data": []}, ["float32", []]),
        ("tensor(int64)", [1], {"datatype": "INT64", "shape": [1], "data": [1.5]}, "not all of datatype INT64"),
        ("tensor(int64)", [1], {"datatype": "INT64", "shape": [1], "data": [True]}, "not all of datatype INT64"),
        ("tensor(bool)", [1], {"datatype": "BOOL", "shape": [1], "data": [1]}, "not all of datatype BOOL"),
        ("tensor(float)", [2], {"datatype": "FP32", "shape": [2], "data": [1, None]}, "not all of datatype FP32"),
        ("tensor(float)", [1], {"datatype": "FP32", "shape": [1], "data": [-1e39]}, "outside the range of FP32"),
        ("tensor(float)", [1], {"datatype": "FP32", "shape": [1], "data": [10**39]}, "outside the range of FP32"),
        ("tensor(double)", [1], {"datatype": "FP64", "shape": [1], "data": [1e39]}, ["float64", [1e39]]),
        ("tensor(int8)", [1], {"datatype": "INT8", "shape": [1], "data": [128]}, "outside the range of INT8"),
        ("tensor(uint8)", [1], {"datatype": "UINT8", "shape": [1], "data": [-1]}, "outside the range of UINT8"),
        ("tensor(int64)", [1], {"datatype": "INT64", "shape": [1], "data": [2**63]}, "outside the range of INT64"),
        ("tensor(float)", [2, 2], {"datatype": "FP32", "shape": [2, 2], "data": [[1], [1, 2]]}, "not a regular array"),
    ],
)
def test_values_of_every_kind(
    serving: Ask, onnx_type: str, dimensions: list[Any], given: dict[str, Any], expected: Any
) -> None:
    result = serving("array", onnx_type, dimensions, given)
    if isinstance(expected, str):
        assert result[0] == "error"
        assert expected in result[1]
    else:
        assert result == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "JSONDecodeError"),
        ("[]", "TypeError"),
        ("{}", "KeyError: 'models'"),
        ('{"models": []}', "at least one model"),
        ('{"models": [{"name": "a", "path": "a"}, {"name": "a", "path": "b"}]}', "each name once"),
        ('{"models": [{"name": "a"}]}', "path"),
        ('{"models": [{"name": "a", "path": "a", "colour": "red"}]}', "colour"),
        ('{"models": [{"name": "a", "path": "a"}], "port": 1}', "port"),
    ],
)
def test_unusable_settings(serving: Ask, tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(content, encoding="utf-8")
    answer = serving("settings", str(path))
    assert answer.startswith(f"error: settings file {path}: ")
    assert message in answer


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "usage"),
        (["/nowhere/settings.json"], "/nowhere/settings.json"),
        (["/nowhere/settings.json", "--threads=2"], "--threads=2"),
    ],
)
def test_program_without_usable_settings_ends(python: str, arguments: list[str], said: str) -> None:
    command = [python, str(FILES / "onnx_server.py"), *arguments]
    result = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2
    assert said in result.stderr
