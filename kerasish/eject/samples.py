"""Random inputs that a model's outputs are stored for: with padding, in two sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from kerasish import layers
from kerasish.dtypes import torch_dtype
from kerasish.graph.structure import flatten, pack_like
from kerasish.models.functional import Functional

# (batch, size of open axes) of the samples.
SIZES = ((3, 6), (2, 4))


def random_inputs(
    model: Any, seed: int = 0, sizes: Sequence[tuple[int, int]] = SIZES
) -> list[list[np.ndarray]]:
    """Return samples, each with an array for each of the model's inputs, flattened.

    Inputs of an `Embedding` are indices, with zeros, which may be padding, at the end of a row and
    within one; in models with `Masking` some steps hold its value.

    Args:
        model: The model.
        seed: Seed of the numbers.
        sizes: For each sample the batch size, and the size of axes that the model leaves open.
    """
    generator = np.random.default_rng(seed)
    return [
        [_random_input(model, index, generator, *size) for index in range(len(model.inputs))]
        for size in sizes
    ]


def _random_input(
    model: Any, index: int, generator: np.random.Generator, batch: int, open_size: int
) -> np.ndarray:
    symbol = model.inputs[index]
    shape = [open_size if size is None else size for size in symbol.shape]
    shape[0] = symbol.shape[0] if isinstance(model, Functional) and symbol.shape[0] else batch
    rows = rows_looked_up(model, index)
    array: Any
    if symbol.dtype == "bool":
        array = generator.integers(0, 2, shape)
    elif rows is not None or not torch_dtype(symbol.dtype).is_floating_point:
        array = generator.integers(min(1, (rows or 10) - 1), rows or 10, shape)
        if len(shape) > 1 and shape[1] > 2:
            array[0, -2:] = 0
            array[-1, 1] = 0
    else:
        array = generator.standard_normal(shape)
        if len(shape) > 2:
            for module in model.modules():
                if isinstance(module, layers.Masking):
                    array[generator.random(shape[:2]) < 0.3] = module.mask_value
    return array.astype(symbol.dtype)


def rows_looked_up(model: Any, index: int) -> int | None:
    """Return how many rows the table has that an input is looked up in, None for no table."""
    if not isinstance(model, Functional):
        return _rows(model.layers[0], 0)
    symbol = model.inputs[index]
    found = [
        _rows(node.layer, place)
        for node in model._graph_nodes
        for place, tensor in enumerate(node.input_tensors)
        if tensor is symbol
    ]
    return min((rows for rows in found if rows is not None), default=None)


def _rows(layer: Any, place: int) -> int | None:
    if isinstance(layer, layers.Embedding):
        return layer.input_dim
    if isinstance(layer, layers.TimeDistributed):
        return _rows(layer.layer, place)
    if hasattr(layer, "inputs") and getattr(layer, "layers", None):
        return rows_looked_up(layer, place)
    return None


def run(model: Any, arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Return a model's outputs in inference, in the order of the ejected module's."""
    device = model._device()
    tensors = [torch.as_tensor(one, device=device) for one in arrays]
    functional = isinstance(model, Functional)
    given = pack_like(model._input_structure, tensors) if functional else tensors[0]
    with torch.no_grad():
        outputs = model(given, training=False)
    if isinstance(outputs, dict):
        outputs = list(outputs.values())
    return [one.detach().cpu().numpy() for one in flatten(outputs)]
