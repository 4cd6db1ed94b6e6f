"""`BatchNormalization`: mean zero and variance one over the batch (Ioffe and Szegedy 2015)."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from kerasish.dtypes import torch_dtype
from kerasish.layers.base.empty_module import make_empty
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.normalization.batch_moments import moments_where, shared_moments
from kerasish.layers.normalization.normalizer import (
    ARGUMENTS,
    Normalizer,
    at_least_float32,
    check_axis,
    known_sizes,
)
from kerasish.layers.normalization.renormalization import (
    add_renorm_weights,
    check_clipping,
    move_renorm,
    renorm_corrections,
)
from kerasish.saving.registry import builtin
from weight_port import layouts


@builtin("keras.layers")
class BatchNormalization(Normalizer):
    """Normalizes each channel over the batch in training, by moving statistics in inference.

    It holds an `nn.BatchNorm1d` as `norm`. Three things differ from torch's own module: the
    defaults of `momentum` (here the share that is kept) and `epsilon`; the moving variance follows
    the biased variance of the batch; and a layer with `trainable=False` runs in inference mode.

    Args:
        axis: The axis of the channels.
        momentum: Share of the moving statistics that a batch leaves as it is.
        epsilon: Added to the variance.
        center: Whether there is an offset beta.
        scale: Whether there is a factor gamma.
        beta_initializer: How beta is drawn.
        gamma_initializer: How gamma is drawn.
        moving_mean_initializer: How the moving mean is drawn.
        moving_variance_initializer: How the moving variance is drawn.
        beta_regularizer: Penalty on beta.
        gamma_regularizer: Penalty on gamma.
        beta_constraint: Projection of beta.
        gamma_constraint: Projection of gamma.
        renorm: Whether training normalizes by moving statistics too (Ioffe 2017,
            https://arxiv.org/abs/1702.03275).
        renorm_clipping: Bounds `rmin`, `rmax` and `dmax` of the corrections, in a dict.
        renorm_momentum: Share of the statistics of `renorm` that a batch leaves as it is.
        synchronized: Whether the processes of `torch.distributed` share their statistics.
        **kwargs: Arguments of every layer.

    Call arguments: inputs of any shape; `training`; `mask` of the inputs' shape without the last
    axis, whose False entries do not count in the statistics. Returns the inputs' shape.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    layout = layouts.get("BatchNormalization")
    arguments = (
        *ARGUMENTS,
        "momentum",
        "moving_mean_initializer",
        "moving_variance_initializer",
        "synchronized",
        "renorm",
        "renorm_clipping",
        "renorm_momentum",
    )

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._read_arguments(locals())
        if renorm:
            self.renorm_clipping = renorm_clipping or {}
            check_clipping(self, self.renorm_clipping)
        if isinstance(axis, (list, tuple)) and len(axis) == 1:
            # Keras 2 wrote the axis as a list.
            axis = axis[0]
        if isinstance(axis, bool) or not isinstance(axis, int):
            self._refuse("axis", axis, "an integer")
        self.axis = axis
        self.momentum, self.epsilon = float(momentum), float(epsilon)

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs whose channels lie at `axis`."""
        sizes = known_sizes(self, input_shape, [self.axis])
        norm = make_empty(
            nn.BatchNorm1d,
            sizes[0],
            self.epsilon,
            1 - self.momentum,
            dtype=torch_dtype(self.variable_dtype),
        )
        norm.num_batches_tracked.zero_()  # type: ignore[union-attr]
        self._hold(norm, self.scale, self.center)
        self._init_gamma_and_beta(sizes, self.scale, self.center)
        self._init_ported_weight(
            "moving_mean", sizes, self.moving_mean_initializer, trainable=False
        )
        self._init_ported_weight(
            "moving_variance", sizes, self.moving_variance_initializer, trainable=False
        )
        if self.renorm:
            add_renorm_weights(self, sizes)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: sizes[0]})

    def call(
        self, inputs: torch.Tensor, training: bool | None = None, mask: Any = None
    ) -> torch.Tensor:
        """Normalize; in training also move the statistics."""
        if mask is not None and mask.ndim != inputs.ndim - 1:
            raise ValueError(
                f"Layer '{self.name}' (BatchNormalization) takes a mask of the inputs' shape "
                f"without the last axis. Received: mask of shape {tuple(mask.shape)} for inputs of "
                f"shape {tuple(inputs.shape)}"
            )
        axis = check_axis(self, self.axis, inputs.ndim)
        x = at_least_float32(inputs)
        # Channels last are the columns of a matrix: a view, for which torch has kernels.
        last = axis == x.ndim - 1
        moved = x.reshape(-1, x.shape[-1]) if last else x.movedim(axis, 1)
        if not (training and self.trainable):
            result = self._normalize(moved, self.norm.running_mean, self.norm.running_var)
        elif mask is None and not (self.renorm or self.synchronized):
            result = self._normalize_batch(moved)
        else:
            where = None
            if mask is not None:
                where = mask.bool()[..., None].expand(x.shape)
                where = where.reshape(moved.shape) if last else where.movedim(axis, 1)
            result = self._normalize_by_hand(moved, where)
        result = result.reshape(x.shape) if last else result.movedim(1, axis)
        return result.to(torch_dtype(self.compute_dtype))

    def _normalize(
        self, x: torch.Tensor, mean: torch.Tensor, variance: torch.Tensor
    ) -> torch.Tensor:
        """Normalize `(batch, channels, ...)` by given statistics."""
        weight, bias = self._scale_and_offset(x.dtype)
        mean, variance = mean.to(x.dtype), variance.to(x.dtype)
        return functional.batch_norm(x, mean, variance, weight, bias, False, 0.0, self.epsilon)

    def _normalize_batch(self, x: torch.Tensor) -> torch.Tensor:
        """Normalize `(batch, channels, ...)` by its own statistics."""
        with torch.no_grad():
            axes = [axis for axis in range(x.ndim) if axis != 1]
            variance, mean = torch.var_mean(x.detach(), axes, correction=0)
            self._move(mean, variance)
        weight, bias = self._scale_and_offset(x.dtype)
        # `functional.batch_norm` refuses batches of one value, which Keras takes.
        return torch.batch_norm(
            x, weight, bias, None, None, True, 0.0, self.epsilon, torch.backends.cudnn.enabled
        )

    def _normalize_by_hand(self, x: torch.Tensor, where: torch.Tensor | None) -> torch.Tensor:
        """Normalize `(batch, channels, ...)` by statistics that torch's kernel does not know."""
        if where is not None:
            mean, variance = moments_where(x, where)
        elif self.synchronized:
            mean, variance = shared_moments(x)
        else:
            variance, mean = torch.var_mean(x, [a for a in range(x.ndim) if a != 1], correction=0)
        weight, bias = self._scale_and_offset(x.dtype)
        factor = torch.rsqrt(variance + self.epsilon)
        offset = -mean * factor
        if self.renorm:
            r, d = renorm_corrections(self, mean.detach(), variance.detach())
            factor, offset = factor * r, offset * r + d
            move_renorm(self, mean.detach(), variance.detach())
        else:
            self._move(mean.detach(), variance.detach())
        if weight is not None:
            factor, offset = factor * weight, offset * weight
        offset = offset if bias is None else offset + bias
        shape = [-1 if axis == 1 else 1 for axis in range(x.ndim)]
        return x * factor.reshape(shape) + offset.reshape(shape)

    def _move(self, mean: torch.Tensor, variance: torch.Tensor) -> None:
        """Let the moving statistics follow those of a batch."""
        for moving, value in ((self.norm.running_mean, mean), (self.norm.running_var, variance)):
            moving.mul_(self.momentum).add_(value.to(moving.dtype), alpha=1.0 - self.momentum)
