"""What a layer demands of its input's shape, and the error where it is not met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class InputSpec:
    """Constraints on the rank, the axes and the dtype of one input.

    Attributes:
        dtype: Keras name of the only dtype that is taken, or None for any.
        shape: The exact shape, None where a size is free; or None for any shape.
        ndim: The exact rank, or None.
        max_ndim: The largest rank, or None.
        min_ndim: The smallest rank, or None.
        axes: Sizes of single axes, such as `{-1: 16}`.
    """

    dtype: str | None = None
    shape: tuple[int | None, ...] | None = None
    ndim: int | None = None
    max_ndim: int | None = None
    min_ndim: int | None = None
    axes: Any = None
    allow_last_axis_squeeze: bool = False
    name: str | None = None
    optional: bool = False

    def __post_init__(self) -> None:
        if self.shape is not None:
            self.shape = tuple(self.shape)
            self.ndim = len(self.shape)
        self.axes = {int(axis): size for axis, size in (self.axes or {}).items()}

    def get_config(self) -> dict[str, Any]:
        """Return the constraints that Keras stores."""
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes", "optional")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        """Make the constraints from what `get_config` gave."""
        return cls(**config)

    def problem(self, shape: tuple) -> str | None:
        """Say what is wrong with a shape, or None where it fits.

        Args:
            shape: Shape of the input, None where a size is not known.
        """
        rank = len(shape)
        if self.ndim is not None and rank != self.ndim:
            return f"expected ndim={self.ndim}, found ndim={rank}"
        if self.max_ndim is not None and rank > self.max_ndim:
            return f"expected at most ndim={self.max_ndim}, found ndim={rank}"
        if self.min_ndim is not None and rank < self.min_ndim:
            return f"expected at least ndim={self.min_ndim}, found ndim={rank}"
        for axis, size in self.axes.items():
            if size is not None and shape[axis] is not None and shape[axis] != size:
                return f"expected axis {axis} of the input to have size {size}, found {shape[axis]}"
        if self.shape is not None:
            for axis, size in enumerate(self.shape):
                if size is not None and shape[axis] is not None and shape[axis] != size:
                    return f"expected shape {self.shape}"
        return None


def check_input_spec(spec: Any, inputs: Any, layer_name: str, layer_class: str) -> None:
    """Compare the first argument of a call with a layer's `input_spec`.

    Args:
        spec: An `InputSpec`, or a list of them, one for each input.
        inputs: A tensor (or symbol), or a list of them.
        layer_name: Name of the layer, for the message.
        layer_class: Class of the layer, for the message.

    Raises:
        ValueError: If the number of inputs or a shape does not fit.
    """
    specs = spec if isinstance(spec, (list, tuple)) else [spec]
    values = inputs if isinstance(inputs, (list, tuple)) else [inputs]
    if isinstance(inputs, dict):
        values = list(inputs.values())
    if len(values) != len(specs):
        raise ValueError(
            f"Layer '{layer_name}' ({layer_class}) expects {len(specs)} input(s). "
            f"Received: {len(values)} input(s) of shapes "
            f"{[tuple(getattr(v, 'shape', ())) for v in values]}"
        )
    for index, (one, value) in enumerate(zip(specs, values, strict=True)):
        if one is None or value is None:
            continue
        problem = one.problem(value.shape)
        if problem:
            raise ValueError(
                f"Input {index} of layer '{layer_name}' ({layer_class}) is incompatible with the "
                f"layer: {problem}. Full shape received: {tuple(value.shape)}"
            )
