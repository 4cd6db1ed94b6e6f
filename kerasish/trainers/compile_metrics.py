"""The metrics that `compile` was given, for all outputs of a model."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import torch

from kerasish.metrics.metric import Metric
from kerasish.metrics.resolve import get_metric
from kerasish.metrics.variable import MetricVariable
from kerasish.trainers.nested import flatten, is_nested, map_up_to, outline, pack


class _OutputMetrics:
    """The metrics of one output, and the name that goes before theirs, if any."""

    def __init__(self, metrics: list[Metric], output_name: str | None) -> None:
        self.metrics = metrics
        self.output_name = output_name

    def named(self, name: str) -> str:
        return f"{self.output_name}_{name}" if self.output_name else name


class CompileMetrics(Metric):
    """The metrics of all outputs, with and without weights.

    They are made when the first batch comes, for what `"accuracy"` means depends on its shapes.

    Args:
        metrics: Metrics that sample weights do not count for: a list (for one output, or with
            an entry for each output), a dict by output name, or nested as the outputs are.
        weighted_metrics: Metrics that sample weights count for, given alike.
        name: Name of the whole.
        output_names: Names of the model's outputs, in their order.

    Raises:
        ValueError: If an argument is no list, tuple or dict.
    """

    def __init__(
        self,
        metrics: Any,
        weighted_metrics: Any = None,
        name: str = "compile_metrics",
        output_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name=name)
        for argument, value in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            # A single name or metric would leave open which output it belongs to.
            if value and not is_nested(value):
                raise ValueError(
                    f"`{argument}` has to be a list, tuple or dict. "
                    f"Received: {argument}={value!r} of type {type(value).__name__}"
                )
        self._user: Any = {"metrics": metrics, "weighted_metrics": weighted_metrics}
        self.output_names = None if output_names is None else list(output_names)
        self.built = False
        self._resolved_output_names: list[str] | None = None
        self._flat: dict[str, list[_OutputMetrics | None]] = {}

    def __setattr__(self, name: str, value: Any) -> None:
        # What the user gave is registered once, when it is known which output it belongs to.
        object.__setattr__(self, name, value) if name == "_user" else super().__setattr__(
            name, value
        )

    @property
    def metrics(self) -> list[Metric]:
        """The metrics themselves, in the order of the outputs; those with weights last."""
        return [
            metric
            for outputs in self._flat.values()
            for output in outputs
            if output is not None
            for metric in output.metrics
        ]

    @property
    def variables(self) -> list[MetricVariable]:
        """The state of all metrics."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Make the metrics.

        Args:
            y_true: Targets, nested as the outputs are; only the shapes count.
            y_pred: Predictions; only the shapes count.

        Raises:
            ValueError: If metrics are not given as the outputs are nested, or one is not known.
        """
        count = len(flatten(y_pred))
        flat = is_nested(y_pred) and len(y_pred) == count
        names = self.output_names
        if flat and isinstance(y_pred, dict) and not (names and set(y_pred) == set(names)):
            names = list(y_pred) if isinstance(y_pred, OrderedDict) else sorted(y_pred)
        self._resolved_output_names = names if count > 1 and flat else None
        for argument, metrics in self._user.items():
            self._flat[argument] = self._of_outputs(argument, metrics, y_true, y_pred, names, flat)
        for index, metric in enumerate(self.metrics):
            self.add_module(f"metric_{index}", metric)
        self.built = True

    def _of_outputs(
        self,
        argument: str,
        metrics: Any,
        y_true: Any,
        y_pred: Any,
        names: list[str] | None,
        flat: bool,
    ) -> list[_OutputMetrics | None]:
        count = len(flatten(y_pred))
        if not metrics:
            return [None] * count
        if count == 1:
            return [_made(flatten(metrics), flatten(y_true)[0], flatten(y_pred)[0], None)]
        titles = names or [None] * count  # type: ignore[list-item]
        by_output = _by_output(metrics, count, names) if flat else None
        try:
            if by_output is not None:
                sides = zip(
                    by_output, self._in_order(y_true), self._in_order(y_pred), titles, strict=False
                )
                return [_made(*side) for side in sides]
            return map_up_to(y_pred, _made, metrics, y_true, y_pred, pack(y_pred, titles))
        except (ValueError, TypeError) as error:
            raise ValueError(self._message(argument, metrics, y_pred, error)) from error

    def _message(self, argument: str, metrics: Any, y_pred: Any, error: Exception) -> str:
        named = (
            f"a dict or list by the outputs {self.output_names}, or " if self.output_names else ""
        )
        return (
            f"{error} `{argument}` has to be {named}nested as the outputs are: "
            f"{outline(y_pred, 'X')}. Received: {argument}={metrics!r}"
        )

    def _in_order(self, values: Any) -> list:
        if isinstance(values, dict) and self._resolved_output_names is not None:
            return [values[name] for name in self._resolved_output_names]
        return flatten(values)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch to all metrics.

        Args:
            y_true: Targets, nested as the outputs are.
            y_pred: Predictions.
            sample_weight: Weights for all outputs, or nested as they are.
        """
        if not self.built:
            self.build(y_true, y_pred)
        true, pred = self._in_order(y_true), self._in_order(y_pred)
        weights: list = [None] * len(true)
        if sample_weight is not None:
            weights = self._in_order(sample_weight)
            if len(weights) < len(true):
                weights = [weights[0]] * len(true)
        for argument, outputs in self._flat.items():
            weighted = argument == "weighted_metrics"
            for output, t, p, w in zip(outputs, true, pred, weights, strict=False):
                for metric in output.metrics if output is not None else ():
                    metric.update_state(t, p, sample_weight=w if weighted else None)

    def reset_state(self) -> None:
        """Set the state of all metrics to zero."""
        for metric in self.metrics:
            metric.reset_state()

    def result(self) -> dict[str, torch.Tensor]:
        """Return the results by the names under which Keras logs them.

        A name that is taken gets a number; one of `weighted_metrics` first gets `weighted_`.

        Raises:
            ValueError: Before the first batch.
        """
        if not self.built:
            raise ValueError("There is no result before the first batch. Received: no data")
        results: dict[str, Any] = {}
        taken: dict[str, int] = {}
        for argument, outputs in self._flat.items():
            for output in outputs:
                for metric in output.metrics if output is not None else ():
                    name = output.named(metric.name)  # type: ignore[union-attr]
                    if name in taken and argument == "weighted_metrics":
                        name = output.named(f"weighted_{metric.name}")  # type: ignore[union-attr]
                    results[_numbered(name, taken)] = metric.result()
        return results

    def get_config(self) -> dict[str, Any]:
        """Not there: a model's compile config holds the metrics as they were given.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("CompileMetrics has no config; save the model's. Received: self")


def _made(metrics: Any, y_true: Any, y_pred: Any, output: str | None) -> _OutputMetrics | None:
    if metrics is None:
        return None
    listed = metrics if isinstance(metrics, (list, tuple)) else [metrics]
    return _OutputMetrics([get_metric(metric, y_true, y_pred) for metric in listed], output)


def _by_output(metrics: Any, count: int, names: list[str] | None) -> list | None:
    if isinstance(metrics, (list, tuple)) and len(metrics) == count:
        return list(metrics)
    if names and isinstance(metrics, dict) and set(metrics) <= set(names):
        return [metrics.get(name) for name in names]
    return None


def _numbered(name: str, taken: dict[str, int]) -> str:
    if name not in taken:
        taken[name] = 1
        return name
    taken[name] += 1
    return f"{name}_{taken[name] - 1}"
