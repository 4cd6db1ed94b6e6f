"""The base classes of losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.layers.base.inputs import get_mask
from kerasish.layers.base.naming import unique_name
from kerasish.losses.conversion import compute_dtype, convert_structure, device_of, to_tensor
from kerasish.losses.weighting import check_reduction, match_ranks, reduce_weighted_values
from kerasish.saving.registry import (
    builtin,
    deserialize_keras_object,
    serialize_keras_object,
)


@builtin("keras", "keras.losses.Loss")
class Loss:
    """Base class: a callable that turns targets and predictions into a number.

    Subclasses define `call(y_true, y_pred)`, which returns the losses of the single samples.

    Args:
        name: Name of the loss; made from the class if None.
        reduction: `"sum_over_batch_size"` or `"mean"` (the sum over the number of entries),
            `"sum"`, `"mean_with_sample_weight"` (the sum over the sum of the weights), `"none"`
            or None.
        dtype: Type that targets, predictions and weights are cast to; the default float type if
            None. Of a dtype policy the type of the computation counts.

    Raises:
        ValueError: If there is no such reduction or dtype.

    Example:
        >>> class Quartic(Loss):
        ...     def call(self, y_true, y_pred):
        ...         return torch.mean((y_true - y_pred) ** 4, dim=-1)

    See https://keras.io/api/losses/.
    """

    # Whether targets are numbers of classes, which need not be floats first.
    _takes_class_numbers = False

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        self.name = name or unique_name(type(self).__name__)
        self.reduction = check_reduction(reduction)
        self._dtype = compute_dtype(dtype)

    @property
    def dtype(self) -> str:
        """Keras's name of the type that the loss computes in."""
        return self._dtype

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> torch.Tensor:
        """Return the loss.

        Args:
            y_true: Targets: a tensor, an array, lists of numbers, or nested ones of these.
            y_pred: Predictions. A mask that travels with them is applied.
            sample_weight: Weights that broadcast to the losses of the samples.

        Returns:
            A tensor of shape `()`, or the losses of the samples without a reduction.

        Raises:
            ValueError: If the shapes do not fit.
        """
        mask, dtype = get_mask(y_pred), torch_dtype(self._dtype)
        y_pred = convert_structure(y_pred, dtype)
        device = device_of(y_pred)
        if not (self._takes_class_numbers and _are_class_numbers(y_true, dtype, device)):
            y_true = convert_structure(y_true, dtype, device)
        losses = to_tensor(self.call(y_true, y_pred))
        own_mask = get_mask(losses)  # of entries that the loss itself leaves out
        if own_mask is not None:
            mask = own_mask if mask is None else mask & own_mask
        if sample_weight is not None:
            sample_weight = to_tensor(sample_weight, dtype, losses.device)
        return reduce_weighted_values(losses.to(dtype), sample_weight, mask, self.reduction)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the losses of the single samples, for example `(batch,)`."""
        raise NotImplementedError(
            f"{type(self).__name__} has to define call(y_true, y_pred). Received: {self!r}"
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; the dtype is not among them, as in Keras."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a loss from what `get_config` gave."""
        return cls(**config)


@builtin("keras.src.losses.losses", "keras.losses.LossFunctionWrapper")
class LossFunctionWrapper(Loss):
    """A loss made from a function of targets and predictions.

    Args:
        fn: Function that returns the losses of the single samples.
        reduction: How they are reduced.
        name: Name of the loss.
        dtype: Type of the computation.
        **kwargs: Further arguments of the function.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Call the function; targets without the predictions' last axis of 1 get one."""
        y_true, y_pred = _match_structures(y_true, y_pred)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the function, its arguments, name and reduction."""
        return {
            **super().get_config(),
            "fn": serialize_keras_object(self.fn),
            **serialize_keras_object(self._fn_kwargs),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a loss from what `get_config` gave."""
        return cls(**(deserialize_keras_object(config) if "fn" in config else config))

    def __repr__(self) -> str:
        function = getattr(self.fn, "__name__", repr(self.fn))
        return f"<{type(self).__name__} {self.name!r} of {function}, {self._fn_kwargs}>"


class BuiltinLoss(LossFunctionWrapper):
    """What Keras's own losses share: the function's arguments are attributes and stand in configs.

    Attributes:
        left_out: Arguments that Keras does not write into configs, with their defaults. A value
            other than the default is written, for Keras reads it.
    """

    left_out: dict[str, Any] = {}

    def __init__(
        self, fn: Callable[..., Any], reduction: str | None, name: str, dtype: Any, **kwargs: Any
    ) -> None:
        super().__init__(fn, reduction=reduction, name=name, dtype=dtype, **kwargs)
        for key, value in kwargs.items():
            setattr(self, key, value)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        kwargs = {
            key: value
            for key, value in self._fn_kwargs.items()
            if key not in self.left_out or value != self.left_out[key]
        }
        return {**Loss.get_config(self), **kwargs}


def _are_class_numbers(y_true: Any, dtype: torch.dtype, device: torch.device | None) -> bool:
    """Whether targets are integers in their place, and floats would hold all that matter."""
    return (
        isinstance(y_true, torch.Tensor)
        and y_true.dtype in (torch.int64, torch.int32)
        and dtype in (torch.float32, torch.float64)
        and y_true.device == device
    )


def _match_structures(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    if isinstance(y_true, torch.Tensor) and isinstance(y_pred, torch.Tensor):
        return match_ranks(y_true, y_pred)
    if isinstance(y_true, dict) and isinstance(y_pred, dict) and set(y_true) == set(y_pred):
        pairs = {key: _match_structures(y_true[key], y_pred[key]) for key in y_true}
        first = {key: pair[0] for key, pair in pairs.items()}
        return first, {key: pair[1] for key, pair in pairs.items()}
    lists = isinstance(y_true, (list, tuple)) and isinstance(y_pred, (list, tuple))
    if lists and len(y_true) == len(y_pred):
        matched = [_match_structures(t, p) for t, p in zip(y_true, y_pred, strict=True)]
        return [pair[0] for pair in matched], [pair[1] for pair in matched]
    raise ValueError(
        "Targets and predictions of a loss have to be nested alike. "
        f"Received: y_true of type {type(y_true).__name__}, y_pred of type {type(y_pred).__name__}"
    )
