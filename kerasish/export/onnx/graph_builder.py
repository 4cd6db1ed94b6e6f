"""Writes an ONNX graph, operator by operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from kerasish.dtypes import torch_dtype
from kerasish.export.onnx.errors import ExportError
from kerasish.export.onnx.value import Value

_ONNX_TYPES = {
    "bool": "BOOL",
    "float16": "FLOAT16",
    "float32": "FLOAT",
    "float64": "DOUBLE",
    "int8": "INT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "uint8": "UINT8",
    "uint16": "UINT16",
    "uint32": "UINT32",
    "uint64": "UINT64",
}


class GraphBuilder:
    """A graph that grows: operators, constants and weights, and graphs inside it.

    Args:
        opset: Version of the ONNX operators.
        dtype: Keras name of the floating-point type of everything, or None for the model's own.

    Attributes:
        nodes: The operators so far, of the innermost graph that is being written.
        prefix: What names begin with: the names of the layers that are being written.
        initializers: Constants and weights by name; inner graphs use them, too.
    """

    def __init__(self, opset: int, dtype: str | None = None) -> None:
        self.opset = opset
        self.dtype = dtype
        self.nodes: list[Any] = []
        self.initializers: dict[str, np.ndarray] = {}
        self._names: dict[str, int] = {}
        self._constants: dict[tuple, Value] = {}
        self._weights: dict[tuple[int, str], Value] = {}
        self.prefix = ""

    # Names and types

    def unique(self, name: str) -> str:
        """Return a name that no other tensor or operator has."""
        count = self._names.get(name, 0)
        self._names[name] = count + 1
        return self.unique(f"{name}_{count}") if count else name

    @contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Let names begin with that of a layer."""
        outer = self.prefix
        self.prefix = f"{outer}{name}/"
        try:
            yield
        finally:
            self.prefix = outer

    def kind(self, dtype: str) -> str:
        """Return the dtype that stands in the graph for one of the model."""
        if self.dtype is not None and torch_dtype(dtype).is_floating_point:
            return self.dtype
        return dtype

    def onnx_type(self, dtype: str) -> int:
        """Return ONNX's number of a dtype.

        Raises:
            ExportError: If the exported graph can't hold it.
        """
        from onnx import TensorProto

        if dtype not in _ONNX_TYPES:
            raise ExportError(
                f"ONNX files are written with tensors of {sorted(_ONNX_TYPES)}; give "
                "export_onnx(..., dtype='float32') to store floating-point numbers in another "
                f"type. Received: dtype={dtype!r}"
            )
        return getattr(TensorProto, _ONNX_TYPES[dtype])

    # Operators

    def ops(self, kind: str, *inputs: Value | None, outputs: int, **attributes: Any) -> list[Value]:
        """Write an operator of several outputs.

        Args:
            kind: ONNX's name of the operator.
            *inputs: Its inputs, None for one that is left out.
            outputs: Number of outputs.
            **attributes: Its attributes; those that are None are left out.

        Returns:
            The outputs, with the dtype of the first input.
        """
        from onnx import helper

        while inputs and inputs[-1] is None:
            inputs = inputs[:-1]
        name = self.unique(f"{self.prefix}{kind}")
        names = [self.unique(f"{name}:{i}") if i else name for i in range(outputs)]
        given = {key: value for key, value in attributes.items() if value is not None}
        used = [one.name if one is not None else "" for one in inputs]
        self.nodes.append(helper.make_node(kind, used, names, name=name, **given))
        dtype = next((one.dtype for one in inputs if one is not None), "float32")
        return [Value(one, dtype) for one in names]

    def op(
        self, kind: str, *inputs: Value | None, dtype: str | None = None, **attributes: Any
    ) -> Value:
        """Write an operator of one output.

        Args:
            kind: ONNX's name of the operator.
            *inputs: Its inputs, None for one that is left out.
            dtype: Type of the output; that of the first input by default.
            **attributes: Its attributes; those that are None are left out.
        """
        (result,) = self.ops(kind, *inputs, outputs=1, **attributes)
        return result if dtype is None else Value(result.name, dtype)

    def cast(self, value: Value, dtype: str) -> Value:
        """Cast a value, keeping its shape and mask; nothing is written where it fits already."""
        dtype = self.kind(dtype)
        if value.dtype == dtype:
            return value
        name = self.op("Cast", value, to=self.onnx_type(dtype)).name
        return Value(name, dtype, value.shape, value.mask)

    def reduce(self, kind: str, value: Value, axes: list[int], keepdims: bool = False) -> Value:
        """Write a reduction such as `"ReduceMax"`; opset 18 turned its axes into an input."""
        if self.opset >= 18 or kind == "ReduceSum":
            return self.op(kind, value, self.ints(*axes), keepdims=int(keepdims))
        return self.op(kind, value, axes=axes, keepdims=int(keepdims))

    def size(self, value: Value, axis: int) -> Value:
        """Return the size of an axis, when the graph runs, as a vector of one entry."""
        if axis < 0:
            axis += value.ndim
        return self.op("Shape", value, dtype="int64", start=axis, end=axis + 1)

    def sizes(self, value: Value, axes: Any) -> list[Value]:
        """Return the sizes of axes, when the graph runs, for `join_sizes`."""
        return [self.size(value, axis) for axis in axes]

    def join_sizes(self, *sizes: Value | int) -> Value:
        """Return a shape made of sizes that are known and sizes that are not."""
        if all(isinstance(one, int) for one in sizes):
            return self.ints(*sizes)  # type: ignore[arg-type]
        parts = [self.ints(one) if isinstance(one, int) else one for one in sizes]
        return parts[0] if len(parts) == 1 else self.op("Concat", *parts, axis=0)

    def reshape(self, value: Value, *sizes: Value | int) -> Value:
        """Give a value another shape; one of the sizes may be -1."""
        return self.op("Reshape", value, self.join_sizes(*sizes), allowzero=0)

    def zeros(self, dtype: str, *sizes: Value | int) -> Value:
        """Return zeros of a shape."""
        from onnx import numpy_helper

        kind = self.kind(dtype)
        fill = numpy_helper.from_array(np.zeros(1, _numpy_type(kind)))
        return self.op("ConstantOfShape", self.join_sizes(*sizes), dtype=kind, value=fill)

    def flip(self, value: Value, axis: int) -> Value:
        """Reverse an axis."""
        last = np.iinfo(np.int64).min
        return self.op(
            "Slice", value, self.ints(-1), self.ints(last), self.ints(axis), self.ints(-1)
        )

    # Constants and weights

    def constant(self, array: Any, dtype: str | None = None) -> Value:
        """Return a constant; equal ones are stored once.

        Args:
            array: Its values.
            dtype: Keras name of its dtype; the array's own by default.
        """
        found = np.asarray(array)
        kind = self.kind(found.dtype.name if dtype is None else dtype)
        found = np.ascontiguousarray(found.astype(_numpy_type(kind)).reshape(found.shape))
        found = found.reshape(np.shape(array))
        key = (kind, found.shape, found.tobytes())
        if key not in self._constants:
            name = self.unique("constant")
            self.onnx_type(kind)
            self.initializers[name] = found
            self._constants[key] = Value(name, kind, found.shape)
        return self._constants[key]

    def ints(self, *numbers: int) -> Value:
        """Return a vector of whole numbers."""
        return self.constant(np.array(numbers, np.int64))

    def number(self, value: float, like: Value) -> Value:
        """Return a number in the dtype of a value."""
        return self.constant(np.array(value, np.float64), like.dtype)

    def weight(self, owner: Any, name: str, make: Callable[[], Any], dtype: str) -> Value:
        """Return a weight, stored once however often its layer is called.

        Args:
            owner: The layer that has it.
            name: What it is called within the layer.
            make: Makes the array (of NumPy or torch), if it is not there yet.
            dtype: Its dtype in the model.
        """
        key = (id(owner), name)
        if key not in self._weights:
            kind = self.kind(dtype)
            array = to_array(make())
            full = self.unique(f"{self.prefix}{name}")
            self.onnx_type(kind)
            self.initializers[full] = np.ascontiguousarray(array, _numpy_type(kind))
            self._weights[key] = Value(full, kind, self.initializers[full].shape)
        return self._weights[key]

    # Graphs inside the graph

    @contextmanager
    def inner_graph(self) -> Iterator[list[Any]]:
        """Collect the operators that are written in the block; gives the list of them.

        They may use the values of the outer graph.
        """
        outer, self.nodes = self.nodes, []
        try:
            yield self.nodes
        finally:
            self.nodes = outer


def to_array(values: Any) -> np.ndarray:
    """Return a tensor as a NumPy array, bfloat16 as float32; an array as it is."""
    if not isinstance(values, torch.Tensor):
        return np.asarray(values)
    values = values.detach().cpu()
    return (values.float() if values.dtype == torch.bfloat16 else values).numpy()


def _numpy_type(dtype: str) -> np.dtype:
    if dtype not in _ONNX_TYPES:
        raise ExportError(
            f"ONNX files are written with tensors of {sorted(_ONNX_TYPES)}; give "
            "export_onnx(..., dtype='float32') to store floating-point numbers in another type. "
            f"Received: dtype={dtype!r}"
        )
    return np.dtype(dtype)
