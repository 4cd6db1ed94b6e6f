"""Losses of regression: functions and classes."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from kerasish import config
from kerasish.losses.conversion import convert_pair
from kerasish.losses.loss import BuiltinLoss
from kerasish.losses.weighting import match_ranks
from kerasish.rounding import round_to_float32
from kerasish.saving.registry import builtin

_LOG_2 = 0.6931471824645996  # rounded to float32, as Keras has it in float64 too


def _aligned(y_true: Any, y_pred: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return targets and predictions as tensors of shapes that broadcast."""
    y_true, y_pred = match_ranks(*convert_pair(y_true, y_pred))
    sizes = zip(reversed(y_true.shape), reversed(y_pred.shape), strict=False)
    if not all(a == b or a == 1 or b == 1 for a, b in sizes):
        raise ValueError(
            "Targets and predictions have to broadcast to one shape. Received: y_true of shape "
            f"{tuple(y_true.shape)}, y_pred of shape {tuple(y_pred.shape)}"
        )
    return y_true, y_pred


@builtin("keras.losses", "mse", "MSE", "keras.metrics.mean_squared_error")
def mean_squared_error(y_true: Any, y_pred: Any) -> torch.Tensor:
    """Mean of `(y_true - y_pred)^2` over the last axis.

    Args:
        y_true: Targets `(..., d)`.
        y_pred: Predictions `(..., d)`.

    Returns:
        Losses `(...)`.
    """
    y_true, y_pred = _aligned(y_true, y_pred)
    return torch.square(y_true - y_pred).mean(-1)


@builtin("keras.losses", "mae", "MAE", "keras.metrics.mean_absolute_error")
def mean_absolute_error(y_true: Any, y_pred: Any) -> torch.Tensor:
    """Mean of `|y_true - y_pred|` over the last axis.

    Args:
        y_true: Targets `(..., d)`.
        y_pred: Predictions `(..., d)`.

    Returns:
        Losses `(...)`.
    """
    y_true, y_pred = _aligned(y_true, y_pred)
    return torch.abs(y_true - y_pred).mean(-1)


@builtin("keras.losses", "mape", "MAPE", "keras.metrics.mean_absolute_percentage_error")
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> torch.Tensor:
    """Mean of `100 |y_true - y_pred| / max(|y_true|, epsilon)` over the last axis.

    Args:
        y_true: Targets `(..., d)`.
        y_pred: Predictions `(..., d)`.

    Returns:
        Losses `(...)`.
    """
    y_true, y_pred = _aligned(y_true, y_pred)
    size = torch.clamp(torch.abs(y_true), min=config.epsilon())
    return 100.0 * torch.abs((y_true - y_pred) / size).mean(-1)


@builtin("keras.losses", "msle", "MSLE", "keras.metrics.mean_squared_logarithmic_error")
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> torch.Tensor:
    """Mean of `(log(1 + y_true) - log(1 + y_pred))^2` over the last axis.

    Values below `epsilon` count as `epsilon`.

    Args:
        y_true: Targets `(..., d)`.
        y_pred: Predictions `(..., d)`.

    Returns:
        Losses `(...)`.
    """
    y_true, y_pred = _aligned(y_true, y_pred)
    smallest = round_to_float32(config.epsilon())
    # Not log1p: Keras rounds 1 + y first, and small values would differ.
    first = torch.log(torch.clamp(y_pred, min=smallest) + 1.0)
    second = torch.log(torch.clamp(y_true, min=smallest) + 1.0)
    return torch.square(first - second).mean(-1)


def unit_vectors(x: torch.Tensor, axis: int) -> torch.Tensor:
    """Divide by the Euclidean norm along an axis; zeros stay zeros, with finite derivatives."""
    smallest = config.epsilon() ** 2
    return x * torch.rsqrt(torch.clamp(torch.square(x).sum(axis, keepdim=True), min=smallest))


@builtin("keras.losses")
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> torch.Tensor:
    """Minus the cosine of the angle between targets and predictions: -1 if they point alike.

    Args:
        y_true: Targets `(..., d)`.
        y_pred: Predictions `(..., d)`.
        axis: The vectors' axis.

    Returns:
        Losses `(...)`.
    """
    y_true, y_pred = _aligned(y_true, y_pred)
    return -(unit_vectors(y_true, axis) * unit_vectors(y_pred, axis)).sum(axis)


@builtin("keras.losses", "keras.metrics.huber")
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> torch.Tensor:
    """Mean of the squared error where it is small, and of the absolute one elsewhere.

    `0.5 e^2` where `|e| <= delta`, and `delta |e| - 0.5 delta^2` elsewhere.

    Args:
        y_true: Targets `(..., d)`.
        y_pred: Predictions `(..., d)`.
        delta: Where the absolute error begins.

    Returns:
        Losses `(...)`.

    Raises:
        ValueError: If `delta` is not positive.
    """
    if delta <= 0:
        raise ValueError(f"huber's `delta` has to be positive. Received: delta={delta!r}")
    y_true, y_pred = _aligned(y_true, y_pred)
    shape = torch.broadcast_shapes(y_true.shape, y_pred.shape)
    y_true, y_pred = y_true.expand(shape), y_pred.expand(shape)
    return F.huber_loss(y_pred, y_true, reduction="none", delta=float(delta)).mean(-1)


@builtin("keras.losses", "logcosh", "keras.metrics.log_cosh", "keras.metrics.logcosh")
def log_cosh(y_true: Any, y_pred: Any) -> torch.Tensor:
    """Mean of `log(cosh(y_pred - y_true))` over the last axis.

    Args:
        y_true: Targets `(..., d)`.
        y_pred: Predictions `(..., d)`.

    Returns:
        Losses `(...)`.
    """
    y_true, y_pred = _aligned(y_true, y_pred)
    error = y_pred - y_true
    # -logsigmoid(2 e) is softplus(-2 e) without the threshold of F.softplus.
    return (error - F.logsigmoid(2.0 * error) - _LOG_2).mean(-1)


@builtin("keras.losses")
class MeanSquaredError(BuiltinLoss):
    """Mean of `(y_true - y_pred)^2`.

    Args:
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.

    See https://keras.io/api/losses/regression_losses/.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_squared_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_squared_error, reduction, name, dtype)


@builtin("keras.losses")
class MeanAbsoluteError(BuiltinLoss):
    """Mean of `|y_true - y_pred|`.

    Args:
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_absolute_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_absolute_error, reduction, name, dtype)


@builtin("keras.losses")
class MeanAbsolutePercentageError(BuiltinLoss):
    """Mean of `100 |y_true - y_pred| / |y_true|`.

    Args:
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_absolute_percentage_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


@builtin("keras.losses")
class MeanSquaredLogarithmicError(BuiltinLoss):
    """Mean of `(log(1 + y_true) - log(1 + y_pred))^2`.

    Args:
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)


@builtin("keras.losses")
class CosineSimilarity(BuiltinLoss):
    """Minus the cosine of the angle between targets and predictions.

    Args:
        axis: The vectors' axis.
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.
    """

    left_out = {"axis": -1}

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "cosine_similarity",
        dtype: Any = None,
    ) -> None:
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)


@builtin("keras.losses")
class Huber(BuiltinLoss):
    """Squared error where it is small, absolute error elsewhere.

    Args:
        delta: Where the absolute error begins.
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.
    """

    left_out = {"delta": 1.0}

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str = "huber_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(huber, reduction, name, dtype, delta=delta)


@builtin("keras.losses")
class LogCosh(BuiltinLoss):
    """Mean of `log(cosh(y_pred - y_true))`.

    Args:
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "log_cosh",
        dtype: Any = None,
    ) -> None:
        super().__init__(log_cosh, reduction, name, dtype)
