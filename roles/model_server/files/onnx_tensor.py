# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tensors of an ONNX model as the Open Inference Protocol V2 describes and carries them, and what carries them."""

from __future__ import annotations

import math
import struct
from codecs import BOM_UTF8
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from kserve import InferOutput, InferRequest, InferResponse
from kserve.errors import InferenceError, InvalidInput
from numpy.typing import NDArray
from starlette.responses import JSONResponse, Response

LENGTH_OF_JSON = "inference-header-content-length"
"""Header of requests and answers with binary tensors behind the JSON."""
MALFORMED = (ArithmeticError, AttributeError, InferenceError, LookupError, TypeError, ValueError, struct.error)
"""What KServe's code raises for requests that it does not expect."""
SHORT = 500
"""Characters of an error's text that are kept: it may have all of the request in it."""

# ONNX tensor type: data type of the protocol, type of NumPy, types of JSON values that may stand for it
TYPES: dict[str, tuple[str, Any, set[type]]] = {
    "tensor(bool)": ("BOOL", np.bool_, {bool}),
    "tensor(float)": ("FP32", np.float32, {int, float}),
    "tensor(double)": ("FP64", np.float64, {int, float}),
    "tensor(string)": ("BYTES", np.object_, {str}),
    **{
        f"tensor({sign}int{bits})": (f"{sign}int{bits}".upper(), np.dtype(f"{sign}int{bits}").type, {int})
        for sign in ("", "u")
        for bits in (8, 16, 32, 64)
    },
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
    kinds: set[type]

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
        return np.full([max(size, 1) for size in self.shape], "" if self.datatype == "BYTES" else 0, dtype=self.dtype)

    def array(self, given: Any) -> NDArray[Any]:
        """Return the value of an input of a request; raise InvalidInput when it is not this tensor."""
        if given.datatype != self.datatype:
            raise InvalidInput(f"input {self.name}: datatype is {given.datatype}, must be {self.datatype}")
        shape = given.shape
        fits = isinstance(shape, list) and len(shape) == len(self.shape)
        if not fits or not all(
            isinstance(size, int) and not isinstance(size, bool) and size >= 0 and wanted in (-1, size)
            for size, wanted in zip(shape, self.shape, strict=True)
        ):
            raise InvalidInput(f"input {self.name}: shape is {shape}, must be {list(self.shape)} (-1: any size)")
        # As objects, since NumPy's texts each take the room of the longest one, and lose NULs at their end.
        raw = np.array(given.data, dtype=np.object_)
        types = set(map(type, raw.ravel().flat))  # raveled, because flat itself knows 32 dimensions
        if list in types or (shape and not isinstance(given.data, list)):
            raise InvalidInput(f"input {self.name}: data is not a regular array")
        needed = math.prod(shape)
        if raw.size != needed:
            raise InvalidInput(f"input {self.name}: has {raw.size} values, shape {shape} needs {needed}")
        if not types <= self.kinds:
            raise InvalidInput(f"input {self.name}: values are not all of datatype {self.datatype}")
        try:
            with np.errstate(over="raise"):  # else what is too large a number becomes infinite
                return raw.astype(self.dtype).reshape(shape)
        except ArithmeticError as error:
            raise InvalidInput(f"input {self.name}: a value is outside the range of {self.datatype}") from error
        except ValueError as error:
            raise InvalidInput(f"input {self.name}: shape {shape} cannot be: {error}") from error


class Output(InferOutput):  # type: ignore[misc]
    """An output whose JSON is written at once, where KServe goes through its values one by one."""

    def set_data_from_numpy(self, output_tensor: NDArray[Any], binary_data: bool = True) -> None:
        """Take the value. Of floating-point numbers, JSON gets the digits that their type has."""
        if binary_data or self.datatype == "BYTES":
            super().set_data_from_numpy(output_tensor, binary_data)
        else:
            self._data = orjson.Fragment(orjson.dumps(output_tensor.ravel(), option=orjson.OPT_SERIALIZE_NUMPY))


def decode(headers: Any, body: bytes, model: str) -> InferRequest:
    """Return a request, all of which is JSON without the header; raise InvalidInput for anything malformed."""
    try:
        if LENGTH_OF_JSON not in headers:
            body = body.removeprefix(BOM_UTF8)
        request = InferRequest.from_bytes(body, int(headers.get(LENGTH_OF_JSON, len(body))), model)
        named = [*request.inputs, *(request.request_outputs or ())]
        ids = [] if request.id is None else [request.id]
        if not all(isinstance(text, str) for text in (*ids, *(one.name for one in named))):
            raise TypeError("id and names are texts")
        if not all(one.parameters is None or isinstance(one.parameters, dict) for one in (request, *named)):
            raise TypeError("parameters are objects")
    except MALFORMED as error:
        raise InvalidInput(f"malformed request: {error}") from error
    return request


def encode(answer: InferResponse) -> Response:
    """Return an answer as it is sent."""
    content, length = answer.to_rest()
    if length is None:
        return Response(orjson.dumps(content), media_type="application/json")
    return Response(content, 200, {LENGTH_OF_JSON: str(length)}, "application/octet-stream")


def refuse(status: int, error: object, headers: dict[str, str] | None = None) -> Response:
    """Return an answer that says, shortly, what is wrong."""
    return JSONResponse({"error": str(error)[:SHORT]}, status, headers)
