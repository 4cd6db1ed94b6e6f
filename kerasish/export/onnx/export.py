"""`export_onnx`: a model as an ONNX file."""

from __future__ import annotations

import os
from typing import Any

from kerasish.dtypes import standardize_dtype
from kerasish.export.onnx.errors import ExportError
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.layer_call import call_layer
from kerasish.export.onnx.modules import require_plain_modules
from kerasish.export.onnx.value import Value, values_in
from kerasish.export.onnx.writing import write_model
from kerasish.graph.structure import flatten, pack_like
from kerasish.models.functional import Functional
from kerasish.models.sequential import Sequential

# The first has every operator used here; the last is the newest that was tried.
OLDEST_OPSET, DEFAULT_OPSET, NEWEST_OPSET = 17, 18, 21


def export_onnx(
    model: Any, path: str | os.PathLike, *, opset: int = DEFAULT_OPSET, dtype: Any = None
) -> None:
    """Write a model, with its weights and as it computes in inference, to an ONNX file.

    Sizes that the model leaves open stay open: the batch axis is `"batch"`, an open second axis
    `"time"`. Inputs and outputs are named as the model's `input_names` and `output_names` (numbered
    where one layer gives several outputs). Recurrent layers become ONNX's LSTM, GRU and RNN where
    those compute the same, else loops (Scan); masks may have any pattern.

    The file appears under its name only when it is complete and has passed `onnx.checker`. Weights
    above 2 GB are put in a second file beside it, `<path>.data`, which has to stay there.

    Args:
        model: A built `Functional` or `Sequential` model.
        path: Where to write; by custom it ends in `.onnx`.
        opset: Version of the ONNX operators, from 17 to 21.
        dtype: Floating-point type of everything in the file: `"float16"`, `"float32"` or
            `"float64"`; by default the model's own. In float64 recurrent layers become loops, since
            ONNX Runtime has the operators for float32 alone.

    Raises:
        ExportError: If a part of the model has no exact counterpart in ONNX, with the layer's name
            and what to do; a `ValueError`.
        ImportError: If `onnx` is not installed.

    Example:
        >>> export_onnx(model, "model.onnx")
    """
    _require_onnx()
    _require_exportable(model)
    require_plain_modules(model)
    if isinstance(opset, bool) or opset not in range(OLDEST_OPSET, NEWEST_OPSET + 1):
        raise ExportError(
            f"export_onnx writes opsets from {OLDEST_OPSET} to {NEWEST_OPSET}. "
            f"Received: opset={opset!r}"
        )
    kind = None if dtype is None else standardize_dtype(dtype)
    if kind not in (None, "float16", "float32", "float64"):
        raise ExportError(
            "export_onnx writes floating-point numbers as 'float16', 'float32' or 'float64'. "
            f"Received: dtype={dtype!r}"
        )
    graph = GraphBuilder(opset, kind)
    inputs = _make_inputs(graph, model)
    # Taken before anything else is named.
    symbols = flatten(model.outputs)
    names = [graph.unique(symbol._keras_history.layer.name) for symbol in symbols]
    given = pack_like(model.input, inputs) if isinstance(model, Functional) else inputs[0]
    found = values_in(call_layer(graph, model, given, output_spec=symbols))
    outputs = _name_outputs(graph, names, found)
    write_model(graph, model.name, inputs, outputs, path)


def _require_onnx() -> None:
    try:
        import onnx  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "Exporting to ONNX needs the package onnx: pip install 'kerasish[onnx]'. "
            f"Received: {error}"
        ) from error


def _require_exportable(model: Any) -> None:
    if not isinstance(model, (Functional, Sequential)):
        raise ExportError(
            "export_onnx takes a Functional model, made with Model(inputs, outputs), or a "
            f"Sequential one, whose layers it can follow. Received: {type(model).__name__}"
        )
    if not model.built:
        raise ExportError(
            f"Model '{model.name}' has no inputs before it is built; start it with an Input, or "
            "call it on data first. Received: a model that is not built"
        )
    if isinstance(model, Functional):
        for symbol in model.inputs:
            if getattr(symbol._keras_history.layer, "optional", False):
                raise ExportError(
                    f"Input '{symbol._keras_history.layer.name}' of model '{model.name}' is "
                    "optional, and inputs of ONNX models are not; describe the model without it. "
                    "Received: optional=True"
                )


def _make_inputs(graph: GraphBuilder, model: Any) -> list[Value]:
    """Make the model's inputs. A Sequential that data have built has no batch size of its own."""
    inputs = []
    for symbol in model.inputs:
        name = graph.unique(symbol._keras_history.layer.name)
        shape = symbol.shape if isinstance(model, Functional) else (None, *symbol.shape[1:])
        dtype = graph.kind(symbol.dtype)
        graph.onnx_type(dtype)
        inputs.append(Value(name, dtype, shape))
    return inputs


def _name_outputs(graph: GraphBuilder, names: list[str], found: list[Value]) -> list[Value]:
    """Give the results their names."""
    from onnx import helper

    named = []
    for value, name in zip(found, names, strict=True):
        title = graph.unique(f"{name}:output")
        graph.nodes.append(helper.make_node("Identity", [value.name], [name], name=title))
        named.append(Value(name, value.dtype, value.shape))
    return named
