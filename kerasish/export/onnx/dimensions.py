"""Names of the sizes of inputs and outputs that are not known: `batch`, `time`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasish.export.onnx.value import Value

# Shapes and the like are computed from constants, which are small.
_LARGEST_CONSTANT = 1024


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


def outline_tensors(arrays: Mapping[str, np.ndarray]) -> list[Any]:
    """Return tensors for an outline of a model: large ones without their values.

    Args:
        arrays: The arrays by name.
    """
    from onnx import TensorProto, helper, numpy_helper

    return [
        numpy_helper.from_array(array, name)
        if array.nbytes < _LARGEST_CONSTANT
        else TensorProto(
            name=name,
            dims=array.shape,
            data_type=helper.np_dtype_to_tensor_dtype(array.dtype),
            data_location=TensorProto.EXTERNAL,
        )
        for name, array in arrays.items()
    ]


def infer_dimension_names(outline: Any) -> list[list[Any] | None]:
    """Return the shapes of a model's outputs, named as the inputs' sizes where they follow.

    Args:
        outline: The model, perhaps without its weights' values.
    """
    import onnx

    inferred = onnx.shape_inference.infer_shapes(outline, data_prop=True)
    known = {size for one in outline.graph.input for size in _sizes(one) if isinstance(size, str)}
    shapes: list[list[Any] | None] = []
    for found in inferred.graph.output:
        if not found.type.tensor_type.HasField("shape"):
            shapes.append(None)
            continue
        # Inference makes up names of its own for what it does not know. The first axis keeps its.
        sizes = _sizes(found)
        named = [one if isinstance(one, int) or one in known else None for one in sizes[1:]]
        shapes.append([*sizes[:1], *named])
    return shapes


def _sizes(described: Any) -> list[int | str | None]:
    return [
        size.dim_param or (size.dim_value if size.HasField("dim_value") else None)
        for size in described.type.tensor_type.shape.dim
    ]
