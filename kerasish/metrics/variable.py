"""The state of a metric: a handle on one buffer of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from kerasish.dtypes import standardize_dtype
from kerasish.layers.base.variable import Variable
from kerasish.losses.conversion import to_tensor

if TYPE_CHECKING:
    from kerasish.metrics.metric import Metric


class MetricVariable(Variable):
    """A handle on one buffer of a metric; it stands in for a tensor in any function of torch.

    A value that is assigned takes the place of the old one, which is not written to: what
    `result` returned stays as it was. Where the device of the value is another one, the state
    moves there.

    Attributes:
        name: Name of the state, such as `"total"`.
        path: The name with the metric's before it.
    """

    def __init__(self, metric: Metric, key: str, name: str) -> None:
        self._metric = metric
        self._buffer = key
        self.name = name

    @property
    def path(self) -> str:  # type: ignore[override]
        """The name with the metric's before it."""
        return f"{self._metric.name.replace('/', '>')}/{self.name}"

    @property
    def key(self) -> tuple[int, str]:
        """What tells two handles apart."""
        return id(self._metric), self._buffer

    @property
    def value(self) -> torch.Tensor:
        """The state as a tensor."""
        tensor = self._metric._buffers[self._buffer]
        assert tensor is not None
        return tensor

    @property
    def dtype(self) -> str:
        """Keras name of the dtype."""
        return standardize_dtype(self.value.dtype)

    @property
    def trainable(self) -> bool:
        """False: no optimizer changes the state of a metric."""
        return False

    @property
    def regularizer(self) -> None:
        """None."""
        return

    @property
    def constraint(self) -> None:
        """None."""
        return

    def numpy(self, *, force: bool = True) -> np.ndarray:
        """Return a copy of the state as an array.

        Args:
            force: As in torch; a state is always taken from its device.
        """
        return self.value.cpu().numpy().copy()

    def assign(self, value: Any) -> MetricVariable:
        """Set the state.

        Args:
            value: A tensor, array or number that broadcasts to the state's shape.

        Raises:
            ValueError: If the shape does not fit.
        """
        old = self.value
        # A number, or an array, goes where the state is; the state goes where a tensor is.
        device = None if isinstance(value, torch.Tensor) else old.device
        new = to_tensor(value, old.dtype, device).detach()
        if new.shape != old.shape:
            if new.dim() > old.dim() or any(
                a not in (1, b)
                for a, b in zip(reversed(new.shape), reversed(old.shape), strict=False)
            ):
                raise ValueError(
                    f"The state '{self.path}' has shape {tuple(old.shape)}. "
                    f"Received: a value of shape {tuple(new.shape)}"
                )
            new = new.expand(old.shape).clone()
        self._metric._buffers[self._buffer] = new
        return self

    def assign_add(self, value: Any) -> MetricVariable:
        """Add to the state."""
        old = self.beside(value)
        new = old + value
        if new.dtype == old.dtype and new.shape == old.shape and not new.requires_grad:
            self._metric._buffers[self._buffer] = new
            return self
        return self.assign(new)

    def assign_sub(self, value: Any) -> MetricVariable:
        """Subtract from the state."""
        return self.assign(self.beside(value) - value)

    def zero(self) -> MetricVariable:
        """Set the state to zero where it is."""
        self._metric._buffers[self._buffer] = torch.zeros_like(self.value)
        return self

    def beside(self, value: Any) -> torch.Tensor:
        """Return the state, after a move to the device of a tensor it is to be combined with."""
        if isinstance(value, torch.Tensor) and value.device != self.value.device:
            self._metric._buffers[self._buffer] = self.value.to(value.device)
        return self.value
