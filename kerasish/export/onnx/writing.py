"""From a finished graph to a file: names of inputs and outputs, checks, large weights."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.value import Value
from weight_port.formats.atomic import replacing, replacing_folder

# Protocol buffers end at 2 GiB; the graph itself needs some of it.
LARGEST_SINGLE_FILE = 2**31 - 2**26


def dimension_names(inputs: Sequence[Value]) -> list[list[int | str]]:
    """Return the shapes of a model's inputs, with a name for each size that is not known.

    The first axis is `"batch"`. The second is `"time"` in the only input where it is not known;
    with more such inputs each has its own, `"time_"` and the input's name.
    """
    timed = [one for one in inputs if one.shape and len(one.shape) > 1 and one.shape[1] is None]
    shapes = []
    for one in inputs:
        shape: list[int | str] = []
        for axis, size in enumerate(one.shape or ()):
            if size is not None:
                shape.append(size)
            elif axis == 0:
                shape.append("batch")
            elif axis == 1:
                shape.append("time" if len(timed) == 1 else f"time_{one.name}")
            else:
                shape.append(f"axis_{axis}_{one.name}")
        shapes.append(shape)
    return shapes


def make_model(
    graph: GraphBuilder, name: str, inputs: Sequence[Value], outputs: Sequence[Value]
) -> Any:
    """Make the message of a model.

    Args:
        graph: All operators and weights.
        name: Name of the model.
        inputs: Its inputs.
        outputs: Its outputs.
    """
    from onnx import helper, numpy_helper

    from kerasish import __version__

    def describe(value: Value, shape: Any) -> Any:
        return helper.make_tensor_value_info(value.name, graph.onnx_type(value.dtype), shape)

    described = helper.make_graph(
        graph.nodes,
        name,
        [describe(*pair) for pair in zip(inputs, dimension_names(inputs), strict=True)],
        [
            describe(one, ["batch", *(one.shape or ())[1:]] if one.shape else None)
            for one in outputs
        ],
        [numpy_helper.from_array(array, key) for key, array in graph.initializers.items()],
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


def write_model(model: Any, path: str | os.PathLike, size: int) -> None:
    """Check a model and write it; the file appears under its name only when it is complete.

    Args:
        model: The message.
        path: Where to.
        size: Number of bytes of its weights. Above `LARGEST_SINGLE_FILE` they go to a second file,
            named as the first with `.data` behind it.

    Raises:
        onnx.checker.ValidationError: If the graph breaks a rule of ONNX, which is a fault here.
    """
    import onnx

    if size <= LARGEST_SINGLE_FILE:
        with replacing(path) as temporary:
            onnx.save_model(model, temporary)
            onnx.checker.check_model(temporary, full_check=True)
        return
    name = Path(os.path.realpath(path)).name
    with replacing_folder(path) as folder:
        onnx.save_model(
            model,
            folder / name,
            save_as_external_data=True,
            location=f"{name}.data",
            size_threshold=1024,
        )
        onnx.checker.check_model(folder / name, full_check=True)
