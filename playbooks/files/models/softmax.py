# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Softmax regression as an ONNX model, and its known answers: what the example models have in common.

Softmax regression is convex, so every run finds the same weights; they are rounded to six decimals and the file carries
no date, so the same versions of the libraries give the same bytes.
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
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

HERE = Path(__file__).resolve().parent


def train(
    values: NDArray[np.float32], labels: NDArray[np.float32], strength: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    """Return weights, biases and the accuracy on the quarter of the data held out of training."""
    seen, unseen, seen_labels, unseen_labels = train_test_split(
        values, labels, test_size=0.25, random_state=0, stratify=labels
    )
    classifier = LogisticRegression(C=strength, solver="newton-cg", max_iter=1000, tol=1e-10).fit(seen, seen_labels)
    return (
        classifier.coef_.T.round(6).astype(np.float32),
        classifier.intercept_.round(6).astype(np.float32),
        float(classifier.score(unseen, unseen_labels)),
    )


def build(name: str, feature: str, weights: NDArray[np.float32], biases: NDArray[np.float32]) -> bytes:
    """Return the model file: Gemm, Softmax, ArgMax; any number of rows at once."""
    width, classes = weights.shape
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", [feature, "weights", "biases"], ["scores"]),
            helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
            helper.make_node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=0),
        ],
        name,
        [helper.make_tensor_value_info(feature, TensorProto.FLOAT, ["batch", width])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, ["batch"]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", classes]),
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


def write(
    name: str, feature: str, model: bytes, rows: NDArray[np.float32], wanted: list[int], accuracy: float, least: float
) -> int:
    """Check a model and write it with its known answers. Returns an exit status.

    :param rows: samples that are not part of the training data
    :param wanted: what they are
    :param accuracy: on data it was not trained on
    :param least: the accuracy below which nothing is written
    """
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    label, probabilities = session.run(["label", "probabilities"], {feature: rows})
    print(f"accuracy on unseen data {accuracy:.4f}, {len(model)} bytes, samples read as {label.tolist()}")
    print(np.array2string(probabilities.max(axis=1), precision=3))
    if accuracy < least or label.tolist() != wanted:
        print("not good enough, nothing written", file=sys.stderr)
        return 1
    tensor = {"name": feature, "datatype": "FP32", "shape": list(rows.shape), "data": rows.ravel().tolist()}
    sample = {
        "model": name,
        "sha256": hashlib.sha256(model).hexdigest(),
        "request": {"inputs": [tensor]},
        "expected": {"label": wanted},
    }
    (HERE / f"{name}.onnx").write_bytes(model)
    (HERE / f"{name}.sample.json").write_text(json.dumps(sample) + "\n", encoding="utf-8")
    return 0
