"""`export_torch`: a model as a program of `torch.export`."""

from __future__ import annotations

import os
from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.export.onnx.errors import ExportError
from kerasish.graph.structure import pack_like
from weight_port.formats.atomic import replacing

# Sizes to trace with: none that code is likely to treat apart.
_BATCH, _SIZE = 3, 7


def export_torch(model: Any, path: str | os.PathLike) -> None:
    """Write a model, as it computes in inference, to a `.pt2` file for `torch.export.load`.

    Sizes that the model leaves open stay open, where its computation allows it.

    Args:
        model: A built model that knows its inputs.
        path: Where to write; it ends in `.pt2`.

    Raises:
        ExportError: If the model is not built.
    """
    if not getattr(model, "built", False) or not hasattr(model, "inputs"):
        raise ExportError(
            f"Model '{getattr(model, 'name', model)}' has no known inputs; make it from symbols, "
            "start it with an Input, or call it on data first. Received: a model without inputs"
        )
    examples, dynamic = [], []
    for symbol in model.inputs:
        shape = [_BATCH if symbol.shape[0] is None else symbol.shape[0]]
        shape += [_SIZE if size is None else size for size in symbol.shape[1:]]
        examples.append(torch.zeros(shape, dtype=torch_dtype(symbol.dtype)))
        dynamic.append(
            {a: torch.export.Dim.AUTO for a, size in enumerate(symbol.shape) if size is None}
        )
    structure = model.input
    was_training = model.training
    model.eval()
    try:
        program = torch.export.export(
            model,
            (pack_like(structure, examples),),
            dynamic_shapes=(pack_like(structure, dynamic),),
        )
    finally:
        model.train(was_training)
    with replacing(path) as temporary:
        torch.export.save(program, temporary)
