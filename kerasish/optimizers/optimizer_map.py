"""Which optimizer trains a variable, by the variable's path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.saving.registry import (
    builtin,
    deserialize_keras_object,
    serialize_keras_object,
)


@builtin("keras.optimizers", "optimizermap")
class OptimizerMap(MutableMapping):
    """A mapping of paths, or patterns of paths, to optimizers.

    A path that is a key has that optimizer; else the one whose key, a regular expression, matches
    the whole path; else the default.

    Args:
        default_optimizer: The optimizer of variables that no key matches.
        optimizer_map: Optimizers by path or pattern.

    Raises:
        TypeError: If an optimizer is none of this package.

    See https://keras.io/api/optimizers/multi_optimizer/.
    """

    def __init__(
        self, default_optimizer: Optimizer, optimizer_map: Mapping[str, Optimizer] | None = None
    ) -> None:
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(
                "OptimizerMap: `default_optimizer` must be an optimizer of kerasish.optimizers. "
                f"Received: {default_optimizer!r}"
            )
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise TypeError(
                f"OptimizerMap: `optimizer_map` must be a dictionary. Received: {optimizer_map!r}"
            )
        self.default_optimizer = default_optimizer
        self._optimizers = dict(optimizer_map or {})

    def __getitem__(self, key: str) -> Optimizer:
        """Return the optimizer of a path.

        Raises:
            ValueError: If several patterns match it.
        """
        if key in self._optimizers:
            return self._optimizers[key]
        found = [pattern for pattern in self._optimizers if re.fullmatch(pattern, key)]
        if len(found) > 1:
            raise ValueError(
                f"Several optimizers are assigned to the variable {key!r}. "
                f"Received: the patterns {found}"
            )
        return self._optimizers[found[0]] if found else self.default_optimizer

    def __setitem__(self, key: str, optimizer: Optimizer) -> None:
        """Assign an optimizer to a path or pattern.

        Raises:
            ValueError: If the key is taken or no text, or the optimizer has optimizers inside.
        """
        if not isinstance(key, str):
            raise ValueError(f"OptimizerMap: a key must be a string. Received: {key!r}")
        if key in self._optimizers:
            raise ValueError(
                f"OptimizerMap has an optimizer for {key!r} already; delete it first. "
                f"Received: {optimizer!r}"
            )
        check_single(optimizer)
        self._optimizers[key] = optimizer

    def __delitem__(self, key: str) -> None:
        del self._optimizers[key]

    def __len__(self) -> int:
        return len(self._optimizers)

    def __iter__(self) -> Iterator[str]:
        return iter(self._optimizers)

    def __call__(self, variable: Any) -> Optimizer:
        """Return the optimizer of a variable, by its path."""
        return self[variable.path]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "default_optimizer": serialize_keras_object(self.default_optimizer),
            "optimizer_map": serialize_keras_object(self._optimizers),
        }

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """Make a map from what `get_config` gave."""
        return cls(
            deserialize_keras_object(config["default_optimizer"], custom_objects),
            deserialize_keras_object(config["optimizer_map"], custom_objects),
        )


def check_single(optimizer: Any) -> None:
    """Refuse what is no optimizer, or one with optimizers inside.

    Raises:
        ValueError: If so.
    """
    from kerasish.optimizers.loss_scale_optimizer import LossScaleOptimizer
    from kerasish.optimizers.multi_optimizer import MultiOptimizer

    if not isinstance(optimizer, Optimizer):
        raise ValueError(
            f"A variable is trained by an optimizer of kerasish.optimizers. Received: {optimizer!r}"
        )
    if isinstance(optimizer, (LossScaleOptimizer, MultiOptimizer)):
        raise ValueError(
            "MultiOptimizer takes no optimizers that have optimizers inside. "
            f"Received: {type(optimizer).__name__}"
        )
