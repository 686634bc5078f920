# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the adapter makes of unusual models, of requests that fit no protocol, and of calls that hang."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import SAMPLE, Ask, run, settings_file
from .small_models import FLOAT, INT64, STRING, identity, sum_with

NAN, INF = float("nan"), float("inf")
INFER = "/v2/models/digits/infer"
WORDS = "/v2/models/words/infer"
ZEROS = {"name": "image", "datatype": "FP32", "shape": [1, 64], "data": [0.0] * 64}
X = {"name": "x", "datatype": "BYTES", "shape": [1]}


def nested(depth: int) -> Any:
    """A number in so many lists."""
    data: Any = 1.0
    for _level in range(depth):
        data = [data]
    return data


@pytest.fixture(scope="module")
def small(python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """A server with models of one node."""
    folder, image, store = (tmp_path_factory.mktemp(name) for name in ("small", "image", "store"))
    (folder / "words.onnx").write_bytes(identity(STRING))
    (folder / "numbers.onnx").write_bytes(identity(FLOAT))
    (folder / "tokens.onnx").write_bytes(identity(INT64))
    request = {"inputs": [{"name": "x", "datatype": "INT64", "shape": [1], "data": [50256]}]}
    (folder / "tokens.json").write_text(json.dumps({"request": request, "expected": {"y": [50270]}}))
    (image / "model.onnx").write_bytes(sum_with("weights", 2))
    (image / "weights").write_bytes(struct.pack("<2f", 1, 2))
    (folder / "linked.onnx").symlink_to(image / "model.onnx")
    # As the cache of Hugging Face is: what a name leads to has another one.
    (store / "one").write_bytes((image / "model.onnx").read_bytes())
    (store / "named").mkdir()
    (store / "named" / "model.onnx").symlink_to(store / "one")
    (store / "two").write_bytes((image / "weights").read_bytes())
    (store / "named" / "weights").symlink_to(store / "two")
    (folder / "cached.onnx").symlink_to(store / "named" / "model.onnx")
    names = ("words", "tokens", "linked", "cached", "numbers")
    models = [{"name": name, "path": str(folder / f"{name}.onnx")} for name in names]
    models[1]["known_answer"] = str(folder / "tokens.json")
    yield from run(python, settings_file(tmp_path_factory.mktemp("settings"), models))


def raw(ask: Ask, path: str, body: Any, more: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, str]:
    """A request without a content type, so that the adapter itself reads the body."""
    whole = (body if isinstance(body, str) else json.dumps(body)).encode()
    given = {"Inference-Header-Content-Length": str(len(whole))} if more else {}
    answer: tuple[int, str] = ask("raw", path, base64.b64encode(whole + more).decode(), given | (headers or {}))
    return answer


@pytest.mark.parametrize("model", ["linked", "cached"])
def test_weights_in_a_file_of_their_own_are_found_beside_the_model(small: Ask, model: str) -> None:
    assert small("load", model) is True
    body = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [2], "data": [10, 20]}]}
    status, answer = small("request", "POST", f"/v2/models/{model}/infer", json.dumps(body))
    assert status == 200
    assert answer["outputs"][0]["data"] == [11, 22]


def test_an_integer_beside_the_known_one_is_wrong(small: Ask) -> None:
    assert small("load", "tokens") is False
    _status, body = small("request", "GET", "/v2/models/tokens/ready", "")
    assert "the known answer is y=[50270], the model says [50256]" in body["error"]


def test_texts_keep_their_nuls(small: Ask) -> None:
    assert small("load", "words") is True
    for given in (["a\0", "b\0c", ""], ["long" * 1000]):
        body = {"inputs": [X | {"shape": [len(given)], "data": given}]}
        status, answer = small("request", "POST", WORDS, json.dumps(body))
        assert status == 200
        assert answer["outputs"][0]["data"] == given


@pytest.mark.parametrize(
    ("body", "more"),
    [
        ({"inputs": [X | {"data": [1]}]}, b""),
        ({"inputs": [X | {"data": [["a"], "b"]}]}, b""),
        ({"inputs": [X | {"shape": [2], "data": [["a", "b"], ["c"]]}]}, b""),
        ({"inputs": [X | {"parameters": {"binary_data_size": 6}}]}, struct.pack("<I", 9) + b"ab"),
        ({"inputs": [X | {"parameters": {"binary_data_size": 6}}]}, struct.pack("<I", 2) + b"\xff\xff"),
        ({"inputs": [X | {"parameters": {"binary_data_size": "6"}}]}, struct.pack("<I", 2) + b"ab"),
        ({"inputs": [X | {"shape": [10**30], "parameters": {"binary_data_size": 6}}]}, struct.pack("<I", 2) + b"ab"),
    ],
)
def test_texts_that_are_none_are_answered_with_400(small: Ask, body: Any, more: bytes) -> None:
    assert small("load", "words") is True
    status, text = raw(small, WORDS, body, more)
    assert (status, "error" in json.loads(text)) == (400, True), text


def test_half_of_a_surrogate_pair_is_answered_with_400(small: Ask) -> None:
    assert small("load", "words") is True
    body = json.dumps({"inputs": [X | {"data": ["\ud800"]}]})
    assert small("request", "POST", WORDS, body)[0] == 400


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        {"inputs": ["x"]},
        {"inputs": 5},
        {"inputs": [ZEROS | {"datatype": 5}]},
        {"inputs": [ZEROS | {"shape": 5}]},
        {"inputs": [ZEROS | {"shape": ["1", 64]}]},
        {"inputs": [ZEROS | {"shape": [1.0, 64]}]},
        {"inputs": [ZEROS | {"shape": [True, 64]}]},
        {"inputs": [ZEROS | {"name": ["image"]}]},
        {"inputs": [ZEROS | {"data": {}}]},
        {"inputs": [ZEROS | {"data": [0.0] * 63 + ["text" * 10_000]}]},
        {"inputs": [ZEROS | {"data": "a"}]},
        {"inputs": [ZEROS | {"data": nested(33)}]},
        {"inputs": [ZEROS | {"data": nested(200)}]},
        {"inputs": [ZEROS], "id": 5},
        {"inputs": [ZEROS], "id": 0},
        {"inputs": [ZEROS], "parameters": ""},
        {"inputs": [ZEROS], "parameters": 5},
        {"inputs": [ZEROS], "outputs": 5},
        {"inputs": [ZEROS], "outputs": [{"name": ["label"]}]},
        {"inputs": [ZEROS], "outputs": [{"name": "label"}, {"name": "label"}]},
        {"inputs": [ZEROS], "outputs": [{"name": "label", "parameters": 5}]},
    ],
)
def test_what_is_no_request_is_answered_with_400(serving: Ask, body: Any) -> None:
    status, text = raw(serving, INFER, body)
    assert (status, "error" in json.loads(text)) == (400, True), text


@pytest.mark.parametrize("data", ["a", 5, nested(33)])
def test_data_is_a_list_and_may_be_nested(small: Ask, data: Any) -> None:
    tensor = X | {"data": data} if data == "a" else {"name": "x", "datatype": "FP32", "shape": [1], "data": data}
    model = "words" if data == "a" else "numbers"
    assert small("load", model) is True
    status, text = raw(small, f"/v2/models/{model}/infer", {"inputs": [tensor]})
    assert status == (200 if isinstance(data, list) else 400), text


def test_a_byte_order_mark_is_no_part_of_the_body(serving: Ask) -> None:
    assert raw(serving, INFER, "\N{BYTE ORDER MARK}" + json.dumps({"inputs": [ZEROS]}))[0] == 200


def test_a_header_that_is_no_number_is_answered_with_400(serving: Ask) -> None:
    assert raw(serving, INFER, {}, headers={"Inference-Header-Content-Length": "x"})[0] == 400


@pytest.mark.parametrize(
    "body",
    [
        {"inputs": [ZEROS | {"shape": ["many"] * 10_000}]},
        {"inputs": [ZEROS | {"name": "many" * 10_000}]},
        {"inputs": [ZEROS | {"datatype": "many" * 10_000}]},
        {"inputs": [ZEROS], "outputs": [{"name": "many"}] * 10_000},
    ],
)
def test_the_answer_to_many_mistakes_is_short(serving: Ask, body: Any) -> None:
    status, answer = serving("request", "POST", INFER, json.dumps(body))
    assert status == 400
    assert "many" in answer["error"].lower()
    assert len(answer["error"]) <= 500


def test_json_has_no_numbers_that_are_none(small: Ask) -> None:
    for number in ("NaN", "Infinity", "1e400"):
        tensor = {"name": "x", "datatype": "FP32", "shape": [1], "data": ["number"]}
        body = json.dumps({"inputs": [tensor]}).replace('"number"', number)
        assert small("load", "numbers") is True
        assert small("request", "POST", "/v2/models/numbers/infer", body)[0] == 400


def test_numbers_that_are_none_come_as_binary_tensors_and_are_null_in_json(small: Ask) -> None:
    assert small("load", "numbers") is True
    tensor = {"name": "x", "datatype": "FP32", "shape": [3], "parameters": {"binary_data_size": 12}}
    status, text = raw(small, "/v2/models/numbers/infer", {"inputs": [tensor]}, struct.pack("<3f", NAN, INF, 0.1))
    assert status == 200
    assert json.loads(text)["outputs"][0]["data"] == [None, None, 0.1]


def test_json_and_binary_outputs_may_be_mixed(serving: Ask) -> None:
    wanted = [{"name": "probabilities", "parameters": {"binary_data": True}}, {"name": "label"}]
    status, text = raw(serving, INFER, {"inputs": [ZEROS], "outputs": wanted, "id": "42"})
    assert status == 200
    head, pixels = text.encode("latin-1")[:-40], text.encode("latin-1")[-40:]
    answer = json.loads(head)
    assert (answer["id"], answer["model_name"], answer["model_version"]) == ("42", "digits", "7")
    probabilities, label = answer["outputs"]
    assert probabilities["parameters"] == {"binary_data_size": len(pixels)}
    assert sum(struct.unpack("<10f", pixels)) == pytest.approx(1, abs=1e-4)
    assert len(label["data"]) == 1


@pytest.mark.parametrize("wanted", [None, [{"name": "label", "parameters": {"binary_data": True}}]])
def test_an_empty_output_can_be_binary(serving: Ask, wanted: Any) -> None:
    body = {"inputs": [ZEROS | {"shape": [0, 64], "data": []}], "parameters": {"binary_data_output": True}}
    status, text = raw(serving, INFER, body | ({"outputs": wanted} if wanted else {}))
    assert status == 200
    (label, *_others) = json.loads(text)["outputs"]
    assert (label["shape"], label["parameters"]) == ([0], {"binary_data_size": 0})


def test_a_binary_output_is_behind_the_json(serving: Ask) -> None:
    wanted = [{"name": "label", "parameters": {"binary_data": True}}]
    status, text = raw(serving, INFER, SAMPLE["request"] | {"outputs": wanted})
    assert status == 200
    assert text.encode("latin-1").endswith(struct.pack("<4q", *SAMPLE["expected"]["label"]))


def test_a_model_whose_calls_hang_is_not_ready_until_one_ends(serving: Ask) -> None:
    ready, body = ("request", "GET", "/v2/health/ready", ""), json.dumps({"inputs": [ZEROS]})
    assert serving("hold", "digits", INFER, body) == 1
    # Others end: it is busy, but it does not hang.
    for _time in range(2):
        serving("age", "digits", 299)
        assert serving(*ready)[0] == 200
        assert serving("request", "POST", INFER, body)[0] == 200
    serving("age", "digits", 301)
    for asked in (ready, ("request", "GET", "/v2/models/digits/ready", ""), ("request", "POST", INFER, body)):
        status, answer = serving(*asked)
        assert status == 503
        assert "answered nothing for 300 s" in answer["error"]
    assert serving("request", "GET", "/v2/health/live", "")[0] == 200
    assert serving("release", "digits") == 200
    assert serving(*ready)[0] == 200
    # Nor does one that nobody asks.
    serving("age", "digits", 301)
    assert serving(*ready)[0] == 200
