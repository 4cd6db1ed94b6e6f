"""`Input`: the start of a model."""

from __future__ import annotations

from typing import Any

from kerasish.dtypes import standardize_dtype
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.node import Node
from kerasish.layers.base.layer import Layer
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class InputLayer(Layer):
    """The layer behind an `Input`.

    Args:
        shape: Shape without the batch axis, None where a size is not known.
        batch_size: Size of the batch axis, or None.
        dtype: Type of the values, the default float type if not given.
        batch_shape: Shape with the batch axis, in place of `shape` and `batch_size`.
        name: Name of the layer.
        input_tensor: A symbol to use as the input in place of a new one.
        optional: Whether the model may be called with None here.

    Raises:
        ValueError: If neither shape is given, or both, or one is not a sequence of sizes.
    """

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Any = None,
        input_tensor: KerasTensor | None = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.pop("trainable", None)
        legacy = kwargs.pop("batch_input_shape", None)
        batch_shape = legacy if batch_shape is None else batch_shape
        super().__init__(name=name, **kwargs)
        if sparse or ragged:
            raise ValueError(
                f"Input '{self.name}' takes dense tensors only. "
                f"Received: sparse={sparse}, ragged={ragged}"
            )
        if input_tensor is not None:
            batch_shape, shape = input_tensor.shape, None
            dtype = dtype or input_tensor.dtype
        if (shape is None) == (batch_shape is None):
            raise ValueError(
                f"Input '{self.name}' needs `shape` (without the batch axis) or `batch_shape`, and "
                f"only one of them. Received: shape={shape}, batch_shape={batch_shape}"
            )
        if shape is not None:
            self.batch_shape = (batch_size, *self._checked(shape, "shape"))
        else:
            self.batch_shape = self._checked(batch_shape, "batch_shape")
        self._input_dtype = standardize_dtype(dtype)
        self.optional = optional
        self.built = True
        tensor = input_tensor or KerasTensor(self.batch_shape, self._input_dtype, name=self.name)
        if input_tensor is None or not hasattr(tensor, "_keras_history"):
            self._inbound_nodes.append(Node(self, (), {}, tensor))

    def _checked(self, shape: Any, argument: str) -> tuple[int | None, ...]:
        if isinstance(shape, int):
            raise ValueError(
                f"Input '{self.name}' takes `{argument}` as a tuple, such as ({shape},). "
                f"Received: {argument}={shape!r}"
            )
        sizes = tuple(shape)
        for size in sizes:
            if size is not None and (isinstance(size, bool) or int(size) != size or size < 0):
                raise ValueError(
                    f"Input '{self.name}' takes `{argument}` as a tuple of sizes, None where a "
                    f"size is not known. Received: {argument}={shape!r}"
                )
        return tuple(None if size is None else int(size) for size in sizes)

    def _first_node(self, wanted: str) -> Node:
        """The node of the input's symbol, made anew in a copy of the layer."""
        if not self._inbound_nodes:
            symbol = KerasTensor(self.batch_shape, self._input_dtype, name=self.name)
            self._inbound_nodes.append(Node(self, (), {}, symbol))
        return self._inbound_nodes[0]

    def call(self, inputs: Any = None) -> Any:
        """Return the input as it is."""
        return inputs

    @property
    def dtype(self) -> str:
        """Keras name of the dtype of the input's values."""
        return self._input_dtype

    @property
    def input_dtype(self) -> str:
        """Keras name of the dtype of the input's values."""
        return self._input_dtype

    def get_config(self) -> dict[str, Any]:
        """Return the configuration."""
        return {
            "batch_shape": self.batch_shape,
            "dtype": self._input_dtype,
            "sparse": False,
            "ragged": False,
            "name": self.name,
            "optional": self.optional,
        }


def Input(
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: KerasTensor | None = None,
    optional: bool = False,
    **kwargs: Any,
) -> KerasTensor:
    """Make a symbol to describe a model with.

    Args:
        shape: Shape without the batch axis, such as `(8, 2)` for `(time, features)`.
        batch_size: Size of the batch axis, or None.
        dtype: Type of the values.
        sparse: Not supported; must be None or False.
        ragged: Not supported; must be None or False.
        batch_shape: Shape with the batch axis.
        name: Name of the input.
        tensor: A symbol to use as the input in place of a new one.
        optional: Whether the model may be called with None here.
        **kwargs: Further arguments of `InputLayer`.

    Returns:
        A `KerasTensor` of shape `(batch_size, *shape)`.
    """
    layer = InputLayer(
        shape=shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        name=name,
        input_tensor=tensor,
        optional=optional,
        **kwargs,
    )
    return tensor if tensor is not None and not layer._inbound_nodes else layer.output
