"""`check_onnx`: an exported file run in ONNX Runtime, beside the model."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from kerasish import layers
from kerasish.dtypes import torch_dtype
from kerasish.export.onnx.errors import ExportError
from kerasish.export.onnx.graph_builder import to_array
from kerasish.graph.structure import flatten, pack_like
from kerasish.models.functional import Functional

# (batch, time) of the random inputs.
_SIZES = ((2, 5), (3, 8))


def check_onnx(
    model: Any,
    path: str | os.PathLike,
    inputs: Any = None,
    rtol: float = 1e-5,
    atol: float = 1e-5,
) -> dict[str, float]:
    """Compare what an ONNX file computes in ONNX Runtime with what its model does.

    Args:
        model: The model that was exported.
        path: The file.
        inputs: An array, or a list of one for each of the model's inputs; random ones by default,
            of two batch sizes and lengths. Random inputs of an `Embedding` are indices, 0 among
            them, and some steps hold the values of the `Masking` layers.
        rtol: How far outputs may differ, relative to the model's.
        atol: How far they may differ besides.

    Returns:
        The largest difference at each output, by its name in the file.

    Raises:
        ExportError: If they differ by more; a `ValueError`.
        ImportError: If `onnxruntime` is not installed.
    """
    session = _open(path)
    generator = np.random.default_rng(0)
    if inputs is None:
        trials = [_random_inputs(model, generator, *sizes) for sizes in _SIZES]
    else:
        trials = [list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]]
    largest: dict[str, float] = {}
    for arrays in trials:
        wanted = _run_model(model, arrays)
        slots = session.get_inputs()
        fed = {slot.name: _fit(one, slot) for slot, one in zip(slots, arrays, strict=True)}
        names = [slot.name for slot in session.get_outputs()]
        for name, got, expected in zip(names, session.run(names, fed), wanted, strict=True):
            difference = _compare(name, got, expected, rtol, atol)
            largest[name] = max(largest.get(name, 0.0), difference)
    return largest


def _open(path: str | os.PathLike) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ImportError(
            "Running ONNX files needs the package onnxruntime: pip install 'kerasish[onnx]'. "
            f"Received: {error}"
        ) from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        os.fspath(path), options, providers=["CPUExecutionProvider"]
    )


def _run_model(model: Any, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    device = model._device()
    tensors = [torch.as_tensor(one, device=device) for one in arrays]
    functional = isinstance(model, Functional)
    given = pack_like(model._input_structure, tensors) if functional else tensors[0]
    with torch.no_grad():
        outputs = model(given, training=False)
    return [to_array(one) for one in flatten(outputs)]


def _fit(array: np.ndarray, slot: Any) -> np.ndarray:
    """Give an array the rank and the type of an input of the file."""
    kinds = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(bool)": "bool"}
    name = slot.type.removeprefix("tensor(").removesuffix(")")
    return np.asarray(array, kinds.get(slot.type, name))


def _compare(name: str, got: Any, expected: np.ndarray, rtol: float, atol: float) -> float:
    if got.shape != expected.shape:
        raise ExportError(
            f"Output '{name}' of the ONNX file has another shape than the model's, "
            f"{expected.shape}. Received: {got.shape}"
        )
    difference = np.abs(got.astype(np.float64) - expected.astype(np.float64))
    both_nan = np.isnan(got.astype(np.float64)) & np.isnan(expected.astype(np.float64))
    allowed = atol + rtol * np.abs(expected.astype(np.float64))
    wrong = ~(difference <= allowed) & ~both_nan & ~(got == expected)
    if wrong.any():
        raise ExportError(
            f"Output '{name}' of the ONNX file differs from the model's in {int(wrong.sum())} of "
            f"{wrong.size} values, by more than rtol={rtol} and atol={atol} allow. "
            f"Received: a largest difference of {np.nanmax(difference)}"
        )
    return float(np.max(difference, initial=0.0, where=np.isfinite(difference)))


def _random_inputs(
    model: Any, generator: np.random.Generator, batch: int, time: int
) -> list[np.ndarray]:
    rows = [m.input_dim for m in model.modules() if isinstance(m, layers.Embedding)]
    marks = [m.mask_value for m in model.modules() if isinstance(m, layers.Masking)]
    arrays = []
    for index, symbol in enumerate(model.inputs):
        shape = [time if size is None else size for size in symbol.shape]
        fixed = isinstance(model, Functional) and symbol.shape[0] is not None
        shape[0] = symbol.shape[0] if fixed else batch
        floating = torch_dtype(symbol.dtype).is_floating_point
        array: Any
        if symbol.dtype == "bool":
            array = generator.integers(0, 2, shape)
        elif not floating or (rows and _is_looked_up(model, index)):
            array = generator.integers(0, min(rows, default=10), shape)
        else:
            array = generator.standard_normal(shape)
            if len(shape) > 2:
                for value in marks:
                    array[generator.random(shape[:2]) < 0.3] = value
        # NumPy has no bfloat16; the model casts.
        arrays.append(array.astype(symbol.dtype if symbol.dtype != "bfloat16" else "float32"))
    return arrays


def _is_looked_up(model: Any, index: int) -> bool:
    """Whether an input goes into an Embedding, at once or in a model inside."""
    if not isinstance(model, Functional):
        first = model.layers[0]
        return isinstance(first, layers.Embedding) or (
            hasattr(first, "inputs") and _is_looked_up(first, 0)
        )
    symbol = model.inputs[index]
    for node in model._graph_nodes:
        for place, tensor in enumerate(node.input_tensors):
            if tensor is not symbol:
                continue
            if isinstance(node.layer, layers.Embedding):
                return True
            if hasattr(node.layer, "inputs") and _is_looked_up(node.layer, place):
                return True
    return False
