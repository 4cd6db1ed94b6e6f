"""The base class of metrics."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from kerasish import initializers
from kerasish.dtypes import torch_dtype
from kerasish.graph.structure import flatten, map_structure
from kerasish.layers.base.naming import unique_name
from kerasish.losses.conversion import compute_dtype
from kerasish.metrics.variable import MetricVariable
from kerasish.saving.registry import builtin


@builtin("keras", "keras.metrics.Metric")
class Metric(nn.Module):
    """Base class: a state that batches are added to, and a result that is read from it.

    Subclasses make their state in `__init__` with `add_variable`, and define `update_state` and
    `result`. The state lies in buffers, on the device of the data that is added; results are
    tensors there, so that nothing waits for a GPU until `float(result)`.

    Args:
        dtype: Type of the computation; the default float type if None.
        name: Name of the metric; made from the class if None.

    Raises:
        ValueError: If there is no such dtype.

    Example:
        >>> class Hits(Metric):
        ...     def __init__(self, name="hits", **kwargs):
        ...         super().__init__(name=name, **kwargs)
        ...         self.hits = self.add_variable(shape=(), initializer="zeros", name="hits")
        ...
        ...     def update_state(self, y_true, y_pred, sample_weight=None):
        ...         self.hits.assign_add(torch.sum(y_true == y_pred))
        ...
        ...     def result(self):
        ...         return self.hits

    See https://keras.io/api/metrics/base_metric/.
    """

    # "up" or "down": where a better value lies, for callbacks that wait for the best.
    _direction: str | None = None

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        super().__init__()
        self.name = name or unique_name(type(self).__name__)
        self._dtype = compute_dtype(dtype)
        self._own_variables: list[MetricVariable] = []

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "result" in cls.__dict__:
            cls.result = _without_handles(cls.__dict__["result"])  # type: ignore[method-assign]

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, MetricVariable):
            # A buffer may have the same name, which nn.Module would refuse.
            object.__setattr__(self, name, value)
            return
        super().__setattr__(name, value)
        if isinstance(value, (list, tuple, dict)):
            for index, item in enumerate(flatten(value)):
                if isinstance(item, Metric):
                    self.add_module(f"{name}_{index}", item)

    @property
    def dtype(self) -> str:
        """Keras's name of the type that the metric computes in."""
        return self._dtype

    @property
    def variables(self) -> list[MetricVariable]:
        """The state, and that of metrics inside this one."""
        inner = [child for child in self._modules.values() if isinstance(child, Metric)]
        return [*self._own_variables, *(v for metric in inner for v in metric.variables)]

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any,
        dtype: Any = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> MetricVariable:
        """Make a part of the state.

        Args:
            shape: Its shape.
            initializer: Its first value: an initializer or the name of one.
            dtype: Its type; the default float type if None.
            aggregation: Taken for compatibility.
            name: Its name, also that of the buffer in `state_dict()`.

        Returns:
            A handle with `assign`, `assign_add` and `assign_sub`, and the tensor as `value`.

        Raises:
            RuntimeError: If `super().__init__()` was not called before.
        """
        if "_own_variables" not in self.__dict__:
            raise RuntimeError(
                f"{type(self).__name__}.__init__ has to call super().__init__() before it makes "
                f"its state. Received: add_variable(shape={shape!r}, name={name!r})"
            )
        initializer = initializers.get("zeros" if initializer is None else initializer)
        key = base = (name or "variable").replace(".", "_")
        while key in self._buffers:
            key = f"{base}_{len(self._buffers)}"
        # State made while a model predicts has to serve when it is trained.
        with torch.inference_mode(False):
            value = initializer(tuple(shape), dtype=torch_dtype(dtype))
        self._buffers[key] = value.detach()
        variable = MetricVariable(self, key, name or "variable")
        self._own_variables.append(variable)
        return variable

    def add_weight(
        self,
        shape: Sequence[int] = (),
        initializer: Any = None,
        dtype: Any = None,
        name: str | None = None,
    ) -> MetricVariable:
        """Make a part of the state, as `add_variable` does."""
        return self.add_variable(shape, initializer, dtype=dtype, name=name)

    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Add a batch to the state."""
        raise NotImplementedError(
            f"{type(self).__name__} has to define update_state(). Received: {self!r}"
        )

    def result(self) -> Any:
        """Return the value of the metric: a tensor, or a dictionary of tensors."""
        raise NotImplementedError(
            f"{type(self).__name__} has to define result(). Received: {self!r}"
        )

    def reset_state(self) -> None:
        """Set the whole state to zero."""
        for variable in self.variables:
            variable.zero()

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Add a batch to the state and return the result."""
        self.update_state(*args, **kwargs)
        return self.result()

    def stateless_update_state(
        self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any
    ) -> list[torch.Tensor]:
        """Return what the state would be with a batch added to a given state.

        Args:
            metric_variables: A tensor for each of `variables`.
            *args: Arguments of `update_state`.
            **kwargs: Arguments of `update_state`.

        Raises:
            ValueError: If there are not as many tensors as variables.
        """
        return self._with_state(metric_variables, lambda: self.update_state(*args, **kwargs))[1]

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """Return the result of a given state.

        Raises:
            ValueError: If there are not as many tensors as variables.
        """
        return self._with_state(metric_variables, self.result)[0]

    def stateless_reset_state(self) -> list[torch.Tensor]:
        """Return the state as it is after a reset."""
        return self._with_state([v.value for v in self.variables], self.reset_state)[1]

    def _with_state(
        self, values: Sequence[Any], function: Callable[[], Any]
    ) -> tuple[Any, list[torch.Tensor]]:
        variables = self.variables
        if len(values) != len(variables):
            raise ValueError(
                f"The metric {self.name!r} has {len(variables)} variables. "
                f"Received: metric_variables of length {len(values)}"
            )
        old = [variable.value for variable in variables]
        try:
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
            result = function()
            return result, [variable.value for variable in variables]
        finally:
            for variable, value in zip(variables, old, strict=True):
                variable.assign(value)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a metric from what `get_config` gave."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _without_handles(result: Callable[..., Any]) -> Callable[..., Any]:
    """Let `result` return tensors where it returns parts of the state."""

    @functools.wraps(result)
    def wrapper(self: Metric) -> Any:
        return map_structure(
            lambda leaf: leaf.value if isinstance(leaf, MetricVariable) else leaf, result(self)
        )

    return wrapper
