"""`TorchModuleWrapper`: Keras's own way to use a torch module as a layer."""

from __future__ import annotations

from typing import Any

from torch import nn

from kerasish.layers.wrapping.torch_module import HeldModule
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class TorchModuleWrapper(HeldModule):
    """A torch module of any arguments as a layer; `kerasish.wrap` knows recurrent modules, too.

    The module is held where it is, on its device. Unlike Keras's own, the layer hands no module on
    in a configuration: Keras writes a pickle there, and reading one can run code.

    Args:
        module: The module; it is held, not copied.
        name: Name.
        output_shape: Shape of the output without the batch; found by running the module if None.
        **kwargs: Arguments of every layer.

    Raises:
        ValueError: If `module` is not a torch module, or a lazy one without parameters yet.
    """

    def __init__(
        self, module: nn.Module, name: str | None = None, output_shape: Any = None, **kwargs: Any
    ) -> None:
        if not isinstance(module, nn.Module):
            raise ValueError(
                f"TorchModuleWrapper takes a torch module. Received: {module!r} of type "
                f"{type(module).__name__}"
            )
        lazy = isinstance(module, nn.modules.lazy.LazyModuleMixin)
        if lazy and module.has_uninitialized_params():  # type: ignore[operator]
            raise ValueError(
                "TorchModuleWrapper takes a module that has its parameters; call it on data "
                f"first. Received: {module!r}"
            )
        super().__init__(module, name=name, **kwargs)
        self._given_shape = None if output_shape is None else tuple(output_shape)

    def call(self, *args: Any, training: bool = False, **kwargs: Any) -> Any:
        """Run the module."""
        return self._run_module(training, *args, **kwargs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape that was given, or the one found by running the module."""
        if self._given_shape is not None:
            return (input_shape[0], *self._given_shape)
        return super().compute_output_shape(input_shape)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Return the symbolic output."""
        if self._given_shape is not None:
            from kerasish.graph.keras_tensor import KerasTensor

            return KerasTensor((args[0].shape[0], *self._given_shape), self.compute_dtype)
        from kerasish.graph.shape_inference import infer_outputs

        kwargs.pop("training", None)
        return infer_outputs(self.forward, args, kwargs, f"layer '{self.name}'")
