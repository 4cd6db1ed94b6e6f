"""Intersection over union of regions."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch

from kerasish import config
from kerasish.dtypes import torch_dtype
from kerasish.losses.conversion import to_tensor
from kerasish.metrics.constants import constant
from kerasish.metrics.metric import Metric
from kerasish.saving.registry import builtin


@builtin("keras.metrics")
class IoU(Metric):
    """Mean over some classes of `true positives / (true positives + false ones + missed ones)`.

    Entries whose target or prediction is no class do not count.

    Args:
        num_classes: How many classes there are.
        target_class_ids: The classes of the mean. One that does not occur is left out.
        name: Name of the metric.
        dtype: Type of the counts; int64 if None, in which fractions of weights are cut off.
        ignore_class: A class number of targets that do not count.
        sparse_y_true: Whether targets are class numbers; else the highest entry is taken.
        sparse_y_pred: Whether predictions are class numbers; else the highest entry is taken.
        axis: The axis of classes of what is not sparse.

    Raises:
        ValueError: If a class of the mean does not exist.

    See https://keras.io/api/metrics/segmentation_metrics/.
    """

    _direction = "up"

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(name=name, dtype=dtype or "int64")
        if max(target_class_ids) >= num_classes:
            raise ValueError(
                f"{type(self).__name__}'s `target_class_ids` have to be below "
                f"num_classes={num_classes}. Received: target_class_ids={target_class_ids!r}"
            )
        self.num_classes = num_classes
        self.target_class_ids = list(target_class_ids)
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        self.total_cm = self.add_variable(
            (num_classes, num_classes), "zeros", dtype=self.dtype, name="total_confusion_matrix"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch.

        Args:
            y_true: Targets: class numbers of any shape, or with an axis of classes.
            y_pred: Predictions: class numbers of the same number, or with an axis of classes.
            sample_weight: Weights that broadcast to the class numbers in one row.
        """
        y_pred = to_tensor(y_pred)
        y_true = to_tensor(y_true, device=y_pred.device)
        if not self.sparse_y_true:
            y_true = torch.argmax(y_true, dim=self.axis)
        if not self.sparse_y_pred:
            y_pred = torch.argmax(y_pred, dim=self.axis)
        dtype = torch_dtype(self.dtype)
        y_true, y_pred = y_true.to(dtype).reshape(-1), y_pred.to(dtype).reshape(-1)
        weights = self._weights(sample_weight, dtype, y_true)
        count = self.num_classes
        valid = (y_true >= 0) & (y_true < count) & (y_pred >= 0) & (y_pred < count)
        if self.ignore_class is not None:
            valid = valid & (y_true != self.ignore_class)
        cells = torch.where(valid, y_true.long() * count + y_pred.long(), 0)
        matrix = weights.new_zeros(count * count).scatter_add(
            0, cells, torch.where(valid, weights, 0)
        )
        self.total_cm.assign_add(matrix.reshape(count, count))

    def _weights(self, sample_weight: Any, dtype: torch.dtype, like: torch.Tensor) -> torch.Tensor:
        kind = str(getattr(sample_weight, "dtype", ""))
        if "float" in kind and "int" in self.dtype:
            warnings.warn(
                f"{self.name} counts in {self.dtype}, so that fractions of weights are cut off: "
                f"give it dtype='float32' to keep them. Received: sample_weight of dtype {kind}",
                stacklevel=3,
            )
        weights = to_tensor(1 if sample_weight is None else sample_weight, device=like.device)
        weights = weights.to(dtype).reshape(-1) if weights.dim() > 1 else weights.to(dtype)
        if weights.dim() and weights.shape[0] not in (1, like.shape[0]):
            raise ValueError(
                f"{self.name} takes a weight for each of the {like.shape[0]} class numbers, or "
                f"one for all. Received: {weights.shape[0]} weights"
            )
        return weights.expand(like.shape)

    def result(self) -> torch.Tensor:
        """Return the mean over the classes that occur, of shape `()`; 0 if there are none."""
        matrix = self.total_cm.value
        hits = torch.diagonal(matrix)
        union = matrix.sum(0) + matrix.sum(1) - hits
        classes = constant(self.target_class_ids, torch.int64, matrix.device)
        hits, union = hits[classes].float(), union[classes].float()
        occurs = union > 1e-9
        shares = torch.where(occurs, hits / (union + config.epsilon()), 0.0)
        return shares.sum() / (occurs.float().sum() + config.epsilon())

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "target_class_ids": self.target_class_ids,
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }

    def _config_without(self, *names: str) -> dict[str, Any]:
        return {key: value for key, value in IoU.get_config(self).items() if key not in names}


@builtin("keras.metrics")
class BinaryIoU(IoU):
    """Intersection over union for two classes, told apart by a threshold.

    Args:
        target_class_ids: The classes of the mean: 0, 1, or both.
        threshold: Predictions from it on are class 1.
        name: Name of the metric.
        dtype: Type of the counts; int64 if None.

    Raises:
        ValueError: If a class of the mean is not 0 or 1.
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(2, target_class_ids, name=name, dtype=dtype)
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch.

        Args:
            y_true: Targets of any shape, 0 or 1.
            y_pred: Predictions of the same shape.
            sample_weight: Weights that broadcast to the predictions in one row.
        """
        y_pred = to_tensor(y_pred, torch.float32) >= self.threshold
        super().update_state(y_true, y_pred, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "target_class_ids": self.target_class_ids,
            "threshold": self.threshold,
            "name": self.name,
            "dtype": self.dtype,
        }


@builtin("keras.metrics")
class MeanIoU(IoU):
    """Mean of the intersection over union of all classes that occur.

    Args:
        num_classes: How many classes there are.
        name: Name of the metric.
        dtype: Type of the counts; int64 if None.
        ignore_class: A class number of targets that do not count.
        sparse_y_true: Whether targets are class numbers.
        sparse_y_pred: Whether predictions are class numbers.
        axis: The axis of classes of what is not sparse.
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes,
            range(num_classes),
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            sparse_y_true=sparse_y_true,
            sparse_y_pred=sparse_y_pred,
            axis=axis,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return self._config_without("target_class_ids")


@builtin("keras.metrics")
class OneHotIoU(IoU):
    """Intersection over union for targets that are one at the class and zero elsewhere.

    Args:
        num_classes: How many classes there are.
        target_class_ids: The classes of the mean.
        name: Name of the metric.
        dtype: Type of the counts; int64 if None.
        ignore_class: A class number of targets that do not count.
        sparse_y_pred: Whether predictions are class numbers.
        axis: The axis of classes.
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return self._config_without("sparse_y_true")


@builtin("keras.metrics")
class OneHotMeanIoU(MeanIoU):
    """`MeanIoU` for targets that are one at the class and zero elsewhere.

    Args:
        num_classes: How many classes there are.
        name: Name of the metric.
        dtype: Type of the counts; int64 if None.
        ignore_class: A class number of targets that do not count.
        sparse_y_pred: Whether predictions are class numbers.
        axis: The axis of classes.
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return self._config_without("target_class_ids", "sparse_y_true")
