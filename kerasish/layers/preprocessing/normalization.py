"""`Normalization`: inputs less their mean, over their deviation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from kerasish import config, initializers
from kerasish.dtypes import torch_dtype
from kerasish.layers.preprocessing.batches import batches_of
from kerasish.layers.preprocessing.data_layer import DataLayer
from kerasish.saving.registry import builtin
from weight_port import layouts


class Statistics(nn.Module):
    """What `adapt` found, as buffers of torch.

    Args:
        sizes: Shape of mean and variance.
        dtype: Their type.
    """

    mean: torch.Tensor
    variance: torch.Tensor
    count: torch.Tensor

    def __init__(self, sizes: tuple[int, ...], dtype: torch.dtype) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(sizes, dtype=dtype))
        self.register_buffer("variance", torch.ones(sizes, dtype=dtype))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))


@builtin("keras.layers")
class Normalization(DataLayer):
    """Computes `(inputs - mean) / sqrt(variance)`, with statistics of the data given to `adapt`.

    Args:
        axis: The axis or axes that have statistics of their own; None for one mean of all values.
        mean: The mean, in place of `adapt`: a number, or one for each entry of `axis`.
        variance: The variance, likewise.
        invert: Whether to compute `inputs * sqrt(variance) + mean`.
        **kwargs: Arguments of every layer.

    Call argument: numbers of any shape; returns that shape.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.

    Example:
        >>> layer = kerasish.layers.Normalization()
        >>> layer.adapt(features)
        >>> layer(features)
    """

    layout = layouts.get("Normalization")
    held_module = "statistics"
    supports_masking = True

    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        single = isinstance(axis, int)
        self.axis: tuple[int, ...] = () if axis is None else (axis,) if single else tuple(axis)  # type: ignore
        self.input_mean, self.input_variance, self.invert = mean, variance, invert
        if (mean is None) != (variance is None) or np.shape(mean) != np.shape(variance):
            raise ValueError(
                f"Layer '{self.name}' (Normalization) takes `mean` and `variance` together, and of "
                f"one shape. Received: mean={mean}, variance={variance}"
            )
        if mean is not None and np.ndim(mean) > len(self.axis):
            self._refuse("mean", mean, f"numbers with at most {len(self.axis)} axes")

    def build(self, input_shape: Any) -> None:
        """Make the statistics for inputs of a shape whose sizes at `axis` are known."""
        if input_shape is None:
            return
        ndim = len(input_shape)
        if any(not -ndim <= axis < ndim for axis in self.axis):
            self._refuse("axis", self.axis, f"axes of inputs of {ndim} axes")
        kept = tuple(sorted(axis % ndim for axis in self.axis))
        if any(input_shape[axis] is None for axis in kept):
            raise ValueError(
                f"Layer '{self.name}' (Normalization) needs to know the sizes of the axes {kept}. "
                f"Received: inputs of shape {tuple(input_shape)}"
            )
        self._kept = kept
        self._reduced = tuple(axis for axis in range(ndim) if axis not in kept)
        self._broadcast = tuple(input_shape[axis] if axis in kept else 1 for axis in range(ndim))
        self._built_shape = tuple(input_shape)
        sizes = tuple(input_shape[axis] for axis in kept)
        kind = torch_dtype(self.variable_dtype)
        if self.input_mean is not None:
            for name, given in (("mean", self.input_mean), ("variance", self.input_variance)):
                values = torch.as_tensor(np.asarray(given), dtype=kind)
                values = self._placed(values, ndim).broadcast_to(self._broadcast).clone()
                self.register_buffer(f"_given_{name}", values, persistent=False)
            return
        self.statistics = Statistics(sizes, kind)
        zeros, ones = initializers.get("zeros"), initializers.get("ones")
        self._init_ported_weight("mean", sizes, zeros, trainable=False)
        self._init_ported_weight("variance", sizes, ones, trainable=False)
        self._init_ported_weight("count", (), zeros, trainable=False)

    def _placed(self, values: torch.Tensor, ndim: int) -> torch.Tensor:
        """Give numbers the axes of the inputs: the last kept ones are theirs."""
        shape = [1] * ndim
        for axis, size in zip(self._kept[::-1], values.shape[::-1], strict=False):
            shape[axis] = size
        return values.reshape(shape)

    @property
    def mean(self) -> torch.Tensor | None:
        """The mean, with the inputs' axes; None before the layer is built."""
        return self._statistic("mean")

    @property
    def variance(self) -> torch.Tensor | None:
        """The variance, with the inputs' axes; None before the layer is built."""
        return self._statistic("variance")

    def _statistic(self, name: str) -> torch.Tensor | None:
        if not self.built:
            return None
        if self.input_mean is not None:
            values = getattr(self, f"_given_{name}")
        else:
            values = getattr(self.statistics, name).reshape(self._broadcast)
        return values.to(torch_dtype(self.compute_dtype))

    def adapt(self, data: Any) -> None:
        """Set the statistics to those of data, forgetting earlier ones.

        Args:
            data: An array or tensor, or an iterable of batches of them: a `DataLoader`, a
                `PyDataset`, a list, a generator. Of a batch that is a tuple the first is taken.

        Raises:
            ValueError: If there is nothing in it, or a shape does not fit.
        """
        whole = hasattr(data, "shape")
        if whole and not isinstance(data, torch.Tensor):
            data = np.asarray(data)
        batches = iter([data] if whole else batches_of(data, batch_size=128))
        first = next(batches, None)
        if first is None or not hasattr(first, "shape"):
            raise ValueError(
                f"Layer '{self.name}' (Normalization) adapts to an array or to batches of arrays. "
                f"Received: {type(data).__name__} of {type(first).__name__}"
            )
        if not self.built:
            self.build(tuple(first.shape))
        if self.input_mean is not None:
            raise ValueError(
                f"Layer '{self.name}' (Normalization) was given its mean and variance. "
                "Received: adapt(...)"
            )
        self._check_shape(first)
        if whole and isinstance(first, np.ndarray):
            # In the data's own type, as in Keras.
            mean: Any = np.mean(first, axis=self._reduced)
            variance: Any = np.var(first, axis=self._reduced)
        elif whole:
            mean, variance = self._moments(first)
        else:
            mean, variance = self._running_moments(first, batches)
        self.statistics.mean.copy_(torch.as_tensor(mean))
        self.statistics.variance.copy_(torch.as_tensor(variance))

    def _running_moments(self, first: Any, others: Any) -> tuple[torch.Tensor, torch.Tensor]:
        sizes = self.statistics.mean.shape
        kind = torch_dtype(self.compute_dtype)
        mean, variance = torch.zeros(sizes, dtype=kind), torch.zeros(sizes, dtype=kind)
        total = 0
        for batch in (one for part in ([first], others) for one in part):
            self._check_shape(batch)
            values = torch.as_tensor(batch).to(kind)
            batch_mean, batch_variance = (one.to("cpu") for one in self._moments(values))
            count = int(np.prod([values.shape[axis] for axis in self._reduced]))
            total += count
            new = float(count) / total
            old = 1.0 - new
            merged = mean * old + batch_mean * new
            variance = (variance + (mean - merged) ** 2) * old + (
                batch_variance + (batch_mean - merged) ** 2
            ) * new
            mean = merged
        return mean, variance

    def _moments(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if not values.is_floating_point():
            values = values.to(torch_dtype(self.compute_dtype))
        if not self._reduced:
            return values, torch.zeros_like(values)
        variance, mean = torch.var_mean(values.detach(), self._reduced, correction=0)
        return mean, variance

    def _check_shape(self, batch: Any) -> None:
        shape, built = tuple(batch.shape), self._built_shape
        if len(shape) != len(built) or any(shape[a] != built[a] for a in self._kept):
            raise ValueError(
                f"Layer '{self.name}' (Normalization) was built for inputs of shape {built}. "
                f"Received: data of shape {shape}"
            )

    def finalize_state(self) -> None:
        """Do nothing: the statistics are in use as soon as they are set."""

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Normalize, or undo it."""
        values = inputs.to(torch_dtype(self.compute_dtype))
        mean, variance = self._statistic("mean"), self._statistic("variance")
        assert mean is not None and variance is not None  # noqa: PT018
        deviation = variance.sqrt().clamp(min=config.epsilon())
        return mean + values * deviation if self.invert else (values - mean) / deviation

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the inputs' shape."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the configuration."""
        return {
            **super().get_config(),
            "axis": self.axis,
            "invert": self.invert,
            "mean": np.array(self.input_mean).tolist(),
            "variance": np.array(self.input_variance).tolist(),
        }
