"""Sums and means, and metrics that are the mean of a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.layers.base.inputs import get_mask
from kerasish.losses.conversion import to_tensor
from kerasish.losses.weighting import apply_mask, divide_no_nan, match_ranks
from kerasish.metrics.metric import Metric
from kerasish.saving.registry import (
    builtin,
    deserialize_keras_object,
    names_in,
    serialize_keras_object,
)

_Reduce = Callable[..., torch.Tensor]


def _reduce_to_samples(
    values: Any, sample_weight: Any, reduce: _Reduce, dtype: torch.dtype, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Weigh values and reduce all axes but the first, as far as the weights do not reach.

    Args:
        values: Values `(batch, ...)`.
        sample_weight: Weights of no more axes than the values, which broadcast; or None.
        reduce: `torch.sum` or `torch.mean`.
        dtype: Type of the computation.
        device: Where values go that are no tensors.

    Returns:
        Values `(batch,)` and weights `(batch,)` or `()`.
    """
    mask = get_mask(values)
    values = to_tensor(values, dtype, None if isinstance(values, torch.Tensor) else device)
    if sample_weight is not None:
        given = to_tensor(sample_weight, dtype, values.device)
        masked = apply_mask(given, mask, dtype, "sum")
        values, weights = match_ranks(values, given if masked is None else masked)
        rank = weights.dim()
        if values.dim() > rank:
            values = reduce(values, dim=tuple(range(rank, values.dim())))
        # The weights alone are stretched: values of one sample don't serve for many.
        weights = _stretch(weights, values.shape)
        values = values * weights
        sample_weight = reduce(weights, dim=tuple(range(1, rank))) if rank > 1 else weights
    if values.dim() > 1:
        values = reduce(values, dim=tuple(range(1, values.dim())))
    return values, sample_weight


def _stretch(weights: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    fits = zip(reversed(weights.shape), reversed(shape), strict=False)
    if weights.dim() > len(shape) or not all(size in (1, target) for size, target in fits):
        raise ValueError(
            "`sample_weight` has to broadcast to the values that it weighs, of shape "
            f"{tuple(shape)}. Received: sample_weight of shape {tuple(weights.shape)}"
        )
    return weights.expand(shape)


@builtin("keras.metrics")
class Sum(Metric):
    """The weighted sum of values.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.

    See https://keras.io/api/metrics/reduction_metrics/.
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values.

        Args:
            values: Values `(batch, ...)` or a number.
            sample_weight: Weights that broadcast to the values.
        """
        dtype, device = torch_dtype(self.dtype), self.total.value.device
        values, _ = _reduce_to_samples(values, sample_weight, torch.sum, dtype, device)
        self.total.assign_add(values.sum())

    def result(self) -> torch.Tensor:
        """Return the sum."""
        return self.total.value


@builtin("keras.metrics")
class Mean(Metric):
    """The weighted mean of values.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.

    See https://keras.io/api/metrics/reduction_metrics/.
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")
        self.count = self.add_variable((), "zeros", dtype=self.dtype, name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values.

        Args:
            values: Values `(batch, ...)` or a number. What lies behind the axes of the weights
                is averaged first.
            sample_weight: Weights that broadcast to the values.
        """
        dtype, device = torch_dtype(self.dtype), self.total.value.device
        plain = isinstance(values, torch.Tensor) and values.dim() < 2 and get_mask(values) is None
        if plain and isinstance(sample_weight, (int, float)) and not values.dim():
            values = values if values.dtype == dtype else values.to(dtype)
            self.total.assign_add(values * sample_weight)
            self.count.assign_add(sample_weight)
            return
        if plain and sample_weight is None:
            values, weights = values.to(dtype), None
        else:
            values, weights = _reduce_to_samples(values, sample_weight, torch.mean, dtype, device)
        self.total.assign_add(values.sum())
        if weights is not None:
            self.count.assign_add(weights.sum())
        else:
            self.count.beside(values)
            self.count.assign_add(values.shape[0] if values.dim() else 1)

    def result(self) -> torch.Tensor:
        """Return the mean; 0 if nothing was added."""
        return divide_no_nan(self.total.value, self.count.value)


@builtin("keras.metrics")
class MeanMetricWrapper(Mean):
    """The mean of a function of targets and predictions.

    Args:
        fn: Function that returns values `(batch, ...)`.
        name: Name of the metric.
        dtype: Type of the computation.
        **kwargs: Further arguments of the function.
    """

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs
        of_keras = names_in("keras.losses").values()
        if any(fn is loss or type(fn) is loss for loss in of_keras):
            self._direction = "down"

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Add a batch.

        Args:
            y_true: Targets.
            y_pred: Predictions. A mask that travels with them is applied.
            sample_weight: Weights that broadcast to the function's values.
        """
        mask = get_mask(y_pred)
        values = self._fn(y_true, y_pred, **self._fn_kwargs)
        if mask is not None:
            dtype = torch_dtype(self.dtype)
            if sample_weight is not None:
                sample_weight = to_tensor(sample_weight, dtype, mask.device)
            sample_weight = apply_mask(sample_weight, mask, dtype, "sum")
        super().update_state(values, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return the function, its arguments, name and dtype."""
        return {
            **super().get_config(),
            "fn": serialize_keras_object(self._fn),
            **serialize_keras_object(self._fn_kwargs),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a metric from what `get_config` gave."""
        return cls(**(deserialize_keras_object(config) if "fn" in config else config))


class FunctionMetric(MeanMetricWrapper):
    """What Keras's own means of functions share: arguments are attributes and stand in configs.

    Attributes:
        left_out: Arguments that Keras does not write into configs, with their defaults. A value
            other than the default is written, for Keras reads it.
    """

    left_out: dict[str, Any] = {}

    def __init__(
        self, fn: Callable[..., Any], name: str | None, dtype: Any, direction: str, **kwargs: Any
    ) -> None:
        super().__init__(fn, name=name, dtype=dtype, **kwargs)
        self._direction = direction
        for key, value in kwargs.items():
            setattr(self, key, value)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        kwargs = {
            key: value
            for key, value in self._fn_kwargs.items()
            if key not in self.left_out or value != self.left_out[key]
        }
        return {"name": self.name, "dtype": self.dtype, **kwargs}
