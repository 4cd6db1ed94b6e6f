"""Tensors in a module, by their attribute paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn


def tensor_at(module: nn.Module, path: str) -> Any:
    """Follow a dotted attribute path; None where the last part is absent or None."""
    *parents, last = path.split(".")
    target: Any = module
    for part in parents:
        # The registry first: a list or dict of layers stands before it as a plain attribute.
        target = target._modules.get(part) or getattr(target, part)
    return getattr(target, last, None)


def plain_parameters(
    module: nn.Module, other: type, prefix: str = ""
) -> Iterator[tuple[str, nn.Parameter]]:
    """Parameters of a module and of the modules in it, but for modules of one class."""
    for name, parameter in module._parameters.items():
        if parameter is not None:
            yield prefix + name, parameter
    for name, child in module._modules.items():
        if child is not None and not isinstance(child, other):
            yield from plain_parameters(child, other, f"{prefix}{name}.")


def device_of(module: nn.Module, registry: str) -> torch.device | None:
    """Return the device of a module's first parameter or buffer, of its own or inside; or None.

    Args:
        module: The module.
        registry: `"_parameters"` or `"_buffers"`.
    """
    for tensor in getattr(module, registry).values():
        if tensor is not None:
            return tensor.device
    for child in module._modules.values():
        if child is not None:
            found = device_of(child, registry)
            if found is not None:
                return found
    return None
