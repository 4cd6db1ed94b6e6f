"""Any torch module of one tensor as a layer."""

from __future__ import annotations

from typing import Any, NoReturn

import torch
from torch import nn

from kerasish.layers.base.layer import Layer
from kerasish.saving.registry import builtin


class HeldModule(Layer):
    """The base of layers around a torch module that was made elsewhere.

    As every new layer it is in `eval()` mode, and so is the module then; a call's `training` wins
    for the time of the call.

    Args:
        module: The module.
        **kwargs: Arguments of every layer.
    """

    def __init__(self, module: nn.Module, **kwargs: Any) -> None:
        parameter = next(module.parameters(), None)
        if parameter is not None and parameter.is_floating_point():
            kwargs.setdefault("dtype", parameter.dtype)
        super().__init__(**kwargs)
        self.module = module
        self.built = True
        self.eval()

    def _run_module(self, training: bool, *args: Any, **kwargs: Any) -> Any:
        """Run the module in the mode of the call."""
        module = self.module
        if not self._follows_mode() or module.training == training:
            return module(*args, **kwargs)
        module.train(training)
        try:
            return module(*args, **kwargs)
        finally:
            module.train(not training)

    def _follows_mode(self) -> bool:
        """Whether the module computes differently in training."""
        return True

    def get_config(self) -> NoReturn:
        """Refuse: a module made elsewhere has no configuration.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(
            f"Layer '{self.name}' ({type(self).__name__}) holds a torch module that was made "
            "elsewhere, which a configuration can't describe; store its state_dict. "
            f"Received: {type(self.module).__name__}"
        )


@builtin("kerasish.layers")
class TorchModule(HeldModule):
    """A torch module that takes and gives one tensor, as a layer.

    Args:
        module: The module; it is held, not copied.
        **kwargs: Arguments of every layer.
    """

    supports_masking = True

    def call(self, inputs: torch.Tensor, training: bool = False) -> Any:
        """Run the module."""
        return self._run_module(training, inputs)
