"""Output shapes of code that does not tell them, found by running it on tensors without values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from kerasish.dtypes import standardize_dtype, torch_dtype
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.structure import flatten, map_structure, pack_like

# Two sizes that no code has built in stand for an unknown size; what differs is unknown after, too.
_STAND_INS = (83, 89)


def infer_outputs(function: Callable, args: tuple, kwargs: dict[str, Any], what: str) -> Any:
    """Run a function on fake tensors and return symbolic outputs.

    Args:
        function: What is called, on tensors that have shapes and dtypes but no values.
        args: Positional arguments, symbolic tensors among them.
        kwargs: Keyword arguments.
        what: Name of what is called, for the message.

    Returns:
        The outputs in their structure, with a `KerasTensor` for each tensor.

    Raises:
        ValueError: If the function fails on such tensors.
    """
    from torch._subclasses.fake_tensor import FakeTensorMode

    runs = []
    symbols = [t for t in flatten([list(args), kwargs]) if isinstance(t, KerasTensor)]
    unknown = any(size is None for t in symbols for size in t.shape)
    for size in _STAND_INS if unknown else _STAND_INS[:1]:
        with FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad():
            fake_args = map_structure(lambda v, s=size: _fake(v, s), list(args))
            fake_kwargs = map_structure(lambda v, s=size: _fake(v, s), kwargs)
            try:
                runs.append(function(*fake_args, **fake_kwargs))
            except Exception as error:
                raise ValueError(
                    f"The output shape of {what} can't be found by running it on tensors without "
                    f"values: {type(error).__name__}: {error}. If its code needs values, give the "
                    "layer a method compute_output_shape(input_shape). Received: inputs of shapes "
                    f"{[t.shape for t in symbols]}"
                ) from error
    leaves = [_symbol(results) for results in zip(*map(flatten, runs), strict=True)]
    return pack_like(runs[0], leaves)


def _fake(value: Any, size: int) -> Any:
    if not isinstance(value, KerasTensor):
        return value
    shape = [size if s is None else s for s in value.shape]
    return torch.empty(shape, dtype=torch_dtype(value.dtype))


def _symbol(results: tuple) -> Any:
    first = results[0]
    if not isinstance(first, torch.Tensor):
        return first
    shape = [
        sizes[0] if all(size == sizes[0] for size in sizes) else None
        for sizes in zip(*(r.shape for r in results), strict=True)
    ]
    return KerasTensor(shape, standardize_dtype(first.dtype))
