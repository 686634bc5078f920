# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# /// script
# requires-python = ">=3.12"
# dependencies = ["numpy==2.5.5", "onnx==1.23.2", "onnxruntime==1.32.0", "scikit-learn==1.9.1"]
# ///
"""Make the example model ``digits.onnx`` and its known answers ``digits.sample.json``.

The model reads handwritten digits: softmax regression from 64 grey values (8 x 8 pixels, 0 is paper,
16 is ink) to ten classes. It is trained on the "Optical Recognition of Handwritten Digits" data of
E. Alpaydin and C. Kaynak (UCI, CC BY 4.0) as shipped inside scikit-learn; nothing is downloaded. The
sample digits below are drawn by hand for this project and are not part of that data.

Softmax regression is convex, so every run finds the same weights; they are rounded to six decimals and
the file carries no date, so the same versions of the libraries give the same bytes.

Run it with the dependencies above installed: ``python make_digits.py``. It fails rather than writes
when the model is less accurate than ``MINIMUM_ACCURACY`` on digits it was not trained on, or wrong on a sample.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

HERE = Path(__file__).resolve().parent
MINIMUM_ACCURACY = 0.95
INK = {".": 0.0, "o": 10.0, "#": 16.0}
DRAWINGS: dict[int, str] = {
    0: """
..##o...
.o##o##.
.##..##.
.#o..##.
.#o..o#.
.##..##.
.o#o##..
..o##o..
""",
    3: """
..###o..
.o##o##.
.....##.
...o##..
...o##o.
.....##.
..o..##.
..####o.
""",
    4: """
....#o..
...o#...
..o#....
..##.o#.
.##oo##.
.o#####.
....##..
....#o..
""",
    7: """
..####o.
..#oo##.
.....#o.
...o##o.
..#####.
...##...
..o#o...
..o#....
""",
}


def images() -> NDArray[np.float32]:
    """Return the drawings as rows of 64 grey values."""
    rows = [[INK[pixel] for pixel in art.replace("\n", "")] for art in DRAWINGS.values()]
    return np.array(rows, dtype=np.float32)


def train() -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    """Return weights, biases and the accuracy on the quarter of the data held out of training."""
    pixels, labels = load_digits(return_X_y=True)
    seen, unseen, seen_labels, unseen_labels = train_test_split(
        pixels, labels, test_size=0.25, random_state=0, stratify=labels
    )
    classifier = LogisticRegression(C=0.01, solver="newton-cg", max_iter=1000, tol=1e-10).fit(seen, seen_labels)
    return (
        classifier.coef_.T.round(6).astype(np.float32),
        classifier.intercept_.round(6).astype(np.float32),
        float(classifier.score(unseen, unseen_labels)),
    )


def build(weights: NDArray[np.float32], biases: NDArray[np.float32]) -> bytes:
    """Return the model file: Gemm, Softmax, ArgMax; any number of images at once."""
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["image", "weights", "biases"], ["scores"]),
            helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
            helper.make_node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=0),
        ],
        "digits",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 64])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, ["batch"]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 10]),
        ],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(biases, "biases")],
    )
    # Opset 17 and IR 8 are old enough for every ONNX Runtime since 1.14.
    model = helper.make_model(
        graph,
        producer_name="model_serving.openstack",
        ir_version=8,
        opset_imports=[helper.make_opsetid("", 17)],
    )
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def main() -> int:
    """Train, check and write both files. Returns the exit status."""
    weights, biases, accuracy = train()
    model = build(weights, biases)
    rows = images()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    label, probabilities = session.run(["label", "probabilities"], {"image": rows})
    print(f"accuracy on unseen digits {accuracy:.4f}, {len(model)} bytes, samples read as {label.tolist()}")
    print(np.array2string(probabilities.max(axis=1), precision=3))
    if accuracy < MINIMUM_ACCURACY or label.tolist() != list(DRAWINGS):
        print("not good enough, nothing written", file=sys.stderr)
        return 1
    sample = {
        "model": "digits",
        "sha256": hashlib.sha256(model).hexdigest(),
        "request": {
            "inputs": [{"name": "image", "datatype": "FP32", "shape": list(rows.shape), "data": rows.ravel().tolist()}]
        },
        "expected": {"label": list(DRAWINGS)},
    }
    (HERE / "digits.onnx").write_bytes(model)
    (HERE / "digits.sample.json").write_text(json.dumps(sample) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
