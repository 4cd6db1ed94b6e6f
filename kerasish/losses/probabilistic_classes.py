"""Losses between probability distributions: classes."""

from __future__ import annotations

from typing import Any

from kerasish.losses import probabilistic as functions
from kerasish.losses.loss import BuiltinLoss
from kerasish.saving.registry import builtin


@builtin("keras.losses")
class KLDivergence(BuiltinLoss):
    """Kullback-Leibler divergence `sum(y_true * log(y_true / y_pred))`.

    Args:
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.

    See https://keras.io/api/losses/probabilistic_losses/.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "kl_divergence",
        dtype: Any = None,
    ) -> None:
        super().__init__(functions.kl_divergence, reduction, name, dtype)


@builtin("keras.losses")
class Poisson(BuiltinLoss):
    """Mean of `y_pred - y_true * log(y_pred)`.

    Args:
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "poisson",
        dtype: Any = None,
    ) -> None:
        super().__init__(functions.poisson, reduction, name, dtype)


@builtin("keras.losses")
class BinaryCrossentropy(BuiltinLoss):
    """Binary cross entropy.

    Args:
        from_logits: Whether predictions are logits.
        label_smoothing: How far targets are drawn towards 0.5, from 0 to 1.
        axis: The axis of the mean.
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "binary_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            functions.binary_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


@builtin("keras.losses")
class BinaryFocalCrossentropy(BuiltinLoss):
    """Binary cross entropy in which entries count for less that are right with confidence.

    Args:
        apply_class_balancing: Whether the classes have the weights `alpha` and `1 - alpha`.
        alpha: Weight of class 1.
        gamma: How much less confident entries count.
        from_logits: Whether predictions are logits.
        label_smoothing: How far targets are drawn towards 0.5, from 0 to 1.
        axis: The axis of the mean.
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.
    """

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "binary_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            functions.binary_focal_crossentropy,
            reduction,
            name,
            dtype,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


@builtin("keras.losses")
class CategoricalCrossentropy(BuiltinLoss):
    """Cross entropy `-sum(y_true * log(y_pred))`.

    Args:
        from_logits: Whether predictions are logits.
        label_smoothing: How far targets are drawn towards equal ones, from 0 to 1.
        axis: The axis of classes.
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            functions.categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


@builtin("keras.losses")
class CategoricalFocalCrossentropy(BuiltinLoss):
    """Cross entropy in which classes count for less that are predicted with confidence.

    Args:
        alpha: A factor, or one for each class.
        gamma: How much less confident predictions count.
        from_logits: Whether predictions are logits.
        label_smoothing: How far targets are drawn towards equal ones, from 0 to 1.
        axis: The axis of classes.
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.
    """

    def __init__(
        self,
        alpha: Any = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            functions.categorical_focal_crossentropy,
            reduction,
            name,
            dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


@builtin("keras.losses")
class SparseCategoricalCrossentropy(BuiltinLoss):
    """Cross entropy for class numbers as targets.

    Args:
        from_logits: Whether predictions are logits.
        ignore_class: A class number whose entries are left out, or None.
        reduction: How the losses of the samples are reduced; see `Loss`.
        axis: The axis of classes.
        name: Name of the loss.
        dtype: Type of the computation.
    """

    left_out = {"axis": -1}
    _takes_class_numbers = True

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            functions.sparse_categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )


@builtin("keras.losses")
class CategoricalGeneralizedCrossEntropy(BuiltinLoss):
    """`(1 - p^q) / q` of the true class's probability `p`, which bears some wrong labels.

    Args:
        q: Between 0 (the cross entropy) and 1 (the absolute error).
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.

    Raises:
        ValueError: If `q` is not between 0 and 1.
    """

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_generalized_cross_entropy",
        dtype: Any = None,
    ) -> None:
        if not 0 < q < 1:
            raise ValueError(f"`q` has to be between 0 and 1, both excluded. Received: q={q!r}")
        function = functions.categorical_generalized_cross_entropy
        super().__init__(function, reduction, name, dtype, q=q)
