"""The losses that `compile` was given, for all outputs of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch

from kerasish.dtypes import torch_dtype
from kerasish.losses.loss import Loss
from kerasish.losses.resolve import get_loss
from kerasish.metrics.metric import Metric
from kerasish.metrics.reduction import Mean
from kerasish.metrics.variable import MetricVariable
from kerasish.trainers.nested import at, flatten, is_nested, outline, pack, paths, same_structure


@dataclass(frozen=True)
class _Weighted:
    loss: Any
    weight: Any


class OutputLoss(NamedTuple):
    """The loss of one output.

    Attributes:
        path: Where targets and predictions stand.
        loss: The loss.
        weight: Its factor in the sum, or None.
        name: Name of the output.
    """

    path: tuple
    loss: Loss
    weight: Any
    name: str


class CompileLoss(Loss):
    """The weighted sum of the losses of all outputs.

    The losses are made when the first batch comes. Their means are kept as metrics, without
    their factors, if there are several.

    Args:
        loss: One loss, a list, a dict by output name, or nested as the outputs are.
        loss_weights: Factors, nested as the losses are.
        reduction: Taken for compatibility; each loss reduces itself.
        output_names: Names of the model's outputs, in their order.

    Attributes:
        weighs_batches: Whether a batch counts by its size in the means of the single losses. In
            Keras's graphs sizes are not known, and each batch counts alike; with
            `run_eagerly=True` they are.

    Raises:
        ValueError: If `loss_weights` is no float, list, tuple or dict.
    """

    def __init__(
        self,
        loss: Any,
        loss_weights: Any = None,
        reduction: str | None = "sum_over_batch_size",
        output_names: Sequence[str] | None = None,
    ) -> None:
        if loss_weights and not isinstance(loss_weights, (list, tuple, dict, float)):
            raise ValueError(
                "`loss_weights` has to be a float for one output, or a list, tuple or dict. "
                f"Received: loss_weights={loss_weights!r} of type {type(loss_weights).__name__}"
            )
        super().__init__(name="compile_loss", reduction=reduction)
        self._user_loss = loss
        self._user_loss_weights = loss_weights
        self.output_names = None if output_names is None else list(output_names)
        self.weighs_batches = True
        self.built = False
        self._metrics: list[Metric] = []
        self._losses: list[OutputLoss] = []
        self._true_form: Any = None
        self._pred_form: Any = None

    @property
    def metrics(self) -> list[Metric]:
        """A mean for each loss, if there are several."""
        return self._metrics

    @property
    def variables(self) -> list[MetricVariable]:
        """The state of the means."""
        return [variable for metric in self._metrics for variable in metric.variables]

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Make the losses.

        Args:
            y_true: Targets, nested as the outputs are; only the shapes count.
            y_pred: Predictions; only the shapes count.

        Raises:
            ValueError: If losses or factors do not fit the outputs.
            KeyError: If a loss belongs to an output that is not there.
        """
        loss = _with_weights(*self._by_position(y_pred))
        names = self.output_names
        count = len(flatten(y_pred))
        titles = names if names is not None and len(names) == count else _names_of(y_pred)
        if not is_nested(loss):
            loss = pack(y_pred, [loss] * count)
        self._losses = []
        self._add(y_true, y_pred, loss, pack(y_pred, titles), ())
        if len(self._losses) > 1:
            self._metrics.extend(Mean(name=f"{output.name}_loss") for output in self._losses)
        self._true_form, self._pred_form = outline(y_true, ""), outline(y_pred, "")
        self.built = True

    def _by_position(self, y_pred: Any) -> tuple[Any, Any]:
        """Return losses and factors; those by output name as lists where outputs are listed."""
        loss, weights, names = self._user_loss, self._user_loss_weights, self.output_names
        if names and isinstance(loss, dict) and not isinstance(y_pred, dict):
            if set(names) != set(loss):
                raise ValueError(
                    f"`loss` has to have the keys {names}. Received: {sorted(map(str, loss))}"
                )
            if isinstance(weights, dict):
                weights = [weights[name] for name in names]
            loss = [loss[name] for name in names]
        return loss, weights

    def _add(self, y_true: Any, y_pred: Any, loss: Any, names: Any, path: tuple) -> None:
        if not is_nested(loss):
            self._add_one(y_true, y_pred, loss, names, path)
            return
        listed = isinstance(loss, (list, tuple))
        leaves = not any(is_nested(item) for item in _items(loss))
        if listed and leaves and len(loss) == len(flatten(y_pred)):
            loss = pack(y_pred, loss)
            if not is_nested(loss):
                self._add_one(y_true, y_pred, loss, names, path)
                return
        elif listed and not isinstance(y_pred, type(loss)):
            for item in loss:  # several losses of one output
                self._add(y_true, y_pred, item, names, path)
            return
        if not isinstance(loss, type(y_pred)) and not isinstance(y_pred, type(loss)):
            raise KeyError(
                f"`loss` is nested more deeply than the outputs at {path}. "
                f"Received: loss={self._user_loss!r}"
            )
        for key in loss if isinstance(loss, dict) else range(len(loss)):
            if loss[key] is None:
                continue
            if not (_has(y_true, key) and _has(y_pred, key)):
                raise KeyError(
                    f"There are no targets or no predictions at {(*path, key)}, where `loss` has "
                    f"an entry. Received: loss={self._user_loss!r}"
                )
            self._add(y_true[key], y_pred[key], loss[key], names[key], (*path, key))

    def _add_one(self, y_true: Any, y_pred: Any, loss: Any, names: Any, path: tuple) -> None:
        if loss is None or loss.loss is None:
            return
        resolved = get_loss(loss.loss, y_true, y_pred)
        assert resolved is not None
        parts = path
        if not is_nested(names):
            title = resolved.name if names is None else names
            if not path:
                parts = (title,)
            elif isinstance(path[-1], int):
                parts = (*path[:-1], title)
        name = "/".join(map(str, parts)) or "_".join(map(str, flatten(names)))
        self._losses.append(OutputLoss(path, resolved, loss.weight, name))

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the sum of the losses, and add each to its mean.

        Args:
            y_true: Targets, nested as the outputs are, or as the losses that are not None.
            y_pred: Predictions.
            sample_weight: Weights for all outputs, or nested as they are.

        Returns:
            A tensor of shape `()`; None if no output has a loss.

        Raises:
            ValueError: If targets and predictions do not fit.
        """
        return self.call(y_true, y_pred, sample_weight)

    def call(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the sum of the losses, as `__call__` does."""
        single = not is_nested(y_true) and not is_nested(y_pred)
        if not single:
            y_true = self._aligned(y_true, y_pred)
        if not self.built:
            self.build(y_true, y_pred)
        if not single:
            y_pred = _in_form(self._pred_form, y_pred)
            y_true = _in_form(self._true_form, y_true)
        # A single output can have several losses: the first one is the sum's, as in Keras.
        losses = self._losses[:1] if single else self._losses
        means = self._metrics if self._metrics and not single else [None] * len(losses)
        values: list[torch.Tensor] = []
        for output, mean in zip(losses, means, strict=False):
            truth, prediction = at(output.path, y_true), at(output.path, y_pred)
            nested = sample_weight is not None and is_nested(sample_weight)
            weights = at(output.path, sample_weight) if nested else sample_weight
            value = output.loss(truth, prediction, weights).to(torch_dtype(self.dtype))
            if mean is not None:
                size = flatten(prediction)[0].shape[0] if self.weighs_batches else 1
                mean.update_state(value.detach(), sample_weight=size)
            values.append(value if output.weight is None else value * output.weight)
        return sum(values[1:], values[0]) if values else None

    def _aligned(self, y_true: Any, y_pred: Any) -> Any:
        """Return targets nested as the predictions are, or as the losses that are not None."""
        if same_structure(y_pred, y_true):
            return y_true
        if not is_nested(y_true) and len(y_pred) == 1:
            y_true = [y_true]
        by_name = isinstance(y_pred, (list, tuple)) and isinstance(y_true, dict)
        if by_name and self.output_names and set(self.output_names) == set(y_true):
            y_true = [y_true[name] for name in self.output_names]
        if isinstance(y_true, (list, tuple)) and len(y_true) == len(flatten(y_pred)):
            return pack(y_pred, y_true)
        if is_nested(y_true) and paths(y_true) == paths(y_pred):
            return pack(y_pred, flatten(y_true))
        wanted = [loss is not None for loss in flatten(self._user_loss)]
        targets = flatten(y_true)
        if sum(wanted) != len(targets):
            raise ValueError(
                "Targets have to be nested as the predictions are, or as the losses that are not "
                f"None. Received: y_true as {outline(y_true, '*')}, y_pred as "
                f"{outline(y_pred, '*')}"
            )
        remaining = iter(targets)
        filled = [next(remaining) if used else None for used in wanted]
        return pack(self._user_loss, filled)

    def get_config(self) -> dict[str, Any]:
        """Not there: a model's compile config holds the losses as they were given.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("CompileLoss has no config; save the model's. Received: self")


def _items(structure: Any) -> list:
    return list(structure.values()) if isinstance(structure, dict) else list(structure)


def _has(structure: Any, key: Any) -> bool:
    if isinstance(key, int) and isinstance(structure, (list, tuple)):
        return key < len(structure)
    return isinstance(structure, dict) and key in structure


def _with_weights(loss: Any, weights: Any) -> Any:
    losses = flatten(loss)
    factors: list = [None] * len(losses)
    if weights is not None:
        factors = flatten(weights)
        if len(factors) != len(losses):
            raise ValueError(
                f"`loss_weights` has to have a factor for each of the {len(losses)} losses. "
                f"Received: {len(factors)} factors"
            )
        if isinstance(loss, dict) and isinstance(weights, dict) and same_structure(loss, weights):
            factors = [at(path, weights) for path in paths(loss)]
    pairs = [
        None if item is None else _Weighted(item, factor)
        for item, factor in zip(losses, factors, strict=True)
    ]
    return pack(loss, pairs)


def _names_of(y_pred: Any) -> list[str | None]:
    leaves = flatten(y_pred)
    histories = [getattr(leaf, "_keras_history", None) for leaf in leaves]
    return [None if history is None else history[0].name for history in histories]


def _in_form(form: Any, values: Any) -> Any:
    return values if same_structure(form, values) else pack(form, flatten(values))
