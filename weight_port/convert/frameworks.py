"""The arrays of a model under the names and in the gate order of a framework.

`torch` names are those of a module whose attributes are called as Keras's layers are:
`encoder.lstm.weight_ih_l0`. `keras` keeps Keras's arrays. `onnx` and `flax` are those of their
recurrent operators and cells, and `cudnn` is torch's, which keeps cuDNN's own order. Layers that a
framework has no layout for in the table keep torch's names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from weight_port import layouts, transform
from weight_port.errors import LayoutError
from weight_port.formats.tensors import LazyTensors, TensorInfo, Tensors
from weight_port.gates import FLAX_DENSE_NAMES, RESET, UPDATE, gate_order
from weight_port.layouts import Layout
from weight_port.records.record import LayerRecord
from weight_port.transform import regate

Arrays = dict[str, np.ndarray]
FRAMEWORKS = ("torch", "keras", "onnx", "flax", "cudnn")
_CELLS = {"LSTM": "lstm", "GRU": "gru", "SimpleRNN": ""}


@dataclass(frozen=True)
class Unit:
    """What becomes one module of the target: a layer, or both directions of a Bidirectional.

    Attributes:
        path: The name of the module, with slashes.
        layout: The entry of the table; None if the table has none.
        records: The layers, each with the prefix that its weights have in the layout.
    """

    path: str
    layout: Layout | None
    records: tuple[tuple[str, LayerRecord], ...]

    def read(self) -> Arrays:
        """Return all weights by the names that they have in the layout."""
        return {
            f"{prefix}{name}": record.weights.read(name)
            for prefix, record in self.records
            for name in record.weights
        }

    @property
    def infos(self) -> dict[str, TensorInfo]:
        """What is known of the weights, by the names that they have in the layout."""
        return {
            f"{prefix}{name}": info
            for prefix, record in self.records
            for name, info in record.weights.items()
        }


def units(records: Iterable[LayerRecord]) -> list[Unit]:
    """Return the modules that layers become: the halves of a Bidirectional are joined.

    Args:
        records: The layers.
    """
    records = [without_cudnn(record) for record in records]
    by_path = {record.path: record for record in records}
    found = []
    for record in records:
        above, _, role = record.path.rpartition("/")
        other = {"forward_layer": "backward_layer", "backward_layer": "forward_layer"}.get(role)
        pair = by_path.get(f"{above}/{other}") if other else None
        joined = _bidirectional(record, pair)
        if joined is None or pair is None:
            found.append(Unit(record.path, record.layout, (("", record),)))
        elif role == "forward_layer":
            found.append(Unit(above, joined, (("forward/", record), ("backward/", pair))))
    return found


def _bidirectional(one: LayerRecord, other: LayerRecord | None) -> Layout | None:
    """Return the layout of both directions in one module; None if they do not fit one."""
    if other is None or one.layout is None or other.layout is not one.layout:
        return None
    if not one.layout.recurrent or one.shapes != other.shapes:
        return None
    return layouts.get(one.layer_class, **dict(one.layout.variant), bidirectional=True)


def without_cudnn(record: LayerRecord) -> LayerRecord:
    """Return the weights of Keras 2's cuDNN layers as those of the layers of today."""
    if record.layout is None or not record.layer_class.startswith("CuDNN"):
        return record
    plain = record.layer_class.removeprefix("CuDNN")
    stored, wanted = record.layout, layouts.get(plain)

    def read(name: str) -> np.ndarray:
        return transform.convert(stored, wanted, record.weights.read_all())[name]

    dtype = next(iter(record.weights.values())).dtype
    small = transform.convert(
        stored,
        wanted,
        {n: np.broadcast_to(np.zeros((), bool), s) for n, s in record.shapes.items()},
    )
    infos = {name: TensorInfo(array.shape, dtype) for name, array in small.items()}
    return LayerRecord(
        record.path, plain, wanted, LazyTensors(infos, read), record.keys, record.config
    )


@dataclass
class Named:
    """Arrays under a framework's names.

    Attributes:
        tensors: The arrays.
        as_they_are: The paths of layers that the layout table does not have, whose arrays keep
            Keras's layout.
    """

    tensors: Tensors
    as_they_are: list[str] = field(default_factory=list)


def to_framework(records: Iterable[LayerRecord], framework: str) -> Named:
    """Return a model's arrays as a framework names and orders them.

    Args:
        records: The layers.
        framework: One of `FRAMEWORKS`.

    Raises:
        LayoutError: If the framework is not one of these, or two arrays get one name.
    """
    if framework not in FRAMEWORKS:
        raise LayoutError(
            f"Arrays can be written as one of {list(FRAMEWORKS)} has them. Received: {framework!r}"
        )
    sources: dict[str, tuple[_Unit, str]] = {}
    infos: dict[str, TensorInfo] = {}
    as_they_are = []
    for unit in units(records) if framework != "keras" else _plain_units(records):
        worked = _Unit(unit, framework)
        if unit.layout is None:
            as_they_are.append(unit.path)
        for name, info in worked.infos().items():
            if name in infos:
                raise LayoutError(
                    f"Two arrays would get the same name; rename a layer. Received: {name!r}"
                )
            sources[name], infos[name] = (worked, name), info
    reader = _Reader(sources)
    return Named(LazyTensors(infos, reader), as_they_are)


def _plain_units(records: Iterable[LayerRecord]) -> list[Unit]:
    return [Unit(record.path, record.layout, (("", record),)) for record in records]


class _Unit:
    """A module's arrays in a framework; they are made together and each is given once."""

    def __init__(self, unit: Unit, framework: str) -> None:
        self._unit = unit
        separator = "/" if framework in ("keras", "flax") else "."
        path = unit.path.replace("/", separator)
        self._prefix = f"{path}{separator}" if path else ""
        self._make = _maker(unit, framework)

    def read(self) -> Arrays:
        """Return the arrays by their full names."""
        return self._named(self._unit.read())

    def infos(self) -> dict[str, TensorInfo]:
        """Return shapes and types without the values: the same is done to hollow arrays."""
        known = self._unit.infos
        dtypes = {info.dtype for info in known.values()}
        if len(dtypes) > 1:
            return {name: TensorInfo.of(array) for name, array in self.read().items()}
        (dtype,) = dtypes
        if self._make is None and self._unit.layout is not None:
            shapes = {name: info.shape for name, info in known.items()}
            found = transform.torch_shapes(self._unit.layout, shapes)
            return {f"{self._prefix}{name}": TensorInfo(s, dtype) for name, s in found.items()}
        hollow = {
            # A single value seen as an array of the shape takes no memory.
            name: np.broadcast_to(np.zeros((), bool), info.shape)
            for name, info in known.items()
        }
        named = self._named(hollow)
        return {name: TensorInfo(array.shape, dtype) for name, array in named.items()}

    def _named(self, arrays: Mapping[str, np.ndarray]) -> Arrays:
        if self._make is not None:
            made = self._make(arrays)
        else:
            assert self._unit.layout is not None
            made = transform.to_torch(self._unit.layout, arrays)
        return {f"{self._prefix}{name}": array for name, array in made.items()}


class _Reader:
    """Reads arrays; those of the last module are kept until the next is asked for."""

    def __init__(self, sources: Mapping[str, tuple[_Unit, str]]) -> None:
        self._sources = sources
        self._unit: _Unit | None = None
        self._arrays: Arrays = {}

    def __call__(self, name: str) -> np.ndarray:
        unit, key = self._sources[name]
        if self._unit is not unit or key not in self._arrays:
            self._unit, self._arrays = unit, {}
            self._arrays = unit.read()
        return self._arrays.pop(key)


def _maker(unit: Unit, framework: str) -> Callable[[Mapping[str, np.ndarray]], Arrays] | None:
    """Return what renames and reorders a module's arrays; None where the table does for torch."""
    layout = unit.layout
    if layout is None or framework == "keras":
        return dict
    cell = _CELLS.get(layout.layer_class)
    if framework == "onnx" and cell is not None:
        return lambda arrays: _onnx(layout, cell, arrays)
    if framework == "flax" and cell:
        return lambda arrays: _flax(layout, cell, arrays)
    return None


def _directions(arrays: Mapping[str, np.ndarray]) -> list[tuple[str, Mapping[str, np.ndarray]]]:
    """Split the weights of both directions; a single one has no name."""
    if not any(name.startswith("forward/") for name in arrays):
        return [("", arrays)]
    return [
        (
            way,
            {n.removeprefix(f"{way}/"): a for n, a in arrays.items() if n.startswith(f"{way}/")},
        )
        for way in ("forward", "backward")
    ]


def _biases(layout: Layout, arrays: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the input's and the state's bias; zeros where there is none."""
    bias = arrays.get("bias")
    if bias is None:
        width = arrays["kernel"].shape[-1]
        bias = np.zeros(width, arrays["kernel"].dtype)
    if bias.ndim == 2:
        return bias[0], bias[1]
    return bias, np.zeros_like(bias)


def _onnx(layout: Layout, cell: str, arrays: Mapping[str, np.ndarray]) -> Arrays:
    """Return W, R and B of ONNX's operators LSTM, GRU and RNN (https://onnx.ai/onnx/operators/)."""

    def ordered(array: np.ndarray) -> np.ndarray:
        return regate(array, cell, "keras", "onnx") if cell else array

    w, r, b = [], [], []
    for _, own in _directions(arrays):
        w.append(ordered(own["kernel"]).T)
        r.append(ordered(own["recurrent_kernel"]).T)
        b.append(np.concatenate([ordered(bias) for bias in _biases(layout, own)]))
    return {"W": np.stack(w), "R": np.stack(r), "B": np.stack(b)}


def _flax(layout: Layout, cell: str, arrays: Mapping[str, np.ndarray]) -> Arrays:
    """Return the dense layers that flax.linen's cells keep for each gate."""
    if layout.variant.get("reset_after") is False:
        raise LayoutError(
            "flax.linen's GRUCell resets the state's product and can't compute this cell. "
            f"Received: {layout.describe()}"
        )
    result: Arrays = {}
    for way, own in _directions(arrays):
        gates = gate_order("keras", cell)
        blocks = {
            name: dict(zip(gates, np.split(own[name], len(gates), axis=-1), strict=True))
            for name in ("kernel", "recurrent_kernel")
        }
        first, second = (
            dict(zip(gates, np.split(bias, len(gates)), strict=True))
            for bias in _biases(layout, own)
        )
        prefix = f"{way}/" if way else ""
        for gate in gates:
            of_input, of_state = (f"{prefix}{name}" for name in FLAX_DENSE_NAMES[cell][gate])
            result[f"{of_input}/kernel"] = blocks["kernel"][gate]
            result[f"{of_state}/kernel"] = blocks["recurrent_kernel"][gate]
            if cell == "lstm":
                result[f"{of_state}/bias"] = first[gate] + second[gate]
            elif gate in (UPDATE, RESET):
                # Both are added before the same sigmoid, so one bias does for both.
                result[f"{of_input}/bias"] = first[gate] + second[gate]
            else:
                result[f"{of_input}/bias"] = first[gate]
                result[f"{of_state}/bias"] = second[gate]
    return result
