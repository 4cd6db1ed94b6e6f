"""Work on large batches of images in parts that stay in the processor's cache."""

from __future__ import annotations

from collections.abc import Callable

import torch

# Entries of a part: a few float32 copies of it fit into a core's cache.
_PART = 1 << 18


def in_parts(
    function: Callable[..., torch.Tensor], images: torch.Tensor, *others: torch.Tensor
) -> torch.Tensor:
    """Apply a function that treats each image alone to a batch, a few images at a time.

    Every operation on a whole batch would go through memory; on a part it finds what the one
    before has just written. Where operations are recorded (for a backward pass, by a tracer or by
    `torch.func`) and on other devices the function is applied once.

    Args:
        function: Takes images and the others, gives images.
        images: `(batch, ...)`.
        *others: Tensors `(batch, ...)`, or `(1, ...)` for all images alike.
    """
    count = max(1, _PART // max(images[:1].numel(), 1))
    if len(images) <= count or not _is_plain(images, *others):
        return function(images, *others)
    result: torch.Tensor | None = None
    for start in range(0, len(images), count):
        stop = start + count
        parts = [one if len(one) == 1 else one[start:stop] for one in others]
        part = function(images[start:stop], *parts)
        if result is None:
            result = part.new_empty((len(images), *part.shape[1:]))
        result[start:stop] = part
    assert result is not None
    return result


def _is_plain(*tensors: torch.Tensor) -> bool:
    recorded = torch.is_grad_enabled() and any(one.requires_grad for one in tensors)
    return not (
        recorded
        or torch.compiler.is_compiling()
        or torch._C._are_functorch_transforms_active()
        or any(one.device.type != "cpu" or type(one) is not torch.Tensor for one in tensors)
    )
