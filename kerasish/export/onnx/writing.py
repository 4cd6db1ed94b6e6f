"""From a finished graph to a file: names of inputs and outputs, checks, large weights."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerasish.export.onnx.dimensions import (
    dimension_names,
    infer_dimension_names,
    outline_tensors,
)
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.value import Value
from weight_port.formats.atomic import replacing, replacing_folder

# Protocol buffers end at 2 GiB; the graph itself needs some of it.
LARGEST_SINGLE_FILE = 2**31 - 2**26
_SMALL, _PAGE = 1024, 4096


def write_model(
    graph: GraphBuilder,
    name: str,
    inputs: Sequence[Value],
    outputs: Sequence[Value],
    path: str | os.PathLike,
) -> None:
    """Write a model and check it; the file appears under its name only when it is complete.

    Args:
        graph: All operators and weights. Above `LARGEST_SINGLE_FILE` bytes the weights go to a
            second file, named as the first with `.data` behind it.
        name: Name of the model.
        inputs: Its inputs.
        outputs: Its outputs.
        path: Where to write.

    Raises:
        onnx.checker.ValidationError: If the graph breaks a rule of ONNX, which is a fault here.
    """
    from onnx import numpy_helper

    arrays = graph.initializers
    shapes = [dimension_names(inputs), [_batch_first(one) for one in outputs]]
    outline = _make_model(graph, name, inputs, outputs, shapes, outline_tensors(arrays))
    shapes[1] = infer_dimension_names(outline)
    if sum(array.nbytes for array in arrays.values()) <= LARGEST_SINGLE_FILE:
        tensors = [numpy_helper.from_array(array, key) for key, array in arrays.items()]
        with replacing(path) as temporary:
            _save(_make_model(graph, name, inputs, outputs, shapes, tensors), temporary)
        return
    final = Path(os.path.realpath(path)).name
    with replacing_folder(path) as folder:
        tensors = write_tensors(arrays, folder / f"{final}.data")
        _save(_make_model(graph, name, inputs, outputs, shapes, tensors), folder / final)


def write_tensors(arrays: Mapping[str, np.ndarray], path: Path) -> list[Any]:
    """Write arrays to a file of ONNX's external data, and return the tensors that refer to it.

    A message, and so a tensor inside it, ends at 2 GiB; outside there is no end. Small arrays
    stay inside, where `onnx`'s inference of shapes looks for them.

    Args:
        arrays: The arrays by name.
        path: The file to write, beside the model.
    """
    from onnx import TensorProto, helper, numpy_helper

    tensors = []
    with path.open("wb") as file:
        for name, array in arrays.items():
            if array.nbytes < _SMALL:
                tensors.append(numpy_helper.from_array(array, name))
                continue
            # Pages, so that a runtime can map the weights into memory.
            file.seek(-file.tell() % _PAGE, os.SEEK_CUR)
            entries = {"location": path.name, "offset": file.tell(), "length": array.nbytes}
            tensor = TensorProto(
                name=name,
                dims=array.shape,
                data_type=helper.np_dtype_to_tensor_dtype(array.dtype),
                data_location=TensorProto.EXTERNAL,
            )
            for key, value in entries.items():
                tensor.external_data.add(key=key, value=str(value))
            tensors.append(tensor)
            np.asarray(array, array.dtype.newbyteorder("<")).tofile(file)
    return tensors


def _save(model: Any, path: Path) -> None:
    import onnx

    path.write_bytes(model.SerializeToString())
    onnx.checker.check_model(path, full_check=True)


def _make_model(
    graph: GraphBuilder,
    name: str,
    inputs: Sequence[Value],
    outputs: Sequence[Value],
    shapes: Sequence[Any],
    tensors: Sequence[Any],
) -> Any:
    """Make the message of a model with these shapes of inputs and outputs, and these weights."""
    from onnx import helper

    from kerasish import __version__

    def describe(value: Value, shape: Any) -> Any:
        return helper.make_tensor_value_info(value.name, graph.onnx_type(value.dtype), shape)

    described = helper.make_graph(
        graph.nodes,
        name,
        [describe(*pair) for pair in zip(inputs, shapes[0], strict=True)],
        [describe(*pair) for pair in zip(outputs, shapes[1], strict=True)],
        tensors,
    )
    opset = helper.make_opsetid("", graph.opset)
    return helper.make_model(
        described,
        opset_imports=[opset],
        # Old enough for every runtime that knows the operators.
        ir_version=helper.find_min_ir_version_for([opset]),
        producer_name="kerasish",
        producer_version=__version__,
    )


def _batch_first(output: Value) -> list[Any] | None:
    return ["batch", *output.shape[1:]] if output.shape else None
