# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONNX models of one node, written as protobuf has them (onnx.proto), since no environment of the tests has onnx."""

from __future__ import annotations

FLOAT, INT64, STRING = 1, 7, 8
"""TensorProto.DataType."""
EXTERNAL = 1
"""TensorProto.DataLocation."""


def identity(kind: int) -> bytes:
    """A model whose output y is its input x, a list of any length."""
    return _model(_node("Identity", "x"), kind)


def sum_with(file: str, count: int) -> bytes:
    """A model that adds numbers to x, which are in a file beside it."""
    place = _field(1, "location") + _field(2, file)
    weights = _field(1, count) + _field(2, FLOAT) + _field(8, "w") + _field(13, place) + _field(14, EXTERNAL)
    return _model(_node("Add", "x", "w") + _field(5, weights), FLOAT)


def _model(parts: bytes, kind: int) -> bytes:
    graph = parts + _field(2, "graph") + _field(11, _value("x", kind)) + _field(12, _value("y", kind))
    return _field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 13))


def _node(operator: str, *inputs: str) -> bytes:
    return _field(1, b"".join(_field(1, name) for name in inputs) + _field(2, "y") + _field(4, operator))


def _value(name: str, kind: int) -> bytes:
    shape = _field(1, _field(2, "n"))
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, shape)))


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _number(number << 3) + _number(value)
    content = value.encode() if isinstance(value, str) else value
    return _number(number << 3 | 2) + _number(len(content)) + content


def _number(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _number(rest) if rest else bytes([low])
