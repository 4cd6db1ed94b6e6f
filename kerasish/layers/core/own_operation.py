"""`keras.Operation` and `keras.Function`: computations without weights of a user's own."""

from __future__ import annotations

from typing import Any

from kerasish.layers.base.layer import Layer
from kerasish.layers.core.torch_function import TorchFunction


class Operation(TorchFunction):
    """The base of operations: what is called on tensors, and on symbols becomes a step of a model.

    Subclasses have `call`, and `compute_output_spec` where running `call` on tensors without
    values does not tell the outputs' shapes. Unlike a layer a step has no weights, and it is not
    among `model.layers`.

    Args:
        name: Name; made from the class's by default.

    Example:
        >>> @kerasish.saving.register_keras_serializable()
        ... class Scale(kerasish.Operation):
        ...     def __init__(self, factor, name=None):
        ...         super().__init__(name=name)
        ...         self.factor = factor
        ...
        ...     def call(self, x):
        ...         return x * self.factor
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(self._run, title=type(self).__name__, name=name)

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        return self.call(*args, **kwargs)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs; subclasses override it."""
        return Layer.call(self, *args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the name and the constructor's other arguments."""
        captured = self.__dict__.get("_constructor_arguments")
        config = {"name": self.name}
        return config if captured is None else {**self._captured_config(*captured), **config}

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Remember the arguments, for classes that do not write a `get_config` of their own."""
        instance = super().__new__(cls)
        if cls.get_config is Operation.get_config:
            instance.__dict__["_constructor_arguments"] = (args, kwargs)
        return instance

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make the operation from what `get_config` gave."""
        return cls(**config)
