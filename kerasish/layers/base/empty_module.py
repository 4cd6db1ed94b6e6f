"""Torch modules without torch's own initialization, which Keras's replaces."""

from __future__ import annotations

from typing import Any, TypeVar

import torch
from torch import nn

from kerasish.layers.base.weight_budget import claim

M = TypeVar("M", bound=nn.Module)
_UNCOUNTABLE = 1 << 63


def make_empty(module_class: type[M], *args: Any, **kwargs: Any) -> M:
    """Make a module whose parameters are allocated but not filled.

    It costs no random numbers and no time for values that are overwritten at once.

    Args:
        module_class: Class of the module.
        *args: Arguments of the class.
        **kwargs: Arguments of the class.

    Raises:
        FileFormatError: If it is made for a file that has fewer values.
    """
    try:
        with torch.device("meta"):
            module = module_class(*args, **kwargs)
    except RuntimeError:  # more bytes than torch can count
        claim((_UNCOUNTABLE,))
        raise
    for parameter in module.parameters():
        claim(parameter.shape)
    device = torch.get_default_device()
    # As `to_empty`, which copies the strides too, at the cost of milliseconds for each tensor.
    return module._apply(lambda t: torch.empty(t.shape, dtype=t.dtype, device=device))
