# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tensors of an ONNX model as the Open Inference Protocol V2 describes and carries them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from kserve.errors import InvalidInput
from numpy.typing import NDArray

# ONNX tensor type: data type of the protocol, type of NumPy, kinds of JSON values that may stand for it
TYPES: dict[str, tuple[str, Any, str]] = {
    "tensor(bool)": ("BOOL", np.bool_, "b"),
    "tensor(float)": ("FP32", np.float32, "iuf"),
    "tensor(double)": ("FP64", np.float64, "iuf"),
    "tensor(string)": ("BYTES", np.object_, "U"),
} | {
    f"tensor({sign}int{bits})": (f"{sign}int{bits}".upper(), np.dtype(f"{sign}int{bits}").type, "iu")
    for sign in ("", "u")
    for bits in (8, 16, 32, 64)
}


class ModelError(Exception):
    """A model that cannot be served, or settings that cannot be used; the text says why."""


@dataclass(frozen=True)
class Tensor:
    """An input or output of a model; -1 stands for a dimension of any size."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    dtype: Any
    kinds: str

    @classmethod
    def of(cls, node: Any) -> Tensor:
        """Describe a node of ONNX Runtime; raise ModelError for what the protocol cannot carry."""
        if node.type not in TYPES:
            raise ModelError(f"{node.name} is of type {node.type}; only {', '.join(TYPES)} can be served")
        datatype, dtype, kinds = TYPES[node.type]
        shape = tuple(size if isinstance(size, int) else -1 for size in node.shape)
        return cls(node.name, datatype, shape, dtype, kinds)

    def metadata(self) -> dict[str, Any]:
        """Return the protocol's description of this tensor."""
        return {"name": self.name, "datatype": self.datatype, "shape": list(self.shape)}

    def zeros(self) -> NDArray[Any]:
        """Return the smallest acceptable value."""
        return np.full([max(size, 1) for size in self.shape], "" if self.kinds == "U" else 0, dtype=self.dtype)

    def array(self, given: Any) -> NDArray[Any]:
        """Return the value of an input of a request; raise InvalidInput when it is not this tensor."""
        if given.datatype != self.datatype:
            raise InvalidInput(f"input {self.name}: datatype is {given.datatype}, must be {self.datatype}")
        shape = tuple(given.shape)
        fits = len(shape) == len(self.shape) and all(
            size >= 0 and wanted in (-1, size) for size, wanted in zip(shape, self.shape, strict=True)
        )
        if not fits:
            raise InvalidInput(f"input {self.name}: shape is {list(shape)}, must be {list(self.shape)} (-1: any size)")
        try:
            raw = self._binary(given) if given.data is None else np.asarray(given.data)
        except ValueError as error:
            raise InvalidInput(f"input {self.name}: data is not a regular array: {error}") from error
        needed = math.prod(shape)
        if raw.size != needed:
            raise InvalidInput(f"input {self.name}: has {raw.size} values, shape {list(shape)} needs {needed}")
        if raw.size and raw.dtype.kind not in self.kinds:
            raise InvalidInput(f"input {self.name}: values are not all of datatype {self.datatype}")
        if raw.size and self.kinds == "iu" and not self._in_range(raw):
            raise InvalidInput(f"input {self.name}: a value is outside the range of {self.datatype}")
        return raw.astype(self.dtype).reshape(shape)

    def _binary(self, given: Any) -> NDArray[Any]:
        """Return a value that came behind the JSON; raise ValueError when it does not fit."""
        value = given.as_numpy()
        if self.kinds != "U":
            return np.asarray(value)
        return np.asarray([item.decode() for item in value.ravel()])

    def _in_range(self, raw: NDArray[Any]) -> bool:
        limits = np.iinfo(self.dtype)
        return bool(int(raw.min()) >= limits.min and int(raw.max()) <= limits.max)
