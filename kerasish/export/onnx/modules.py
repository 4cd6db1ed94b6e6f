"""What runs must be what the converters write: no hooks, and torch's own modules inside."""

from __future__ import annotations

from typing import Any

from torch import nn

from kerasish.export.onnx.errors import ExportError
from kerasish.layers.base.layer import Layer


def require_plain_modules(model: Any) -> None:
    """Check that nothing was put into a model that its converters do not see.

    Args:
        model: The model.

    Raises:
        ExportError: For a hook on a layer or a module, or a module in the place of torch's own.
    """
    for path, module in model.named_modules():
        title = f"Module '{path}'" if path else f"Model '{model.name}'"
        if module._forward_hooks or module._forward_pre_hooks:
            hooks = [*module._forward_pre_hooks.values(), *module._forward_hooks.values()]
            raise ExportError(
                f"{title} has hooks, which an ONNX file can't hold; remove them (for pruning: "
                f"torch.nn.utils.prune.remove). Received: {[_name(hook) for hook in hooks]}"
            )
        if isinstance(module, Layer) and module.held_module is not None:
            held = module._modules.get(module.held_module)
            if held is not None and not _is_torchs_own(held):
                raise ExportError(
                    f"Layer '{module.name}' ({type(module).__name__}) computes with a module that "
                    f"was put in the place of torch's own, such as a quantized one; export the "
                    f"model before. Received: {type(held).__module__}.{type(held).__name__}"
                )


def _is_torchs_own(module: nn.Module) -> bool:
    """Whether a module computes by the code of `torch.nn`, as parametrized ones do, too."""
    return type(module).forward.__module__.startswith("torch.nn.modules.")


def _name(hook: Any) -> str:
    return getattr(hook, "__qualname__", type(hook).__name__)
