"""`HashedCrossing`: combinations of categories by the hash bucket that they fall into."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.base.inputs import InputConverter
from kerasish.layers.base.layer import Layer
from kerasish.layers.preprocessing.category_counts import encode
from kerasish.layers.preprocessing.data_layer import array_of
from kerasish.layers.preprocessing.farmhash import fingerprint64, fingerprint_cat64
from kerasish.layers.preprocessing.outside_of_compiled_code import outside_of_compiled_code
from kerasish.saving.registry import builtin
from kerasish.strings import StringArray

# The key with which TensorFlow begins each combination.
_KEY = 0xDECAFCAFFE


@builtin("keras.layers")
class HashedCrossing(Layer):
    """Numbers each combination of two or more features by its hash, as Keras does.

    Args:
        num_bins: Number of buckets.
        output_mode: `"int"` for the numbers of the buckets, or `"one_hot"`.
        sparse: Not supported; must be False.
        name: Name of the layer.
        dtype: Type of the result; int64 by default for `"int"`.

    Call argument: a list of strings or integers of shape `(batch,)` or `(batch, 1)`, one for each
    feature.

    Raises:
        ValueError: If an argument has a value it can't have.
    """

    takes_strings = True

    def __init__(
        self,
        num_bins: int,
        output_mode: str = "int",
        sparse: bool = False,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        if output_mode == "int" and dtype is None:
            dtype = "int64"
        super().__init__(name=name, dtype=dtype, **kwargs)
        if output_mode not in ("int", "one_hot"):
            self._refuse("output_mode", output_mode, "'int' or 'one_hot'")
        if sparse:
            self._refuse("sparse", sparse, "nothing but False")
        self.num_bins = self._checked_size("num_bins", num_bins)
        self.output_mode = output_mode
        self.sparse = False
        self.register_buffer("_place", torch.empty(0), persistent=False)
        self.built = True

    def _convert_arguments(
        self, convert: InputConverter, args: tuple, kwargs: dict[str, Any]
    ) -> tuple[tuple, dict[str, Any]]:
        if args and isinstance(args[0], (list, tuple)):
            features = [one if hasattr(one, "shape") else array_of(one) for one in args[0]]
            args = (features, *args[1:])
        return super()._convert_arguments(convert, args, kwargs)

    def _checked(self, features: Any) -> list[Any]:
        if not isinstance(features, (list, tuple)) or len(features) < 2:
            raise ValueError(
                f"Layer '{self.name}' (HashedCrossing) takes a list of two or more features. "
                f"Received: {features!r}"
            )
        shapes = [tuple(one.shape) for one in features]
        fits = len(shapes[0]) < 2 or (len(shapes[0]) == 2 and shapes[0][1] == 1)
        if not fits or any(shape != shapes[0] for shape in shapes):
            raise ValueError(
                f"Layer '{self.name}' (HashedCrossing) takes features of one shape: (), (batch,) "
                f"or (batch, 1). Received: shapes {shapes}"
            )
        for one in features:
            if isinstance(one, torch.Tensor) and one.is_floating_point():
                raise ValueError(
                    f"Layer '{self.name}' (HashedCrossing) takes integers and strings. "
                    f"Received: a tensor of dtype {one.dtype}"
                )
        return list(features)

    def call(self, inputs: Any) -> torch.Tensor:
        """Hash the combinations."""
        indices = self._indices(self._checked(inputs))
        return encode(indices, self.output_mode, self.num_bins, torch_dtype(self.compute_dtype))

    @outside_of_compiled_code
    def _indices(self, features: list[Any]) -> torch.Tensor:
        device = self._place.device  # type: ignore[union-attr]
        columns = []
        for one in features:
            if isinstance(one, StringArray):
                columns.append([fingerprint64(text) for text in one.ravel().tolist()])
            else:
                device = one.device
                columns.append([int(v) % 2**64 for v in one.detach().cpu().reshape(-1).tolist()])
        found = []
        for row in zip(*columns, strict=True):
            hashed = _KEY
            for value in row:
                hashed = fingerprint_cat64(hashed, value)
            found.append(hashed % self.num_bins)
        return torch.tensor(found, dtype=torch.int64, device=device).reshape(features[0].shape)

    def compute_output_spec(self, inputs: Any, **_: Any) -> Any:
        """Return a symbol of the encoded shape."""
        shapes = [tuple(one.shape) for one in self._checked(inputs)]
        return KerasTensor(self.compute_output_shape(shapes), self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the shape of a feature, or that of the vectors."""
        shape = tuple(input_shape[0])
        if self.output_mode == "int":
            return shape
        squeezed = bool(shape) and shape[-1] == 1
        return (*(shape[:-1] if squeezed else shape), self.num_bins)

    def get_config(self) -> dict[str, Any]:
        """Return the configuration."""
        return {
            "num_bins": self.num_bins,
            "output_mode": self.output_mode,
            "sparse": False,
            "name": self.name,
            "dtype": self.variable_dtype,
        }
