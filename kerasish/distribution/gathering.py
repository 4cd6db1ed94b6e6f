"""Outputs of all processes, joined to those of the whole batch."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch.autograd.function import once_differentiable

from kerasish.distribution.rows import Rows
from kerasish.graph.structure import flatten, pack_like
from kerasish.layers.base.inputs import get_mask, set_mask
from kerasish.logits import logits_of, with_logits


def join(outputs: Any, rows: Rows, model_name: str) -> Any:
    """Return the outputs for the whole batch, in every process.

    Gradients flow back to this process's rows. They come out multiplied by the number of processes,
    because the gradients of parameters are averaged over the processes afterwards.

    Args:
        outputs: Tensors with this process's rows, in any structure. Masks and logits that travel
            with them are joined too.
        rows: Which rows these are.
        model_name: Name of the model, for messages.

    Raises:
        ValueError: If an output has no batch axis.
    """
    parts: list[Any] = []
    for output in flatten(outputs):
        parts += [output, logits_of(output), get_mask(output)]
    tensors = [part for part in parts if part is not None]
    local = rows.stop - rows.start
    for tensor in tensors:
        if not isinstance(tensor, torch.Tensor) or not tensor.ndim or tensor.shape[0] != local:
            shape = getattr(tensor, "shape", None)
            raise ValueError(
                f"Model '{model_name}': on several processes each output needs the batch as its "
                f"first axis, here {local} samples. Received: an output of shape "
                f"{None if shape is None else tuple(shape)}"
            )
    joined = iter(_Join.apply(rows, *tensors))
    whole = [None if part is None else next(joined) for part in parts]
    results = []
    for index in range(0, len(whole), 3):
        leaf: Any = whole[index]
        logits, mask = whole[index + 1 : index + 3]
        if logits is not None:
            leaf = with_logits(leaf, logits)
        results.append(leaf if mask is None else set_mask(leaf, mask))
    return pack_like(outputs, results)


class _Join(torch.autograd.Function):
    """Gathers rows; the gradient of the whole is known everywhere, so each takes its part."""

    @staticmethod
    def forward(ctx: Any, rows: Rows, *tensors: torch.Tensor) -> Any:  # type: ignore[override]
        ctx.rows = rows
        results = tuple(_gathered(tensor, rows) for tensor in tensors)
        ctx.mark_non_differentiable(*(one for one in results if not one.is_floating_point()))
        return results

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        rows: Rows = ctx.rows
        found = [_share_of(gradient, rows) for gradient in gradients]
        return None, *found


def _share_of(gradient: torch.Tensor, rows: Rows) -> torch.Tensor:
    share = gradient[rows.start : rows.stop] * len(rows.counts)
    return share if rows.count else torch.zeros_like(share)


def _gathered(tensor: torch.Tensor, rows: Rows) -> torch.Tensor:
    data = tensor.detach()
    data = data.to(torch.uint8) if data.dtype == torch.bool else data
    most = max(rows.counts)
    if data.shape[0] < most:
        filler = data.new_zeros((most - data.shape[0], *data.shape[1:]))
        data = torch.cat([data, filler])
    data = data.contiguous()
    parts = [torch.empty_like(data) for _ in rows.counts]
    dist.all_gather(parts, data)
    whole = torch.cat([part[:count] for part, count in zip(parts, rows.counts, strict=True)])
    return whole.to(tensor.dtype)
