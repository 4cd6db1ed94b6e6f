"""The metrics that a layer holds, its path, and other names of Keras's `Layer`."""

from __future__ import annotations

from typing import Any, NoReturn

from kerasish.layers.base.weights import Weight, WeightOwner


class MetricOwner(WeightOwner):
    """The part of `Layer` that lists metrics."""

    built: bool

    @property
    def path(self) -> str | None:
        """The layer's name with those of the layers around it; None before it is built."""
        return f"{self._enclosing_path or ''}{self.name}" if self.built else None

    @property
    def metrics(self) -> list[Any]:
        """The metrics that are attributes of this layer, then those of the layers in it."""
        from kerasish.metrics import Metric

        own = [child for child in self._modules.values() if isinstance(child, Metric)]
        inner: list[Any] = []
        for owner in self._weight_owners():
            inner += owner.metrics if isinstance(owner, MetricOwner) else []
        return own + inner

    @property
    def metrics_variables(self) -> list[Any]:
        """The state of all `metrics`."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def add_variable(self, shape: Any, initializer: Any, *args: Any, **kwargs: Any) -> Weight:
        """Make a weight: Keras's older name of `add_weight`."""
        return self.add_weight(shape, initializer, *args, **kwargs)

    def add_metric(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse, as Keras 3 does.

        Raises:
            NotImplementedError: Always; the message says what to do.
        """
        raise NotImplementedError(
            f"Layer '{self.name}' ({type(self).__name__}) has no add_metric, as in Keras 3. Give "
            "metrics to compile(metrics=...), or make one in __init__ and call its update_state. "
            f"Received: {args or kwargs}"
        )
